"""Who may do what: three roles as data. Everything not listed is denied."""

from __future__ import annotations

OFFICER = "Compliance officer"
ADMINISTRATOR = "Administrator"
AUDITOR = "Auditor"

_READ = frozenset(
    {
        "view_customer",
        "view_verification",
        "view_document",
        "view_case",
        "view_provideraccount",
        "view_provideruser",
        "view_providercall",
        "reveal_sealed_value",
    }
)

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    OFFICER: _READ | {"change_case", "download_original"},
    ADMINISTRATOR: _READ
    | {
        "add_customer",
        "change_customer",
        "add_provideruser",
        "change_provideruser",
        "add_verification",
        "change_verification",
        "submit_verification",
        "add_document",
        "delete_document",
        "download_original",
        "add_provideraccount",
        "change_provideraccount",
        "check_provideraccount",
        "auth.view_user",
        "auth.add_user",
        "auth.change_user",
    },
    AUDITOR: _READ | {"download_original", "view_auditevent", "view_accessevent"},
}
"""Role -> permissions: a codename of the ``verifications`` app, or ``app.codename``."""
