"""Addresses: the portal, sign-in, and Django's admin for reference data."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

handler400 = "verifications.views.errors.bad_request"
handler500 = "verifications.views.errors.server_error"

urlpatterns = [
    path("", include("verifications.urls")),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
]
