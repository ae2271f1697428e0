"""Addresses: the portal, sign-in, and Django's admin for reference data."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from verifications.sign_in import in_one_transaction

handler400 = "verifications.views.errors.bad_request"
handler500 = "verifications.views.errors.server_error"

urlpatterns = [
    path("", include("verifications.urls")),
    path("account/", include(in_one_transaction("allauth.account.urls"))),
    path("account/2fa/", include(in_one_transaction("allauth.mfa.urls"))),
    path("admin/", admin.site.urls),
]
