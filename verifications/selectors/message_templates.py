"""Texts to customers: for the list, for one with its versions, and as a customer would read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext as _

from verifications.enums import RequestItem, RequestReason
from verifications.models import MessageTemplate
from verifications.policy.customer_texts import CustomerText, fill_in
from verifications.policy.customer_words import LANGUAGES

MOST_SHOWN = 200
SAMPLE_NAME = "Alex Example"
"""Nobody's."""


@dataclass(frozen=True)
class ShownTemplate:
    """``look`` and ``state`` say whether officers can use it."""

    template: MessageTemplate
    look: str
    state: str
    language: str
    written_by: str
    approved_by: str
    may_approve: bool
    may_retire: bool


def templates_for_list(user: Any, *, retired: bool = False) -> list[ShownTemplate]:
    """What waits for its approval, then what is in use; or what was retired, newest first."""
    rows = MessageTemplate.objects.filter(~Q(retired_at__isnull=True) if retired else Q(retired_at__isnull=True))
    rows = rows.annotate(in_use=ExpressionWrapper(Q(approved_at__isnull=False), output_field=BooleanField()))
    order = ("-retired_at", "-pk") if retired else ("in_use", "code", "language", "-version")
    return _shown(list(rows.order_by(*order)[:MOST_SHOWN]), user)


def versions_of(template: MessageTemplate, user: Any) -> list[ShownTemplate]:
    """All versions of the same text in the same language, newest first."""
    rows = MessageTemplate.objects.filter(code=template.code, language=template.language).order_by("-version")
    return _shown(list(rows[:MOST_SHOWN]), user)


def _shown(rows: list[MessageTemplate], user: Any) -> list[ShownTemplate]:
    names = names_of({actor for row in rows for actor in (row.written_by, row.approved_by)})
    return [_one(row, user, names) for row in rows]


def _one(row: MessageTemplate, user: Any, names: dict[str, str]) -> ShownTemplate:
    if row.retired_at is not None:
        look, state = "stopped", _("Retired")
    elif row.approved_at is not None:
        look, state = "good", _("In use")
    else:
        look, state = "waiting", _("Waits for approval")
    is_open = row.retired_at is None and row.approved_at is None
    may_approve = user.has_perm("verifications.approve_messagetemplate")
    return ShownTemplate(
        template=row,
        look=look,
        state=state,
        language=LANGUAGES.get(row.language, row.language),
        written_by=names.get(row.written_by, ""),
        approved_by=names.get(row.approved_by, ""),
        may_approve=is_open and may_approve and row.written_by != f"user:{user.pk}",
        may_retire=row.retired_at is None and user.has_perm("verifications.add_messagetemplate"),
    )


def sample_of(template: MessageTemplate, *, item: str = "", reason: str = "") -> CustomerText:
    """As a customer nobody knows would read it."""
    return fill_in(
        subject=template.subject,
        body=template.body,
        language=template.language,
        name=SAMPLE_NAME,
        item=item if item in RequestItem.values else RequestItem.IDENTITY_DOCUMENT.value,
        reason=reason if reason in RequestReason.values else RequestReason.BLURRED.value,
    )


def names_of(actors: set[str]) -> dict[str, str]:
    """Actor -> name in words, for the people among them; one query."""
    keys = {actor.removeprefix("user:") for actor in actors if actor.startswith("user:")}
    people = get_user_model().objects.filter(pk__in=[key for key in keys if key.isdigit()])
    names = {f"user:{person.pk}": person.get_full_name() or person.get_username() for person in people}
    return names | {actor: _("Made with the installation") for actor in actors if actor.startswith("system:")}
