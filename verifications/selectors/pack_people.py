"""Who did it, as a pack names them: by the name they had then, or for the person concerned by their role."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from verifications.models import AuditEvent
from verifications.packs.disclosure import STAFF, Disclosure
from verifications.selectors.marked_words import actor_words

USER = "user:"


class PackPeople:
    """Names from the events themselves: a person who is renamed later changes no pack.

    The role is what they did in the case, not the group they are in today; people are numbered in the order in which
    they appear, so that two of them can be told apart.
    """

    def __init__(self, disclosure: Disclosure, events: Iterable[AuditEvent], deciders: Iterable[int]) -> None:
        self._disclosure = disclosure
        self._deciders = {f"{USER}{pk}" for pk in deciders}
        self._roles: dict[str, str] = {}
        self._counts: dict[bool, int] = {}
        self._names: dict[str, str] = {}
        for event in events:
            if event.actor_name:
                self._names.setdefault(event.actor, event.actor_name)

    def name(self, actor: str) -> str:
        """The name of ``user:5``, of a provider or of a part of the portal; empty for nobody."""
        if not actor.startswith(USER):
            return actor_words(actor, self._names.get(actor, actor)) if actor else ""
        if self._disclosure.is_for_subject:
            return self._role(actor)
        if actor not in self._names:
            person = get_user_model().objects.filter(pk=actor.removeprefix(USER)).first()
            self._names[actor] = (person.get_full_name() or person.get_username()) if person else actor
        return self._names[actor]

    def of(self, person: Any) -> str:
        """The name of a user, empty for ``None``."""
        return self.name(f"{USER}{person.pk}") if person is not None else ""

    def _role(self, actor: str) -> str:
        if not self._roles:
            self._disclosure.hold(_("Names of staff"), STAFF)
        if actor not in self._roles:
            decides = actor in self._deciders
            self._counts[decides] = number = self._counts.get(decides, 0) + 1
            role = _("Compliance officer %(number)d") if decides else _("Member of staff %(number)d")
            self._roles[actor] = role % {"number": number}
        return self._roles[actor]
