"""The people behind the actors of records, in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth import get_user_model

from verifications.services.audit import SYSTEM_NAMES


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Actor -> name, for a whole page in one query; an actor nobody knows stands for itself."""
    wanted = set(actors)
    ids = {actor.removeprefix("user:") for actor in wanted if actor.startswith("user:")}
    people = get_user_model().objects.filter(pk__in=[pk for pk in ids if pk.isdecimal()]) if ids else []
    names = {f"user:{person.pk}": person.get_full_name() or person.get_username() for person in people}
    return {actor: names.get(actor) or SYSTEM_NAMES.get(actor, actor) for actor in wanted}
