"""The navigation a person sees: only what their role may open."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from verifications.enums import AccountEnvironment
from verifications.models import ProviderAccount
from verifications.selectors.delivery import unsettled_counts
from verifications.selectors.paging import capped_count
from verifications.selectors.queue import open_cases

GROUPS: tuple[tuple[str, tuple[tuple[str, str, str, str, str], ...]], ...] = (
    (
        "Review",
        (
            ("Queue", "case_queue", "", "queue", "view_case"),
            ("My cases", "case_queue", "view=mine", "user-check", "view_case"),
        ),
    ),
    (
        "Records",
        (
            ("Customers", "customer_list", "", "customers", "view_customer"),
            ("Verifications", "verification_list", "", "verifications", "view_verification"),
            ("Sessions", "session_list", "", "sessions", "view_verificationsession"),
            ("KYC links", "kyc_link_list", "", "links", "view_kyclink"),
        ),
    ),
    (
        "Oversight",
        (
            ("Audit log", "audit_log", "", "audit", "view_auditevent"),
            ("Access log", "access_log", "", "eye", "view_accessevent"),
        ),
    ),
    (
        "Operations",
        (
            ("Providers", "provider_account_list", "", "providers", "view_provideraccount"),
            ("Delivery", "delivery_overview", "", "delivery", "view_providercall"),
        ),
    ),
)
"""Group -> (label, url name, query, icon, permission)."""


def navigation(user: Any, *, path: str, query: str) -> list[dict[str, Any]]:
    """Groups with their items, counts and the current one marked; empty groups are left out."""
    groups = []
    for label, entries in GROUPS:
        items = [_item(entry, user, path, query) for entry in entries if user.has_perm(f"verifications.{entry[4]}")]
        if items:
            groups.append({"label": label, "items": items})
    return groups


def environment_badge() -> str:
    """Says when any account that is on is a sandbox, so that nobody takes a rehearsal for the real thing."""
    kinds = set(ProviderAccount.objects.filter(is_enabled=True).values_list("environment", flat=True))
    if not kinds:
        return ""
    if kinds == {AccountEnvironment.SANDBOX.value}:
        return "Sandbox providers"
    return "Live and sandbox providers" if AccountEnvironment.SANDBOX in kinds else ""


def _item(entry: tuple[str, str, str, str, str], user: Any, path: str, query: str) -> dict[str, Any]:
    label, name, wanted, icon, _permission = entry
    url = reverse(f"verifications:{name}")
    current = (
        path == url and ("view=mine" in query) == (wanted == "view=mine")
        if name == "case_queue"
        else (path.startswith(url))
    )
    return {
        "label": label,
        "url": f"{url}?{wanted}" if wanted else url,
        "icon": icon,
        "count": _count(label, user),
        "current": current,
    }


def _count(label: str, user: Any) -> int | None:
    if label == "Queue":
        return capped_count(open_cases())
    if label == "My cases":
        return capped_count(open_cases().filter(owner_id=user.pk, opened_at__lte=timezone.now()))
    if label == "Delivery":
        return sum(unsettled_counts()) or None
    return None
