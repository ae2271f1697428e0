"""What time alone brings about: sessions and links that end, sessions that the provider has kept long enough."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from verifications.enums import OPEN_SESSION_STATUSES, CallOperation, ProviderKind, SessionStatus
from verifications.models import ProviderAccount, ProviderCall, SessionImage, Verification, VerificationSession
from verifications.services.case_claims import forget_presences
from verifications.services.decision_reviews import expire_decisions
from verifications.services.due_times import warn_and_breach
from verifications.services.expiry_watch import watch_expiries
from verifications.services.kyc_links import expire_links
from verifications.services.provider_accounts import account_options
from verifications.services.session_readings import expire_session
from verifications.services.session_records import EXPIRY_MARGIN
from verifications.services.sessions import delete_by_retention
from verifications.services.webhooks import process_webhooks

logger = logging.getLogger(__name__)

ACTOR = "system:schedule"
MOST_AT_ONCE = 200
ASK_AGAIN_AFTER = dt.timedelta(days=1)
"""A deletion the provider refused is not asked for with every run."""
KEPT_AT_PROVIDER = (SessionStatus.COMPLETED, SessionStatus.FAILED, SessionStatus.EXPIRED, SessionStatus.CANCELLED)


def keep_up(*, now: dt.datetime) -> dict[str, int]:
    """Everything that is due, once; safe to run anywhere at any time.

    What fails is logged and left for the next run, and keeps nothing else from running.
    """
    parts = {
        "webhooks": process_webhooks,
        "links_expired": expire_links,
        "sessions_expired": expire_sessions,
        "deletions": delete_kept_long_enough,
        "decisions_expired": expire_decisions,
        "due_times": warn_and_breach,
        "reviews": watch_expiries,
        "presences": forget_presences,
    }
    done = {}
    for name, part in parts.items():
        try:
            done[name] = part(now=now)
        except Exception:
            logger.exception("Upkeep: %s failed.", name)
            done[name] = 0
    return done


def expire_sessions(*, now: dt.datetime) -> int:
    """End sessions that are past their time and that no reading will end: the provider does not answer."""
    late = VerificationSession.objects.filter(
        status__in=OPEN_SESSION_STATUSES, expires_at__lt=now - 2 * EXPIRY_MARGIN
    ).exclude(status=SessionStatus.IN_PROGRESS)
    done = 0
    for pk, verification_id in list(late.order_by("id").values_list("pk", "verification_id")[:MOST_AT_ONCE]):
        try:
            with transaction.atomic():
                verification = (
                    Verification.objects.select_for_update(of=("self",))
                    .select_related("customer", "account")
                    .get(pk=verification_id)
                )
                session = (
                    VerificationSession.objects.select_for_update(of=("self",))
                    .select_related("customer", "account")
                    .get(pk=pk)
                )
                session.verification = verification
                if session.status in OPEN_SESSION_STATUSES and session.status != SessionStatus.IN_PROGRESS:
                    expire_session(session, verification, actor=ACTOR, at=now)
                    done += 1
        except Exception:
            logger.exception("Session %s could not be ended.", pk)
    return done


def delete_kept_long_enough(*, now: dt.datetime) -> int:
    """Have sessions deleted at the provider when their account's rule says so and every image is copied here."""
    not_here = Exists(SessionImage.objects.filter(session=OuterRef("pk"), document__isnull=True))
    asked_lately = Exists(
        ProviderCall.objects.filter(
            session=OuterRef("pk"), operation=CallOperation.DELETE_SESSION, created_at__gt=now - ASK_AGAIN_AFTER
        )
    )
    done = 0
    for account in ProviderAccount.objects.filter(kind=ProviderKind.TRANSMIT_VERIFY):
        days = account_options(account).delete_after_days
        if not days:
            continue
        before = now - dt.timedelta(days=days)
        # An earlier list may lack the last images.
        listed = Q(completed_at__lt=before, images_listed_at__gte=F("completed_at"))
        copied = Q(status=SessionStatus.COMPLETED) & listed & ~Q(not_here)
        without_result = Q(status__in=KEPT_AT_PROVIDER, completed_at__isnull=True, updated_at__lt=before)
        due = (
            account.sessions.filter(copied | without_result, ~Q(asked_lately), delete_requested_at__isnull=True)
            .exclude(provider_reference="")
            .order_by("id")
        )
        for pk in list(due.values_list("pk", flat=True)[:MOST_AT_ONCE]):
            try:
                done += _delete(session_id=pk, now=now)
            except Exception:
                logger.exception("The deletion of session %s could not be queued.", pk)
    return done


@transaction.atomic
def _delete(*, session_id: int, now: dt.datetime) -> bool:
    """``False`` when somebody was first."""
    session = (
        VerificationSession.objects.select_for_update(of=("self",))
        .select_related("account", "customer", "verification")
        .get(pk=session_id)
    )
    if session.status not in KEPT_AT_PROVIDER or session.delete_requested_at is not None:
        return False
    delete_by_retention(session=session, actor=ACTOR, at=now)
    return True
