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
        "view_reconciliation",
        "view_verificationsession",
        "view_kyclink",
        "view_receivedwebhook",
        "reveal_sealed_value",
    }
)

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    OFFICER: _READ | {"change_case", "download_original", "decide_reconciliation"},
    ADMINISTRATOR: _READ
    | {
        "add_customer",
        "change_customer",
        "add_provideruser",
        "change_provideruser",
        "add_verification",
        "change_verification",
        "submit_verification",
        "add_reconciliation",
        "decide_reconciliation",
        "retry_providercall",
        "add_verificationsession",
        "change_verificationsession",
        "delete_at_provider",
        "add_kyclink",
        "change_kyclink",
        "send_kyclink",
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
