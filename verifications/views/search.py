"""Searching: by POST, so that nothing that was searched for stands in an address; each search is an access event."""

from __future__ import annotations

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from verifications.enums import AccessAction
from verifications.selectors.keys import search_hash
from verifications.selectors.search import KINDS, LONGEST_QUERY, MOST_FOUND, Found, clean
from verifications.selectors.search import search as find
from verifications.services.audit import record_access
from verifications.views.access import actor_of, needs

MOST_SUGGESTED = 8
SUGGESTED_AGAIN_SECONDS = 60


@require_POST
@needs("view_customer")
def search(request: HttpRequest) -> HttpResponse:
    """Find by id, exact number, or parts of a name or reference. What leads to one page only opens it at once."""
    query = request.POST.get("q", "")
    if len(query) > LONGEST_QUERY:
        refused = {"too_long": True, "limit": LONGEST_QUERY, "hits": 0}
        return render(request, "verifications/search_results.html", refused, status=422)
    found = find(query, kinds=_kinds(request))
    _record(request, found, query_hash=_hash(query))
    if page := found.only_page():
        return redirect(page)
    context = {
        "query": clean(query),
        "search_text": clean(query),
        "found": found,
        "hits": len(found.hits),
        "limit": MOST_FOUND,
        "groups": found.groups(),
    }
    return render(request, "verifications/search_results.html", context)


@require_POST
@needs("view_customer")
def search_suggestions(request: HttpRequest) -> HttpResponse:
    """The first few hits for what stands in the search field so far, as options of its list.

    They show names, so they are an access event, too: one a minute for each person and text.
    """
    query = request.POST.get("q", "")
    found = Found()
    if 0 < len(query) <= LONGEST_QUERY and clean(query):
        found = find(query, kinds=_kinds(request), limit=MOST_SUGGESTED)
        query_hash = _hash(query)
        seen = f"search-suggested:{request.user.pk}:{query_hash}"
        if cache.get(seen) is None:
            _record(request, found, query_hash=query_hash, suggested=True)
            cache.set(seen, True, SUGGESTED_AGAIN_SECONDS)
    context = {"shown": found.hits[:MOST_SUGGESTED], "hits": len(found.hits), "found": found}
    return render(request, "verifications/_search_suggestions.html", context)


def _kinds(request: HttpRequest) -> frozenset[str]:
    """What this person may be shown."""
    return frozenset(name for name, kind in KINDS.items() if request.user.has_perm(f"verifications.{kind.permission}"))


def _hash(query: str) -> str:
    return search_hash(query, purpose="query")[:16]


def _record(request: HttpRequest, found: Found, *, query_hash: str, suggested: bool = False) -> None:
    """What was searched for is kept as a keyed hash only: the same text twice can be told, the text cannot."""
    details: dict[str, object] = {"hits": len(found.hits), "query_hash": query_hash}
    if suggested:
        details["suggested"] = True
    with transaction.atomic():
        record_access(
            action=AccessAction.SEARCHED,
            actor=actor_of(request),
            subject=None,
            at=timezone.now(),
            details=details,
        )
