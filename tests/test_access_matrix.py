"""The access matrix: every route of the real resolver, every role, every verb. An unlisted route fails.

Columns, in the order of ``support.ROLES``: anonymous, no role, officer, administrator, auditor, superuser, disabled.
A POST carries nothing of use, so that 422 is "may, but this was not filled in" and 302 "may, done or told why not".
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from tests.factories import make_customer, make_user
from tests.views.support import READERS, ROLES, World, ask, client_as, make_world, path_of, routes
from verifications.middleware import announced_length
from verifications.models import AuditEvent
from verifications.policy.roles import ADMINISTRATOR, AUDITOR, OFFICER
from verifications.views.access import FORM_METHODS

pytestmark = pytest.mark.django_db

READ = "302 403 200 200 200 200 302"
LOG = "302 403 403 403 200 200 302"
FORM = "302 403 403 200 403 200 302"
REFUSED = "302 403 403 422 403 422 302"
CHANGE = "302 403 403 302 403 302 302"
PROVE = "302 403 302 302 302 302 302"
OFFICERS = "302 403 302 403 403 302 302"
AUDITORS = "302 403 403 403 302 302 302"
AUDITORS_FORM = "302 403 403 403 422 422 302"
NO_METHOD = "302 405 405 405 405 405 302"
OPEN = "200 200 200 200 200 200 200"
OPEN_NO_METHOD = "405 405 405 405 405 405 405"
ENTRANCE = "200 302 302 302 302 302 200"
AWAY = "302 302 302 302 302 302 302"
OWN = "302 200 200 200 200 200 302"
OWN_ABSENT = "302 404 404 404 404 404 302"
STAFF = "302 302 302 200 302 200 302"
STAFF_REFUSED = "302 302 302 403 302 403 302"
STAFF_ABSENT = "302 302 302 404 302 404 302"
STAFF_NO_METHOD = "302 302 302 405 302 405 302"
OPERATOR = "302 302 302 403 302 200 302"
SENT_BACK = "302 403 403 302 403 302 302"

MATRIX: dict[str, tuple[str, str]] = {
    "verifications:case_queue": (READ, NO_METHOD),
    "verifications:queue_news": ("302 403 204 204 204 204 302", NO_METHOD),
    "verifications:queue_find": (NO_METHOD, PROVE),
    "verifications:queue_take_next": (NO_METHOD, OFFICERS),
    "verifications:queue_columns": (NO_METHOD, PROVE),
    "verifications:queue_bulk": (NO_METHOD, PROVE),
    "verifications:queue_bulk_run": (PROVE, PROVE),
    "verifications:saved_view_list": (READ, NO_METHOD),
    "verifications:saved_view_save": (NO_METHOD, PROVE),
    "verifications:saved_view_change": (NO_METHOD, PROVE),
    "verifications:saved_view_remove": (NO_METHOD, PROVE),
    "verifications:my_looks": (READ, NO_METHOD),
    "verifications:customer_looks": (LOG, NO_METHOD),
    "verifications:person_settings": (READ, "302 403 422 422 422 422 302"),
    "verifications:case_take": (NO_METHOD, OFFICERS),
    "verifications:case_assign": ("302 403 200 403 403 200 302", "302 403 422 403 403 422 302"),
    "verifications:case_priority": (NO_METHOD, OFFICERS),
    "verifications:case_detail": (READ, NO_METHOD),
    "verifications:case_timeline": (READ, NO_METHOD),
    "verifications:case_presence": (NO_METHOD, "302 403 200 200 200 200 302"),
    "verifications:case_claim": (NO_METHOD, OFFICERS),
    "verifications:case_release": (NO_METHOD, OFFICERS),
    "verifications:case_decide": (NO_METHOD, "302 403 422 403 403 422 302"),
    "verifications:case_pack": (LOG, AUDITORS_FORM),
    "verifications:case_difference": (NO_METHOD, "302 403 422 403 403 422 302"),
    "verifications:verification_reading": (NO_METHOD, "302 403 422 422 403 422 302"),
    "verifications:document_read": (NO_METHOD, "302 403 302 302 403 302 302"),
    "verifications:reading_confirm": (NO_METHOD, "302 403 422 422 403 422 302"),
    "verifications:reading_remove": (NO_METHOD, "302 403 422 422 403 422 302"),
    "verifications:case_note_add": (NO_METHOD, "302 403 422 422 403 422 302"),
    "verifications:note_change": ("302 403 302 302 403 302 302", "302 403 302 302 403 302 302"),
    "verifications:mention_list": (READ, "302 403 302 302 302 302 302"),
    "verifications:customer_request_create": ("302 403 200 403 403 200 302", "302 403 422 403 403 422 302"),
    "verifications:customer_request_preview": (NO_METHOD, "302 403 200 403 403 200 302"),
    "verifications:request_show_address": (NO_METHOD, "302 403 422 403 403 422 302"),
    "verifications:request_send": (NO_METHOD, OFFICERS),
    "verifications:request_answered": (NO_METHOD, OFFICERS),
    "verifications:request_withdraw": (NO_METHOD, OFFICERS),
    "verifications:message_template_list": (READ, NO_METHOD),
    "verifications:message_template_create": (FORM, REFUSED),
    "verifications:message_template_detail": (READ, NO_METHOD),
    "verifications:message_template_change": (FORM, REFUSED),
    "verifications:message_template_approve": (NO_METHOD, OFFICERS),
    "verifications:message_template_retire": (NO_METHOD, CHANGE),
    "verifications:decision_approve": (NO_METHOD, "302 403 302 403 403 302 302"),
    "verifications:decision_return": (NO_METHOD, "302 403 422 403 403 422 302"),
    "verifications:decision_withdraw": (NO_METHOD, "302 403 302 403 403 302 302"),
    "verifications:decision_list": (READ, NO_METHOD),
    "verifications:overview": (READ, NO_METHOD),
    "verifications:overview_cases": (READ, NO_METHOD),
    "verifications:overview_checks": (READ, NO_METHOD),
    "verifications:expiring": (READ, NO_METHOD),
    "verifications:policy_detail": (READ, NO_METHOD),
    "verifications:policy_new": ("302 403 403 403 403 200 302", "302 403 403 403 403 422 302"),
    "verifications:policy_replay": (READ, NO_METHOD),
    "verifications:customer_review": (NO_METHOD, OFFICERS),
    "verifications:customer_list": (READ, NO_METHOD),
    "verifications:customer_create": (FORM, REFUSED),
    "verifications:customer_detail": (READ, NO_METHOD),
    "verifications:customer_edit": (FORM, REFUSED),
    "verifications:provider_user_add": (FORM, REFUSED),
    "verifications:verification_create": (FORM, REFUSED),
    "verifications:provider_user_read": (NO_METHOD, CHANGE),
    "verifications:provider_user_update": (NO_METHOD, CHANGE),
    "verifications:verification_list": (READ, NO_METHOD),
    "verifications:verification_detail": (READ, NO_METHOD),
    "verifications:verification_edit": (FORM, CHANGE),
    "verifications:verification_cancel": (NO_METHOD, CHANGE),
    "verifications:verification_retry": (NO_METHOD, CHANGE),
    "verifications:reconciliation": (READ, REFUSED),
    "verifications:reconciliation_read": (NO_METHOD, CHANGE),
    "verifications:reconciliation_decide": (NO_METHOD, "302 403 302 302 403 302 302"),
    "verifications:reconciliation_withdraw": (NO_METHOD, CHANGE),
    "verifications:verification_correct": (NO_METHOD, CHANGE),
    "verifications:document_upload": (NO_METHOD, CHANGE),
    "verifications:session_list": (READ, NO_METHOD),
    "verifications:session_create": (FORM, REFUSED),
    "verifications:session_submit": (NO_METHOD, CHANGE),
    "verifications:session_renew": (NO_METHOD, CHANGE),
    "verifications:session_cancel": (NO_METHOD, CHANGE),
    "verifications:session_read": (NO_METHOD, CHANGE),
    "verifications:session_images": (NO_METHOD, CHANGE),
    "verifications:session_consent": (NO_METHOD, CHANGE),
    "verifications:session_delete": (NO_METHOD, CHANGE),
    "verifications:session_send_image": (NO_METHOD, CHANGE),
    "verifications:session_address": (NO_METHOD, FORM),
    "verifications:session_start": (OPEN, OPEN_NO_METHOD),
    "verifications:session_open": (AWAY, OPEN_NO_METHOD),
    "verifications:session_return": ("400 400 400 400 400 400 400", OPEN_NO_METHOD),
    "verifications:link_return": ("400 400 400 400 400 400 400", OPEN_NO_METHOD),
    "verifications:webhook_capa": (OPEN_NO_METHOD, "401 401 401 401 401 401 401"),
    "verifications:kyc_link_list": (READ, NO_METHOD),
    "verifications:kyc_link_start": (FORM, REFUSED),
    "verifications:kyc_link_create": (FORM, REFUSED),
    "verifications:kyc_link_batch": (FORM, REFUSED),
    "verifications:kyc_link_batch_results": (CHANGE, NO_METHOD),
    "verifications:kyc_link_batch_csv": (CHANGE, NO_METHOD),
    "verifications:kyc_link_address": (NO_METHOD, FORM),
    "verifications:kyc_link_send": (NO_METHOD, REFUSED),
    "verifications:kyc_link_renew": (NO_METHOD, CHANGE),
    "verifications:kyc_link_cancel": (NO_METHOD, CHANGE),
    "verifications:kyc_link_read": (NO_METHOD, CHANGE),
    "verifications:kyc_link_adopt": (NO_METHOD, REFUSED),
    "verifications:provider_account_webhook": (NO_METHOD, CHANGE),
    "verifications:notification_list": (READ, NO_METHOD),
    "verifications:notification_refresh": (NO_METHOD, CHANGE),
    "verifications:notification_detail": (READ, NO_METHOD),
    "verifications:notification_read": (NO_METHOD, CHANGE),
    "verifications:notification_redeliver": (NO_METHOD, CHANGE),
    "verifications:document_preview": (READ, NO_METHOD),
    "verifications:document_thumbnail": (READ, NO_METHOD),
    "verifications:document_original": (READ, NO_METHOD),
    "verifications:document_remove": (NO_METHOD, CHANGE),
    "verifications:document_address": (OPEN, OPEN_NO_METHOD),
    "verifications:value_reveal": (NO_METHOD, "302 403 422 422 422 422 302"),
    "verifications:search": (NO_METHOD, READ),
    "verifications:search_suggestions": (NO_METHOD, READ),
    "verifications:provider_account_list": (READ, NO_METHOD),
    "verifications:provider_account_create": (FORM, REFUSED),
    "verifications:provider_account_detail": (READ, NO_METHOD),
    "verifications:provider_account_edit": (FORM, REFUSED),
    "verifications:provider_account_check": (NO_METHOD, CHANGE),
    "verifications:provider_account_switch": (NO_METHOD, CHANGE),
    "verifications:provider_account_resume": (NO_METHOD, CHANGE),
    "verifications:delivery_overview": (READ, NO_METHOD),
    "verifications:delivery_unknown": (READ, NO_METHOD),
    "verifications:delivery_dead": (READ, NO_METHOD),
    "verifications:dead_retry": (NO_METHOD, CHANGE),
    "verifications:dead_set_aside": (NO_METHOD, CHANGE),
    "verifications:provider_call_detail": (READ, NO_METHOD),
    "verifications:provider_call_prove": (NO_METHOD, PROVE),
    "verifications:case_question_ask": (NO_METHOD, AUDITORS_FORM),
    "verifications:audit_question_answer": (NO_METHOD, "302 403 422 422 403 422 302"),
    "verifications:audit_question_close": (NO_METHOD, AUDITORS),
    "verifications:engagement_list": ("302 403 403 200 200 200 302", NO_METHOD),
    "verifications:engagement_create": (FORM, REFUSED),
    "verifications:engagement_change": (FORM, REFUSED),
    "verifications:audit_room": (LOG, NO_METHOD),
    "verifications:audit_sample_list": (LOG, NO_METHOD),
    "verifications:audit_sample_create": (LOG, AUDITORS_FORM),
    "verifications:audit_sample_detail": (LOG, NO_METHOD),
    "verifications:audit_sample_again": (LOG, NO_METHOD),
    "verifications:audit_sample_conclude": (NO_METHOD, AUDITORS),
    "verifications:audit_sample_population": (NO_METHOD, LOG),
    "verifications:audit_question_list": (READ, NO_METHOD),
    "verifications:control_evidence": (LOG, NO_METHOD),
    "verifications:control_file": (NO_METHOD, LOG),
    "verifications:control_list": (LOG, NO_METHOD),
    "verifications:export_list": (LOG, NO_METHOD),
    "verifications:export_new": (LOG, AUDITORS_FORM),
    "verifications:export_count": (NO_METHOD, AUDITORS_FORM),
    "verifications:export_detail": (LOG, NO_METHOD),
    "verifications:export_cancel": (NO_METHOD, AUDITORS),
    "verifications:export_retry": (NO_METHOD, AUDITORS),
    "verifications:export_file": (LOG, NO_METHOD),
    "verifications:export_proof": (LOG, NO_METHOD),
    "verifications:audit_log": (LOG, NO_METHOD),
    "verifications:access_log": (LOG, NO_METHOD),
    "verifications:records_integrity": ("302 403 403 200 200 200 302", NO_METHOD),
    "verifications:verifier_file": ("302 403 403 200 200 200 302", NO_METHOD),
    "verifications:keys_file": ("302 403 403 200 200 200 302", NO_METHOD),
    "verifications:anchors_file": ("302 403 403 404 404 404 302", NO_METHOD),
    "verifications:log_check": (NO_METHOD, "302 403 403 403 302 302 302"),
    "verifications:style_page": (READ, NO_METHOD),
    "verifications:healthz": (OPEN, OPEN_NO_METHOD),
    "account_login": (ENTRANCE, ENTRANCE),
    "account_logout": (OWN, AWAY),
    "account_inactive": (OPEN, OPEN_NO_METHOD),
    "account_signup": (ENTRANCE, ENTRANCE),
    "account_reauthenticate": (OWN, OWN),
    "account_email": (OWN, AWAY),
    "account_email_verification_sent": (OPEN, OPEN_NO_METHOD),
    "account_change_password": (OWN, OWN),
    "account_set_password": (AWAY, AWAY),
    "account_reset_password": (OPEN, OPEN),
    "account_confirm_login_code": (AWAY, AWAY),
    "account_confirm_email": (OPEN, "404 404 404 404 404 404 404"),
    "account_reset_password_from_key_done": (OPEN, OPEN_NO_METHOD),
    "account_reset_password_from_key": (OPEN, OPEN),
    "account_reset_password_done": (OPEN, OPEN_NO_METHOD),
    "mfa_index": (OWN, NO_METHOD),
    "mfa_authenticate": (AWAY, AWAY),
    "mfa_reauthenticate": (AWAY, AWAY),
    "mfa_activate_totp": (AWAY, AWAY),
    "mfa_deactivate_totp": (OWN_ABSENT, OWN_ABSENT),
    "mfa_view_recovery_codes": (OWN_ABSENT, NO_METHOD),
    "mfa_generate_recovery_codes": (AWAY, AWAY),
    "mfa_download_recovery_codes": (OWN_ABSENT, OWN_ABSENT),
    "mfa_list_webauthn": (OWN, NO_METHOD),
    "mfa_add_webauthn": (AWAY, AWAY),
    "mfa_reauthenticate_webauthn": (AWAY, AWAY),
    "mfa_remove_webauthn": (AWAY, AWAY),
    "mfa_edit_webauthn": (AWAY, AWAY),
    "mfa_login_webauthn": (AWAY, AWAY),
    "admin:index": (STAFF, STAFF),
    "admin:login": (SENT_BACK, SENT_BACK),
    "admin:logout": (STAFF_NO_METHOD, STAFF),
    "admin:password_change": (AWAY, AWAY),
    "admin:password_change_done": (STAFF, STAFF_NO_METHOD),
    "admin:autocomplete": (STAFF_REFUSED, STAFF_NO_METHOD),
    "admin:jsi18n": (STAFF, STAFF_NO_METHOD),
    "admin:view_on_site": (STAFF_ABSENT, STAFF_ABSENT),
    "admin:auth_user_password_change": (STAFF, STAFF),
    "admin:auth_user_changelist": (STAFF, STAFF),
    "admin:auth_user_add": (STAFF, STAFF),
    "admin:auth_user_history": (STAFF, STAFF),
    "admin:auth_user_delete": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:auth_user_change": (STAFF, STAFF),
    "admin/auth/user/<path:object_id>/": (AWAY, AWAY),
    "admin:verifications_customer_changelist": (STAFF, STAFF),
    "admin:verifications_customer_add": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_customer_history": (STAFF, STAFF),
    "admin:verifications_customer_delete": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_customer_change": (STAFF, STAFF_REFUSED),
    "admin/verifications/customer/<path:object_id>/": (AWAY, AWAY),
    "admin:verifications_provideraccount_changelist": (STAFF, STAFF),
    "admin:verifications_provideraccount_add": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_provideraccount_history": (STAFF, STAFF),
    "admin:verifications_provideraccount_delete": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_provideraccount_change": (STAFF, STAFF_REFUSED),
    "admin/verifications/provideraccount/<path:object_id>/": (AWAY, AWAY),
    "admin:verifications_provideruser_changelist": (STAFF, STAFF),
    "admin:verifications_provideruser_add": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_provideruser_history": (STAFF, STAFF),
    "admin:verifications_provideruser_delete": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_provideruser_change": (STAFF, STAFF_REFUSED),
    "admin/verifications/provideruser/<path:object_id>/": (AWAY, AWAY),
    "admin:verifications_verification_changelist": (STAFF, STAFF),
    "admin:verifications_verification_add": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_verification_history": (STAFF, STAFF),
    "admin:verifications_verification_delete": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_verification_change": (STAFF, STAFF_REFUSED),
    "admin/verifications/verification/<path:object_id>/": (AWAY, AWAY),
    "admin:verifications_case_changelist": (STAFF, STAFF),
    "admin:verifications_case_add": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_case_history": (STAFF, STAFF),
    "admin:verifications_case_delete": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_case_change": (STAFF, STAFF_REFUSED),
    "admin/verifications/case/<path:object_id>/": (AWAY, AWAY),
    "admin:verifications_apikeylane_changelist": (OPERATOR, OPERATOR),
    "admin:verifications_apikeylane_add": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_apikeylane_history": (OPERATOR, OPERATOR),
    "admin:verifications_apikeylane_delete": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_apikeylane_change": (OPERATOR, STAFF_REFUSED),
    "admin/verifications/apikeylane/<path:object_id>/": (AWAY, AWAY),
    "admin:verifications_decisionreason_changelist": (STAFF, STAFF),
    "admin:verifications_decisionreason_add": (STAFF, STAFF),
    "admin:verifications_decisionreason_history": (STAFF, STAFF),
    "admin:verifications_decisionreason_delete": (STAFF_REFUSED, STAFF_REFUSED),
    "admin:verifications_decisionreason_change": (STAFF, STAFF),
    "admin/verifications/decisionreason/<path:object_id>/": (AWAY, AWAY),
    "admin:app_list": (STAFF, STAFF),
    "admin/(?P<url>.*)$": (STAFF_ABSENT, STAFF_ABSENT),
}
"""Route -> (GET, POST)."""

POSTS_OF_EVERYONE = frozenset(
    {
        "verifications:search",
        "verifications:search_suggestions",
        "verifications:queue_find",
        "verifications:mention_list",
        "verifications:queue_columns",
        "verifications:queue_bulk",
        "verifications:queue_bulk_run",
        "verifications:case_presence",
        "verifications:saved_view_save",
        "verifications:saved_view_change",
        "verifications:saved_view_remove",
        "verifications:person_settings",
        "verifications:value_reveal",
        "verifications:provider_call_prove",
        "verifications:webhook_capa",
    }
    | {name for name in MATRIX if name.startswith(("account_", "mfa_"))}
)
"""What officers and auditors may POST: looking something up, their own views and settings, being seen on a case, a list
to take along (what changes cases is refused inside), proving a hash, their own sign-in. A webhook goes by its
signature."""
POSTS_OF_OFFICERS = frozenset(
    {
        "verifications:reconciliation_decide",
        "verifications:case_decide",
        "verifications:case_difference",
        "verifications:verification_reading",
        "verifications:document_read",
        "verifications:reading_confirm",
        "verifications:reading_remove",
        "verifications:decision_approve",
        "verifications:decision_return",
        "verifications:decision_withdraw",
        "verifications:customer_review",
        "verifications:case_note_add",
        "verifications:note_change",
        "verifications:customer_request_create",
        "verifications:customer_request_preview",
        "verifications:request_show_address",
        "verifications:request_send",
        "verifications:request_withdraw",
        "verifications:request_answered",
        "verifications:message_template_approve",
        "verifications:queue_take_next",
        "verifications:case_take",
        "verifications:case_claim",
        "verifications:case_release",
        "verifications:case_assign",
        "verifications:case_priority",
        "verifications:audit_question_answer",
    }
)
"""What an officer may change: deciding cases, who has which, and deciding what another person proposed."""
POSTS_OF_AUDITORS = frozenset(
    {
        "verifications:export_new",
        "verifications:export_count",
        "verifications:export_cancel",
        "verifications:export_retry",
        "verifications:audit_sample_create",
        "verifications:audit_sample_conclude",
        "verifications:audit_sample_population",
        "verifications:case_question_ask",
        "verifications:case_pack",
        "verifications:audit_question_close",
        "verifications:control_file",
        "verifications:log_check",
    }
)
"""What an auditor may write: samples with their conclusions, questions, exports, and lists to take along."""
OTHER_VERBS = ("PUT", "DELETE", "OPTIONS", "PROPFIND")


@pytest.fixture
def world() -> World:
    return make_world().whole()


def test_every_route_of_the_resolver_is_listed_and_no_other() -> None:
    found = {name for name, _pattern in routes()}

    assert found == set(MATRIX)


@pytest.mark.parametrize("role", ROLES)
def test_every_route_answers_each_role_as_the_table_says(role: str, world: World) -> None:
    client = client_as(role)
    column = ROLES.index(role)

    different = {}
    for name, pattern in routes():
        for method, row in zip(("GET", "POST"), MATRIX[name], strict=True):
            answer = _ask(client, method, path_of(name, pattern, world)).status_code
            if answer != int(row.split()[column]):
                different[f"{method} {name}"] = answer

    assert different == {}


@pytest.mark.parametrize("role", ["administrator", "anonymous"])
def test_other_verbs_do_nothing_on_the_portals_routes(role: str, world: World) -> None:
    client = client_as(role)

    answers = {
        (verb, name, _ask(client, verb, path_of(name, pattern, world)).status_code)
        for name, pattern in routes()
        if name.startswith("verifications:")
        for verb in OTHER_VERBS
    }

    allowed = {405} if role != "anonymous" else {302, 405}
    assert [entry for entry in answers if entry[2] not in allowed] == []


@pytest.mark.parametrize("role", ["officer", "auditor"])
def test_officers_and_auditors_can_post_nothing_that_changes_a_record(role: str, world: World) -> None:
    client = client_as(role)
    events = AuditEvent.objects.count()

    for name, pattern in routes():
        if name in {"officer": POSTS_OF_OFFICERS, "auditor": POSTS_OF_AUDITORS}[role]:
            continue
        if name in POSTS_OF_EVERYONE or name.startswith("admin") or MATRIX[name][1] == OPEN_NO_METHOD:
            continue
        assert _ask(client, "POST", path_of(name, pattern, world)).status_code in {403, 405}, name

    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("role", READERS)
def test_what_is_not_there_looks_the_same_to_everyone_who_may_look(role: str, world: World) -> None:
    client = client_as(role)
    column = ROLES.index(role)

    for name, pattern in routes():
        if "<uuid:public_id>" not in pattern:
            continue
        for method, row in zip(("GET", "POST"), MATRIX[name], strict=True):
            answer = _ask(client, method, path_of(name, pattern, world, missing=True)).status_code
            there = int(row.split()[column])
            assert answer == (there if there in {403, 405} else 404), f"{method} {name}"


def test_the_page_for_what_is_not_there_is_the_same_whatever_was_asked_for(world: World) -> None:
    client = client_as("officer")
    nowhere = uuid.UUID(int=9)
    paths = [f"/customers/{nowhere}/", f"/cases/{nowhere}/", f"/verifications/{nowhere}/", "/no/such/page/"]

    pages = {_without_request_id(client.get(path).content) for path in paths}

    assert len(pages) == 1


def test_a_person_without_a_role_cannot_tell_what_exists(world: World) -> None:
    client = client_as("nobody")

    there = client.get(path_of("verifications:customer_detail", "<uuid:public_id>", world))
    not_there = client.get(path_of("verifications:customer_detail", "<uuid:public_id>", world, missing=True))

    assert there.status_code == not_there.status_code == 403
    assert _without_request_id(there.content) == _without_request_id(not_there.content)


def test_a_disabled_person_is_refused_on_the_next_request(world: World) -> None:
    client = client_as("administrator")
    assert client.get("/customers/").status_code == 200

    client.user.is_active = False  # type: ignore[attr-defined]
    client.user.save(update_fields=["is_active"])  # type: ignore[attr-defined]

    assert client.get("/customers/").status_code == 302
    assert client.get("/admin/").status_code == 302


def test_a_demoted_person_is_refused_on_the_next_request(world: World) -> None:
    client = client_as("administrator")
    assert client.get("/customers/new/").status_code == 200

    client.user.groups.set([Group.objects.get(name=OFFICER)])  # type: ignore[attr-defined]

    assert client.get("/customers/new/").status_code == 403
    assert client.get("/customers/").status_code == 200


def test_a_changed_password_ends_every_other_session() -> None:
    client = client_as("officer")
    assert client.get("/").status_code == 200

    client.user.set_password("another long password")  # type: ignore[attr-defined]
    client.user.save()  # type: ignore[attr-defined]

    assert client.get("/").status_code == 302


def test_submitting_needs_its_own_permission(world: World) -> None:
    editor = make_user()
    group = Group.objects.create(name="Editors")
    group.permissions.set(
        Group.objects.get(name=ADMINISTRATOR).permissions.exclude(codename="submit_verification").all()
    )
    editor.groups.add(group)
    client = Client()
    client.force_login(editor)
    path = path_of("verifications:verification_edit", "<uuid:public_id>", world)

    assert client.post(path, {"submit": "1"}).status_code == 403
    assert client.post(path, {"save": "1"}).status_code == 302
    world.draft.refresh_from_db()
    assert world.draft.is_draft


def test_a_document_of_another_customer_is_no_part_of_this_ones_page(world: World) -> None:
    other = make_customer()
    client = client_as("officer")

    page = client.get(other.get_absolute_url()).content.decode()

    assert str(world.document.public_id) not in page


def test_the_auditor_reads_the_audit_log_and_the_others_do_not_see_it_in_their_navigation(world: World) -> None:
    shown = {role: b'href="/audit/"' in client_as(role).get("/").content for role in READERS}

    assert shown == {"officer": False, "administrator": False, "auditor": True, "superuser": True}


def test_the_roles_are_apart() -> None:
    from verifications.policy.roles import ROLE_PERMISSIONS

    writes = ("add_", "change_", "delete_", "submit_", "check_", "auth.")
    may_write = {role: {name for name in names if name.startswith(writes)} for role, names in ROLE_PERMISSIONS.items()}

    assert may_write[AUDITOR] == {"add_auditsample", "add_auditquestion", "add_export", "add_logcheck"}
    assert may_write[OFFICER] == {"change_case", "add_casenote", "add_machinereading"}
    assert "change_case" not in may_write[ADMINISTRATOR]


def test_forms_take_three_verbs_and_bodies_are_measured_by_what_was_announced() -> None:
    request: Any = type("Request", (), {"META": {"CONTENT_LENGTH": "12x"}})()

    assert FORM_METHODS == ["GET", "HEAD", "POST"]
    assert announced_length(request) == 0


def _ask(client: Client, method: str, path: str) -> Any:
    body = b"" if method in {"GET", "HEAD", "OPTIONS", "TRACE"} else b"probe=1"
    return ask(client, method, path, data=body, content_type="application/x-www-form-urlencoded")


def _without_request_id(page: bytes) -> bytes:
    import re

    page = re.sub(rb'<span class="id">[0-9a-f]{16}</span>', b"", page)
    return re.sub(rb'(csrf-token" content|csrfmiddlewaretoken" value)="[^"]+"|"X-CSRFToken": "[^"]+"', b"", page)
