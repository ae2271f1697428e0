"""Client of the Capa Partner API v2: each method makes one call. Contract: capa-partner.

The addresses that come and go (links, the return address, pictures) open without a sign-in. They are given to the
caller and kept out of the journal.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from verifications.providers.calls import EMPTY_BODY, Body, identifier_of, json_body, path_segment
from verifications.providers.capa_answers import (
    PAGE_LIMIT,
    read_kyb_details,
    read_kyc_details,
    read_link,
    read_notification,
    read_page,
    read_user_id,
    read_webhook,
)
from verifications.providers.capa_errors import (
    DETAILS,
    LABEL,
    LINKS,
    CapaCall,
    broken_contract,
    capa_failure,
    outcome_unknown,
    refused_here,
)
from verifications.providers.errors import OutcomeUnknown, ProviderRefused
from verifications.providers.http import RawAnswer, Timeouts, Transport, Wording
from verifications.providers.json_calls import JsonCaller
from verifications.providers.link_types import (
    COUNTRIES,
    LinkCreated,
    LinkDetails,
    LinkRequest,
    LinkUserRequest,
    Notification,
    NotificationPage,
    WebhookSettings,
)
from verifications.providers.types import AccountOptions, CallJournal, Credentials, JsonObject, UserCreated

KEY_HEADER = "partner-api-key"
ROOT = "/api/partner/v2"
TIMEOUTS = Timeouts(connect=10.0, small_stall=30.0, small_total=45.0)
"""The contract's seconds (8); no call of this API carries files."""

_WORDING = Wording(
    kept="the request is kept",
    after_loss="so it may or may not have had its effect. It is repeated where a repetition does no harm; otherwise a "
    "person decides.",
)
_HIDDEN = frozenset({
    "kycLink", "kybLink", "partnerRedirectUri", "sessionUrl", "media", "frontIdImageUrl", "backIdImageUrl",
    "selfieImageUrl", "selfieVideoUrl", "documentDetails",
})  # fmt: skip


