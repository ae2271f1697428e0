"""The navigation a person sees: only what their role may open."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from verifications.enums import AccountEnvironment, CaseState
from verifications.models import NoteMention, ProviderAccount
from verifications.selectors.audit_questions import open_questions
from verifications.selectors.counts import capped_counts
from verifications.selectors.delivery import dead_calls, unknown_submissions
from verifications.selectors.queue import open_cases
from verifications.selectors.seals import alarms

Entry = tuple[Promise, str, str, str, str]
QUEUE_VIEWS = ("view=mine", "view=second")
"""Views of the queue with an entry of their own."""
GROUPS: tuple[tuple[Promise, tuple[Entry, ...]], ...] = (
    (
        _("Review"),
        (
            (_("Queue"), "case_queue", "", "queue", "view_case"),
            (_("My cases"), "case_queue", "view=mine", "user-check", "view_case"),
            (_("Second approval"), "case_queue", "view=second", "approval", "view_case"),
            (_("Mentions"), "mention_list", "", "note", "view_casenote"),
            (_("Questions"), "audit_question_list", "", "help", "view_auditquestion"),
        ),
    ),
    (
        _("Records"),
        (
            (_("Customers"), "customer_list", "", "customers", "view_customer"),
            (_("Verifications"), "verification_list", "", "verifications", "view_verification"),
            (_("Sessions"), "session_list", "", "sessions", "view_verificationsession"),
            (_("KYC links"), "kyc_link_list", "", "links", "view_kyclink"),
        ),
    ),
    (
        _("Oversight"),
        (
            (_("Overview"), "overview", "", "overview", "view_overview"),
            (_("Expiring"), "expiring", "", "calendar", "view_case"),
            (_("Audit log"), "audit_log", "", "audit", "view_auditevent"),
            (_("Access log"), "access_log", "", "eye", "view_accessevent"),
            (_("Records integrity"), "records_integrity", "", "shield", "view_logseal"),
            (_("Exports"), "export_list", "", "exports", "view_export"),
            (_("Auditor’s room"), "audit_room", "", "loupe", "view_auditsample"),
            (_("Auditors"), "engagement_list", "", "key", "view_auditengagement"),
        ),
    ),
    (
        _("Operations"),
        (
            (_("Providers"), "provider_account_list", "", "providers", "view_provideraccount"),
            (_("Delivery"), "delivery_overview", "", "delivery", "view_providercall"),
            (_("Policy"), "policy_detail", "", "sliders", "view_policyversion"),
            (_("Texts"), "message_template_list", "", "send", "view_messagetemplate"),
        ),
    ),
)
"""Group -> (label, url name, query, icon, permission)."""
KEYS = {
    "queue": "q",
    "user-check": "m",
    "approval": "2",
    "customers": "c",
    "verifications": "v",
    "sessions": "s",
    "links": "l",
    "overview": "o",
    "calendar": "e",
    "audit": "a",
    "eye": "w",
    "providers": "p",
    "delivery": "d",
    "sliders": "r",
    "send": "t",
    "note": "n",
    "shield": "i",
    "exports": "x",
    "help": "h",
    "loupe": "u",
    "key": "k",
}
"""Icon of an entry -> the letter that opens it after "g"."""


def navigation(user: Any, *, path: str, query: str, known: dict[str, int] | None = None) -> list[dict[str, Any]]:
    """Groups with their items, counts and the current one marked; empty groups are left out. One query.

    ``known``: counts that the page made already, by the names of ``queue.queue_counts``.
    """
    counts = _counts(user, known or {})
    groups = []
    for label, entries in GROUPS:
        allowed = [entry for entry in entries if user.has_perm(f"verifications.{entry[4]}")]
        items = [_item(entry, counts, path, query) for entry in allowed]
        if items:
            groups.append({"label": label, "items": items})
    _mark_nearest(groups)
    return groups


def environment_badge() -> str:
    """Says when any account that is on is a sandbox, so that nobody takes a rehearsal for the real thing."""
    kinds = set(ProviderAccount.objects.filter(is_enabled=True).values_list("environment", flat=True))
    if not kinds:
        return ""
    if kinds == {AccountEnvironment.SANDBOX.value}:
        return gettext("Sandbox providers")
    return gettext("Live and sandbox providers") if AccountEnvironment.SANDBOX in kinds else ""


def _mark_nearest(groups: list[dict[str, Any]]) -> None:
    """Of pages below one another only the nearest is current."""
    marked = [item for group in groups for item in group["items"] if item["current"]]
    nearest = max((len(item["url"].partition("?")[0]) for item in marked), default=0)
    for item in marked:
        item["current"] = len(item["url"].partition("?")[0]) == nearest


def _item(entry: Entry, counts: dict[str, int | None], path: str, query: str) -> dict[str, Any]:
    label, name, wanted, icon, _permission = entry
    url = reverse(f"verifications:{name}")
    if name == "case_queue":
        here = next((view for view in QUEUE_VIEWS if view in query), "")
        current = path == url and here == wanted
    else:
        current = path.startswith(url)
    return {
        "label": label,
        "url": f"{url}?{wanted}" if wanted else url,
        "icon": icon,
        "key": KEYS.get(icon, ""),
        "count": counts.get(f"{name}?{wanted}" if wanted else name),
        "current": current,
    }


def _counts(user: Any, known: dict[str, int]) -> dict[str, int | None]:
    """Capped; what waits for a person is shown even at nought, what should not happen only when it does."""
    wanted = {
        "all": open_cases(),
        "mine": open_cases().filter(owner_id=user.pk),
        "second": open_cases().filter(state=CaseState.SECOND_APPROVAL),
        "mentions": NoteMention.objects.filter(person_id=user.pk, seen_at__isnull=True),
        "questions": open_questions(),
        "unknown": unknown_submissions(),
        "dead": dead_calls(),
    }
    watched = alarms(now=timezone.now()) if user.has_perm("verifications.view_logseal") else {}
    wanted |= watched
    found = known | capped_counts({name: rows for name, rows in wanted.items() if name not in known})
    return {
        "case_queue": found["all"],
        "case_queue?view=mine": found["mine"],
        "case_queue?view=second": found["second"],
        "mention_list": found["mentions"] or None,
        "audit_question_list": found["questions"] or None,
        "delivery_overview": (found["unknown"] + found["dead"]) or None,
        "records_integrity": sum(bool(found[name]) for name in watched) or None,
    }
