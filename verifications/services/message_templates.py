"""Texts to customers: written by one person, approved by another; a changed text is a new version."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from verifications.enums import AuditAction
from verifications.errors import (
    ConflictingRecord,
    DomainError,
    FieldProblem,
    InvalidTransition,
    NotAllowed,
    PreflightFailed,
)
from verifications.models import MessageTemplate
from verifications.policy.customer_texts import TextProblem, text_problems
from verifications.policy.customer_words import LANGUAGES
from verifications.policy.first_texts import FIRST_TEXTS
from verifications.services.audit import record_event

SETUP = "system:setup"
RULE = "Texts to customers"
LONGEST_TITLE = 120


@transaction.atomic
def write_template(
    *, code: str, language: str, title: str, subject: str, body: str, actor: str, at: dt.datetime
) -> MessageTemplate:
    """The next version of a text, or the first one; nobody can use it before somebody else has approved it.

    Raises ``PreflightFailed`` next to the field, ``ConflictingRecord`` when somebody wrote one at the same moment.
    """
    code, title, subject = slugify(code), title.strip(), subject.strip()
    body = body.replace("\r\n", "\n").strip() + "\n" if body.strip() else ""
    problems = _problems(code=code, language=language, title=title, subject=subject, body=body)
    if problems:
        raise PreflightFailed(problems)
    before = MessageTemplate.objects.filter(code=code, language=language).order_by("-version").first()
    template = MessageTemplate(
        code=code,
        version=before.version + 1 if before else 1,
        language=language,
        title=title,
        subject=subject,
        body=body,
        written_by=actor,
        written_at=at,
    )
    try:
        with transaction.atomic():
            template.save(force_insert=True)
    except IntegrityError as error:
        raise ConflictingRecord(
            _("Somebody wrote a version of this text at the same moment. Look at theirs, then save yours again.")
        ) from error
    _record(template, "written", actor, at)
    return template


@transaction.atomic
def approve_template(*, template_id: int, actor: str, at: dt.datetime) -> MessageTemplate:
    """Let officers use a text that another person wrote; the version in use until now is retired.

    Raises ``NotAllowed`` for its writer and ``InvalidTransition`` for one that is approved, retired or overtaken.
    """
    template = _locked(template_id)
    if template.written_by == actor:
        raise NotAllowed(_("You wrote this text, so somebody else has to approve it. Nothing was changed."))
    if template.approved_at is not None or template.retired_at is not None:
        raise InvalidTransition(_("This version was approved or retired already. Nothing was changed."))
    others = MessageTemplate.objects.filter(code=template.code, language=template.language)
    if others.filter(version__gt=template.version, approved_at__isnull=False).exists():
        raise InvalidTransition(_("A newer version is in use already. Nothing was changed."))
    for older in others.filter(retired_at__isnull=True, version__lt=template.version).select_for_update():
        older.retired_at = at
        older.save(update_fields=["retired_at"])
        _record(older, "retired", actor, at)
    template.approved_by, template.approved_at = actor, at
    template.save(update_fields=["approved_by", "approved_at"])
    _record(template, "approved", actor, at)
    return template


@transaction.atomic
def retire_template(*, template_id: int, actor: str, at: dt.datetime) -> MessageTemplate:
    """Take a text out of use. What was sent in its words stays as it was sent."""
    template = _locked(template_id)
    if template.retired_at is not None:
        raise InvalidTransition(_("This version is retired already. Nothing was changed."))
    template.retired_at = at
    template.save(update_fields=["retired_at"])
    _record(template, "retired", actor, at)
    return template


def ensure_templates(using: str = "default", **_kwargs: object) -> None:
    """Make what a new installation starts with; connected to ``post_migrate``. What was changed stays changed."""
    if MessageTemplate._meta.db_table not in connections[using].introspection.table_names():
        return  # migrated back to before the review desk
    if MessageTemplate.objects.using(using).exists():
        return
    now = timezone.now()
    MessageTemplate.objects.using(using).bulk_create(
        [
            MessageTemplate(
                code=code,
                language=language,
                title=title,
                subject=subject,
                body=body,
                written_by=SETUP,
                written_at=now,
                approved_by=SETUP,
                approved_at=now,
            )
            for code, texts in FIRST_TEXTS.items()
            for language, (title, subject, body) in texts.items()
        ],
        ignore_conflicts=True,
    )


def _problems(*, code: str, language: str, title: str, subject: str, body: str) -> list[FieldProblem]:
    found = [
        ("code", _("Give it a short name of letters and digits."), not code or len(code) > 60),
        ("language", _("Choose one of the languages."), language not in LANGUAGES),
        ("title", _("Give it a title of at most 120 characters."), not title or len(title) > LONGEST_TITLE),
    ]
    problems = [FieldProblem(field, message, RULE) for field, message, is_so in found if is_so]
    return problems + [
        FieldProblem(one.field, _message(one), RULE) for one in text_problems(subject=subject, body=body)
    ]


def _message(problem: TextProblem) -> str:
    said = {"words": ", ".join(problem.words)}
    match problem.rule:
        case "EMPTY":
            return _("Write something here; the customer reads it.")
        case "LONG":
            return _("This is too long. Shorten it.")
        case "UNKNOWN":
            return _("The portal knows {name}, {item}, {reason} and {address}, not: %(words)s.") % said
        case "BRACES":
            return _("A brace stands alone. Braces are for {name}, {item}, {reason} and {address} only.")
        case "SUBJECT_ADDRESS":
            return _("The address belongs into the text, not into the subject.")
        case "ADDRESSES":
            return _("Put {address} in once.")
        case "LINES":
            return _("The subject is one line without invisible characters.")
    return _("This could tell the customer what they must not know, so it can't be sent: %(words)s.") % said


def _locked(template_id: int) -> MessageTemplate:
    template = MessageTemplate.objects.select_for_update().filter(pk=template_id).first()
    if template is None:
        raise DomainError(_("This text does not exist."))
    return template


def _record(template: MessageTemplate, change: str, actor: str, at: dt.datetime) -> None:
    details = {"code": template.code, "language": template.language, "version": template.version, "change": change}
    record_event(action=AuditAction.TEMPLATE_CHANGED, actor=actor, subject=template, at=at, details=details)
