"""The roles as groups, kept equal to ``policy.roles`` after every migration."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext as _

from verifications.policy.roles import ADMINISTRATOR, AUDITOR, OFFICER, ROLE_PERMISSIONS, SENIOR_OFFICER


def ensure_roles(sender: Any, using: str = "default", **_kwargs: Any) -> None:
    """Make or correct the groups; connected to ``post_migrate``."""
    create_permissions(sender, verbosity=0, using=using)
    for role, codenames in ROLE_PERMISSIONS.items():
        group, _ = Group.objects.using(using).get_or_create(name=role)
        group.permissions.set(_permissions(codenames, using))


def _permissions(names: frozenset[str], using: str) -> list[Permission]:
    wanted = {tuple(name.rpartition(".")[::2]) for name in names}
    pairs = {(app or "verifications", codename) for app, codename in wanted}
    found = Permission.objects.using(using).select_related("content_type").filter(codename__in={c for _a, c in pairs})
    return [permission for permission in found if (permission.content_type.app_label, permission.codename) in pairs]


def role_of(user: Any) -> str:
    """The role shown beside a person's name: the first of these they hold, or what Django knows of them."""
    names = set(user.groups.values_list("name", flat=True))
    for role in (SENIOR_OFFICER, OFFICER, ADMINISTRATOR, AUDITOR):
        if role in names:
            return _(role)
    return _("Operator") if user.is_superuser else _("No role")
