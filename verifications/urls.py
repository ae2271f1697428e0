"""Addresses of the portal. They carry public ids, never personal data."""

from __future__ import annotations

from django.urls import path

from verifications.views import (
    cases,
    customer_pages,
    customers,
    dead_letters,
    delivery,
    documents,
    kyc_links,
    link_actions,
    link_batches,
    logs,
    notifications,
    provider_accounts,
    provider_calls,
    reconciliations,
    session_actions,
    sessions,
    values,
    verifications,
    webhooks,
)

app_name = "verifications"

urlpatterns = [
    path("", cases.case_queue, name="case_queue"),
    path("cases/<uuid:public_id>/", cases.case_detail, name="case_detail"),
    path("customers/", customers.customer_list, name="customer_list"),
    path("customers/new/", customers.customer_create, name="customer_create"),
    path("customers/<uuid:public_id>/", customers.customer_detail, name="customer_detail"),
    path("customers/<uuid:public_id>/edit/", customers.customer_edit, name="customer_edit"),
    path("customers/<uuid:public_id>/users/new/", customers.provider_user_add, name="provider_user_add"),
    path(
        "customers/<uuid:public_id>/verifications/new/", verifications.verification_create, name="verification_create"
    ),
    path("provider-users/<uuid:public_id>/read/", customers.provider_user_read, name="provider_user_read"),
    path("provider-users/<uuid:public_id>/update/", customers.provider_user_update, name="provider_user_update"),
    path("verifications/", verifications.verification_list, name="verification_list"),
    path("verifications/<uuid:public_id>/", verifications.verification_detail, name="verification_detail"),
    path("verifications/<uuid:public_id>/edit/", verifications.verification_edit, name="verification_edit"),
    path("verifications/<uuid:public_id>/cancel/", verifications.verification_cancel, name="verification_cancel"),
    path("verifications/<uuid:public_id>/retry/", verifications.verification_retry, name="verification_retry"),
    path("verifications/<uuid:public_id>/reconcile/", reconciliations.reconciliation, name="reconciliation"),
    path(
        "verifications/<uuid:public_id>/reconcile/read/",
        reconciliations.reconciliation_read,
        name="reconciliation_read",
    ),
    path(
        "verifications/<uuid:public_id>/reconcile/decide/",
        reconciliations.reconciliation_decide,
        name="reconciliation_decide",
    ),
    path(
        "verifications/<uuid:public_id>/reconcile/withdraw/",
        reconciliations.reconciliation_withdraw,
        name="reconciliation_withdraw",
    ),
    path("verifications/<uuid:public_id>/correct/", verifications.verification_correct, name="verification_correct"),
    path("verifications/<uuid:public_id>/documents/", documents.document_upload, name="document_upload"),
    path("customers/<uuid:public_id>/session/", sessions.session_create, name="session_create"),
    path("sessions/", sessions.session_list, name="session_list"),
    path("sessions/<uuid:public_id>/submit/", session_actions.session_submit, name="session_submit"),
    path("sessions/<uuid:public_id>/renew/", session_actions.session_renew, name="session_renew"),
    path("sessions/<uuid:public_id>/cancel/", session_actions.session_cancel, name="session_cancel"),
    path("sessions/<uuid:public_id>/read/", session_actions.session_read, name="session_read"),
    path("sessions/<uuid:public_id>/images/", session_actions.session_images, name="session_images"),
    path("sessions/<uuid:public_id>/consent/", session_actions.session_consent, name="session_consent"),
    path("sessions/<uuid:public_id>/delete/", session_actions.session_delete, name="session_delete"),
    path("sessions/<uuid:public_id>/picture/", session_actions.session_send_image, name="session_send_image"),
    path("sessions/<uuid:public_id>/address/", session_actions.session_address, name="session_address"),
    path("start/<str:token>/", customer_pages.session_start, name="session_start"),
    path("start/<str:token>/go/", customer_pages.session_open, name="session_open"),
    path("return/session/", customer_pages.session_return, name="session_return"),
    path("return/<str:token>/", customer_pages.link_return, name="link_return"),
    path("webhooks/capa/<uuid:account_public_id>/", webhooks.webhook_capa, name="webhook_capa"),
    path("customers/<uuid:public_id>/kyc-link/", kyc_links.kyc_link_create, name="kyc_link_create"),
    path("kyc-links/", kyc_links.kyc_link_list, name="kyc_link_list"),
    path("kyc-links/new/", kyc_links.kyc_link_start, name="kyc_link_start"),
    path("kyc-links/batch/", link_batches.kyc_link_batch, name="kyc_link_batch"),
    path("kyc-links/batch/results/", link_batches.kyc_link_batch_results, name="kyc_link_batch_results"),
    path("kyc-links/batch/results.csv", link_batches.kyc_link_batch_csv, name="kyc_link_batch_csv"),
    path("verifications/<uuid:public_id>/link/address/", link_actions.kyc_link_address, name="kyc_link_address"),
    path("verifications/<uuid:public_id>/link/send/", link_actions.kyc_link_send, name="kyc_link_send"),
    path("verifications/<uuid:public_id>/link/renew/", link_actions.kyc_link_renew, name="kyc_link_renew"),
    path("verifications/<uuid:public_id>/link/cancel/", link_actions.kyc_link_cancel, name="kyc_link_cancel"),
    path("verifications/<uuid:public_id>/link/read/", link_actions.kyc_link_read, name="kyc_link_read"),
    path("verifications/<uuid:public_id>/link/user/", link_actions.kyc_link_adopt, name="kyc_link_adopt"),
    path("documents/<uuid:public_id>/preview/<int:page>/", documents.document_preview, name="document_preview"),
    path("documents/<uuid:public_id>/thumbnail/<int:page>/", documents.document_thumbnail, name="document_thumbnail"),
    path("documents/<uuid:public_id>/original/", documents.document_original, name="document_original"),
    path("documents/<uuid:public_id>/remove/", documents.document_remove, name="document_remove"),
    path("files/<str:token>/<str:filename>", documents.document_address, name="document_address"),
    path("values/<slug:record>/<uuid:public_id>/<slug:field>/", values.value_reveal, name="value_reveal"),
    path("search/", values.search, name="search"),
    path("providers/", provider_accounts.provider_account_list, name="provider_account_list"),
    path("providers/new/", provider_accounts.provider_account_create, name="provider_account_create"),
    path("providers/<uuid:public_id>/", provider_accounts.provider_account_detail, name="provider_account_detail"),
    path("providers/<uuid:public_id>/edit/", provider_accounts.provider_account_edit, name="provider_account_edit"),
    path("providers/<uuid:public_id>/check/", provider_accounts.provider_account_check, name="provider_account_check"),
    path(
        "providers/<uuid:public_id>/switch/", provider_accounts.provider_account_switch, name="provider_account_switch"
    ),
    path(
        "providers/<uuid:public_id>/resume/", provider_accounts.provider_account_resume, name="provider_account_resume"
    ),
    path(
        "providers/<uuid:public_id>/webhook/", notifications.provider_account_webhook, name="provider_account_webhook"
    ),
    path("providers/<uuid:public_id>/deliveries/", notifications.notification_list, name="notification_list"),
    path(
        "providers/<uuid:public_id>/deliveries/read/", notifications.notification_refresh, name="notification_refresh"
    ),
    path("deliveries/<uuid:public_id>/", notifications.notification_detail, name="notification_detail"),
    path("deliveries/<uuid:public_id>/read/", notifications.notification_read, name="notification_read"),
    path("deliveries/<uuid:public_id>/redeliver/", notifications.notification_redeliver, name="notification_redeliver"),
    path("delivery/", delivery.delivery_overview, name="delivery_overview"),
    path("delivery/unknown/", delivery.delivery_unknown, name="delivery_unknown"),
    path("delivery/dead/", dead_letters.delivery_dead, name="delivery_dead"),
    path("delivery/dead/retry/", dead_letters.dead_retry, name="dead_retry"),
    path("delivery/dead/set-aside/", dead_letters.dead_set_aside, name="dead_set_aside"),
    path("calls/<uuid:public_id>/", provider_calls.provider_call_detail, name="provider_call_detail"),
    path("calls/<uuid:public_id>/prove/", provider_calls.provider_call_prove, name="provider_call_prove"),
    path("audit/", logs.audit_log, name="audit_log"),
    path("access/", logs.access_log, name="access_log"),
    path("style/", logs.style_page, name="style_page"),
    path("healthz", logs.healthz, name="healthz"),
]
