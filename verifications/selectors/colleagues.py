"""The people who may read cases, for naming them in a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.db.models.functions import Lower

MOST_PEOPLE = 200
READ_NOTES = "verifications.view_casenote"


def colleagues(*, besides: Any = None) -> list[Any]:
    """Active people who may read notes, by name."""
    people = get_user_model().objects.with_perm(READ_NOTES, is_active=True, include_superusers=False)
    if besides is not None:
        people = people.exclude(pk=besides.pk)
    return list(people.order_by("first_name", "last_name", "pk")[:MOST_PEOPLE])


def colleagues_named(*, chosen: Sequence[int], typed: Sequence[str]) -> list[int]:
    """Keys of those who were chosen, or typed by their user name in any case; others are left out."""
    if not chosen and not typed:
        return []
    people = get_user_model().objects.with_perm(READ_NOTES, is_active=True, include_superusers=False)
    named = Q(pk__in=chosen) | Q(folded__in=[name.casefold() for name in typed])
    return list(people.annotate(folded=Lower("username")).filter(named).order_by("pk").values_list("pk", flat=True))
