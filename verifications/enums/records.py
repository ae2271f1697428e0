"""Words of sealed logs, exports, evidence packs and the auditor's room."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LogKind(TextChoices):
    AUDIT = "AUDIT", _("Audit log")
    ACCESS = "ACCESS", _("Access log")


class AnchorPlace(TextChoices):
    FILE = "FILE", _("File")
    BUCKET = "BUCKET", _("Object store")
    MAIL = "MAIL", _("E-mail")


class ExportKind(TextChoices):
    CUSTOMERS = "CUSTOMERS", _("Customers")
    VERIFICATIONS = "VERIFICATIONS", _("Verifications")
    SESSIONS = "SESSIONS", _("Sessions")
    LINKS = "LINKS", _("KYC links")
    CALLS = "CALLS", _("Provider calls")
    CASES = "CASES", _("Cases")
    DECISIONS = "DECISIONS", _("Decisions")
    AUDIT = "AUDIT", _("Audit log")
    ACCESS = "ACCESS", _("Access log")
    PACK = "PACK", _("Evidence pack")


class ExportFormat(TextChoices):
    CSV = "CSV", _("CSV")
    JSONL = "JSONL", _("JSON lines")
    XLSX = "XLSX", _("Excel")
    LOG = "LOG", _("Verifiable log (ZIP)")
    ZIP = "ZIP", _("ZIP")


class ExportStatus(TextChoices):
    QUEUED = "QUEUED", _("Waiting")
    RUNNING = "RUNNING", _("Being made")
    READY = "READY", _("Ready")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")
    REMOVED = "REMOVED", _("File removed")


EXPORT_TRANSITIONS: dict[ExportStatus, frozenset[ExportStatus]] = {
    ExportStatus.QUEUED: frozenset({ExportStatus.RUNNING, ExportStatus.CANCELLED, ExportStatus.FAILED}),
    ExportStatus.RUNNING: frozenset({ExportStatus.READY, ExportStatus.FAILED, ExportStatus.CANCELLED}),
    ExportStatus.READY: frozenset({ExportStatus.REMOVED}),
    ExportStatus.FAILED: frozenset({ExportStatus.QUEUED}),
    ExportStatus.CANCELLED: frozenset(),
    ExportStatus.REMOVED: frozenset(),
}
UNMADE_EXPORTS = (ExportStatus.QUEUED, ExportStatus.RUNNING)


class PackVariant(TextChoices):
    REGULATOR = "REGULATOR", _("Regulator")
    SUBJECT = "SUBJECT", _("Subject access")
    COURT = "COURT", _("Court")


class QuestionStatus(TextChoices):
    OPEN = "OPEN", pgettext_lazy("of a question", "Open")
    ANSWERED = "ANSWERED", _("Answered")
    CLOSED = "CLOSED", _("Closed")


class SampleConclusion(TextChoices):
    SATISFACTORY = "SATISFACTORY", _("No finding")
    EXCEPTION = "EXCEPTION", _("Finding")
