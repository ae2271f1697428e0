"""Addresses of the portal. They carry public ids, never personal data."""

from __future__ import annotations

from django.urls import path

from verifications.views import cases, customers, documents, logs, provider_accounts, values, verifications

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
    path("verifications/<uuid:public_id>/resend/", verifications.verification_resend, name="verification_resend"),
    path("verifications/<uuid:public_id>/correct/", verifications.verification_correct, name="verification_correct"),
    path("verifications/<uuid:public_id>/documents/", documents.document_upload, name="document_upload"),
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
    path("calls/<uuid:public_id>/", provider_accounts.provider_call_detail, name="provider_call_detail"),
    path("audit/", logs.audit_log, name="audit_log"),
    path("access/", logs.access_log, name="access_log"),
    path("style/", logs.style_page, name="style_page"),
    path("healthz", logs.healthz, name="healthz"),
]
