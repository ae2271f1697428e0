"""Who may do what: three roles as data. Everything not listed is denied."""

from __future__ import annotations

from verifications.marking import gettext_noop

OFFICER = gettext_noop("Compliance officer")
SENIOR_OFFICER = gettext_noop("Senior compliance officer")
ADMINISTRATOR = gettext_noop("Administrator")
AUDITOR = gettext_noop("Auditor")

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
        "view_decision",
        "view_casenote",
        "view_policyversion",
        "view_messagetemplate",
        "view_overview",
        "view_auditquestion",
        "reveal_sealed_value",
    }
)

_OFFICER = _READ | {
    "change_case",
    "decide_case",
    "assign_case",
    "ask_customer",
    "add_casenote",
    "add_machinereading",
    "share_savedview",
    "approve_messagetemplate",
    "download_original",
    "decide_reconciliation",
    "answer_auditquestion",
}

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    OFFICER: _OFFICER,
    SENIOR_OFFICER: _OFFICER | {"decide_escalated", "add_policyversion", "view_export", "add_export"},
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
        "add_casenote",
        "add_machinereading",
        "share_savedview",
        "change_decisionreason",
        "add_messagetemplate",
        "download_original",
        "add_provideraccount",
        "change_provideraccount",
        "check_provideraccount",
        "answer_auditquestion",
        "view_logseal",
        "view_auditengagement",
        "add_auditengagement",
        "change_auditengagement",
        "auth.view_user",
        "auth.add_user",
        "auth.change_user",
    },
    AUDITOR: _READ
    | {
        "download_original",
        "view_auditevent",
        "view_accessevent",
        "view_logseal",
        "add_logcheck",
        "view_export",
        "add_export",
        "export_sensitive",
        "view_auditengagement",
        "view_auditsample",
        "add_auditsample",
        "add_auditquestion",
        "view_controlevidence",
    },
}
"""Role -> permissions: a codename of the ``verifications`` app, or ``app.codename``."""