class CapaPartnerClient:
    """Satisfies ``LinkClient``: a method makes one call, repeats nothing and raises the four errors only.

    ``credentials.secret`` is the partner's API key, ``credentials.key_id`` our label of it.
    """

    def __init__(
        self,
        *,
        base_url: str,
        credentials: Credentials,
        options: AccountOptions,  # noqa: ARG002  # nothing of it concerns a call here; every client takes the same
        journal: CallJournal,
        timeouts: Timeouts | None = None,
        transport: Transport | None = None,
    ) -> None:
        self._transport = transport or Transport(
            base_url, provider=LABEL, timeouts=timeouts or TIMEOUTS, wording=_WORDING
        )
        self._credentials = credentials
        self._journal = journal

    def create_user(self, request: LinkUserRequest) -> UserCreated:
        """C1. Never repeated blindly: ``user_creation_unknown`` and ``user_conflict`` say that the user may exist."""
        if not identifier_of(request.external_user_id) or not request.email.strip():
            raise ProviderRefused(
                "The customer's own reference or the e-mail address is missing, so nothing was sent. Enter both, then "
                "try again.",
                code="missing_value",
            )
        members: JsonObject = {
            "type": request.type,
            "email": request.email,
            "externalUserId": request.external_user_id,
        }
        body = json_body(members | ({"alias": request.alias} if request.alias else {}))
        try:
            answer, parsed = self._call(CapaCall.CREATE_USER, "POST", "/users", body)
        except OutcomeUnknown as error:  # however the answer was lost, one code says what to do about it
            raise outcome_unknown(CapaCall.CREATE_USER, http_status=error.http_status) from None
        user_id = read_user_id(parsed)
        if not user_id:
            raise broken_contract(answer)
        return UserCreated(user_id=user_id)

    def create_kyc_link(self, request: LinkRequest) -> LinkCreated:
        """C2. May be repeated; the newest link counts."""
        return self._create_link(CapaCall.CREATE_KYC_LINK, "kyc", request)

    def create_kyb_link(self, request: LinkRequest) -> LinkCreated:
        """C3, as C2."""
        return self._create_link(CapaCall.CREATE_KYB_LINK, "kyb", request)

    def get_kyc_details(self, user_id: str) -> LinkDetails:
        """C4: the latest verification of a user; a 404 gives ``found=False``."""
        answer, parsed = self._get_details(CapaCall.GET_KYC_DETAILS, "kyc", user_id)
        details = LinkDetails(found=False) if answer.status == 404 else read_kyc_details(parsed)
        if details is None:
            raise broken_contract(answer)
        return details

    def get_kyb_details(self, user_id: str) -> LinkDetails:
        """C5, as C4."""
        answer, parsed = self._get_details(CapaCall.GET_KYB_DETAILS, "kyb", user_id)
        details = LinkDetails(found=False) if answer.status == 404 else read_kyb_details(parsed)
        if details is None:
            raise broken_contract(answer)
        return details

    def set_webhook(self, url: str | None) -> WebhookSettings:
        """C6: set the one address of the partner account, or switch delivery off with ``None``."""
        answer, parsed = self._call(CapaCall.SET_WEBHOOK, "PUT", "/webhook-settings", json_body({"url": url}))
        settings = read_webhook(parsed)
        if settings is None:
            raise broken_contract(answer)
        return settings

    def list_notifications(self, *, status: str = "", skip: int = 0, limit: int = 100) -> NotificationPage:
        """C7: one page, 100 items at most."""
        query: dict[str, str | int] = {"status": status} if status else {}
        query |= {"skip": max(skip, 0), "limit": min(max(limit, 1), PAGE_LIMIT)}
        answer, parsed = self._call(
            CapaCall.LIST_NOTIFICATIONS, "GET", f"/webhook-notifications?{urlencode(query, errors='replace')}"
        )
        page = read_page(parsed)
        if page is None:
            raise broken_contract(answer)
        return page

    def get_notification(self, notification_id: str) -> Notification:
        """C8: one delivery with its payload and the last answer of our endpoint."""
        answer, parsed = self._call(
            CapaCall.GET_NOTIFICATION, "GET", f"/webhook-notifications/{path_segment(notification_id)}"
        )
        notification = read_notification(parsed)
        if notification is None:
            raise broken_contract(answer)
        return notification

    def retry_notification(self, notification_id: str) -> Notification:
        """C9: deliver a failed one again. ``redelivery_not_possible`` for 409, 429 waits a minute."""
        answer, parsed = self._call(
            CapaCall.RETRY_NOTIFICATION, "POST", f"/webhook-notifications/{path_segment(notification_id)}/retry"
        )
        notification = read_notification(parsed, asked_id=notification_id)
        if notification is None:
            raise broken_contract(answer)
        return notification

    def _create_link(self, call: CapaCall, flow: str, request: LinkRequest) -> LinkCreated:
        if request.country not in COUNTRIES:
            raise refused_here("country_not_enabled", "country_not_offered")
        members: JsonObject = {"country": request.country}
        sent, kept = members, members
        if request.redirect_uri:
            sent = members | {"partnerRedirectUri": request.redirect_uri}
            kept = members | {"partnerRedirectUri": "{{redirect}}"}
        answer, parsed = self._call(
            call,
            "POST",
            f"/users/{path_segment(request.user_id)}/{flow}/verification-link",
            json_body(sent, original=kept),
            known=(request.user_id,),
        )
        url = read_link(parsed, member=f"{flow}Link")
        if not url:
            raise broken_contract(answer)
        return LinkCreated(url=url)

    def _get_details(self, call: CapaCall, flow: str, user_id: str) -> tuple[RawAnswer, Any]:
        return self._call(call, "GET", f"/{flow}/details?userId={path_segment(user_id)}", known=(user_id,))

    def _call(
        self, call: CapaCall, method: str, path: str, body: Body = EMPTY_BODY, *, known: tuple[str, ...] = ()
    ) -> tuple[RawAnswer, Any]:
        caller = JsonCaller(
            transport=self._transport,
            journal=self._journal,
            provider=LABEL,
            key_id=self._credentials.key_id,
            headers={KEY_HEADER: self._credentials.secret},
            failure_of=partial(capa_failure, call=call, known=known),
        )
        hidden = _HIDDEN if call in LINKS | DETAILS else ()
        return caller.call(method=method, target=ROOT + path, body=body, hidden_members=hidden)
