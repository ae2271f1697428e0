"""Whether the logs hold: seals, anchors and checks of each, and what somebody outside needs to check them."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from celery import current_app
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from verifications import signing
from verifications.enums import LogKind
from verifications.integrity.verify_records import canonical, fingerprint_of
from verifications.models import LogCheck
from verifications.selectors.seals import TAIL_CAP, LogState, log_state
from verifications.services.anchors import anchor_files, anchor_lines
from verifications.services.audit import SYSTEM_NAMES
from verifications.services.log_checks import NOTE, check_log
from verifications.services.log_exports import verifier_source
from verifications.views.access import actor_of, needs
from verifications.views.people import names_of
from verifications.views.rows import count_label, span

logger = logging.getLogger(__name__)

AT_ONCE = 20_000
"""A log of more entries is verified in the background."""


@require_safe
@needs("view_logseal")
def records_integrity(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    states = [log_state(log, now=now) for log in LogKind]
    names = names_of({check.actor for state in states for check in state.checks})
    keys = signing.public_keys()
    context = {
        "logs": [_shown(state, names, now) for state in states],
        "keys": [
            {"id": key_id, "fingerprint": fingerprint_of(key), "signs": key_id == signing.signing_key_id()}
            for key_id, key in keys.items()
        ],
        "interval": span(dt.timedelta(seconds=settings.ANCHOR_SECONDS)),
        "has_places": any(state.places for state in states),
        "has_files": bool(anchor_files()),
    }
    return render(request, "verifications/records_integrity.html", context)


@require_POST
@needs("add_logcheck")
def log_check(request: HttpRequest, log: str) -> HttpResponse:
    """Verify a log now: a small one at once, a large one in the background."""
    if log.upper() not in LogKind.values:
        raise Http404
    kind = LogKind(log.upper())
    state = log_state(kind, now=timezone.now(), checks=0)
    if state.head is not None and state.head.total > AT_ONCE:
        _in_background(request, kind)
    else:
        _tell(request, check_log(log=kind, actor=actor_of(request), at=timezone.now()))
    return redirect("verifications:records_integrity")


@require_safe
@needs("view_logseal")
def verifier_file(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return _download(verifier_source(), "verify_records.py", "text/x-python")


@require_safe
@needs("view_logseal")
def keys_file(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return _download(canonical(signing.public_keys()), "keys.json", "application/json")


@require_safe
@needs("view_logseal")
def anchors_file(request: HttpRequest) -> StreamingHttpResponse:  # noqa: ARG001
    """The lines of ``ANCHOR_DIR`` as one file; nothing where anchors are kept elsewhere only."""
    if not anchor_files():
        raise Http404
    lines = (line for _place, line in anchor_lines())
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
    response["Content-Disposition"] = 'attachment; filename="anchors.jsonl"'
    return response


def _in_background(request: HttpRequest, log: LogKind) -> None:
    try:
        current_app.send_task("verifications.check_log", kwargs={"log": log.value, "actor": actor_of(request)})
    except Exception:
        logger.warning("The broker did not take a message.", exc_info=True)
        messages.error(request, _("The background work can't be reached. Nothing was begun; try again later."))
        return
    messages.success(request, _("The log is being verified. Its result shows here when it is done."))


def _tell(request: HttpRequest, check: LogCheck) -> None:
    if check.is_sound:
        text = _("Verified: %(entries)s entries and %(seals)s seals hold.")
        messages.success(request, text % {"entries": check.entries, "seals": check.seals})
    else:
        messages.error(request, _("The log does not verify. What was found stands below."))


def _shown(state: LogState, names: dict[str, str], now: dt.datetime) -> dict[str, Any]:
    head = state.head
    return {
        "state": state,
        "log": state.log,
        "slug": state.log.value.lower(),
        "label": state.log.label,
        "unsealed": count_label(state.unsealed, TAIL_CAP),
        "tail_age": span(now - state.oldest_unsealed_at) if state.oldest_unsealed_at else "",
        "total": head.total if head else 0,
        "seal_age": span(now - head.sealed_at) if head else "",
        "places": [
            {
                "place": one,
                "age": span(now - one.last.at) if one.last else "",
                "behind": head.total - one.last.total if head and one.last else 0,
            }
            for one in state.places
        ],
        "checks": [
            {
                "check": check,
                "by": _(names[check.actor]) if check.actor in SYSTEM_NAMES else names[check.actor],
                "seconds": (check.finished_at - check.started_at).total_seconds(),
                "findings": [finding for finding in check.findings if finding["kind"] != NOTE],
                "notes": [finding for finding in check.findings if finding["kind"] == NOTE],
            }
            for check in state.checks
        ],
    }


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
