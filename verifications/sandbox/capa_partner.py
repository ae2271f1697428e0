"""Stand-in of Capa's Partner API v2. Contract: capa-partner 3 to 8."""

from __future__ import annotations

import itertools
import json
import secrets
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from . import capa_schema as schema
from .api import Beside, Call, Handler, Sandbox
from .capa_control import CapaControl
from .capa_details import kyb_details, kyc_details, link_url
from .capa_errors import LAYOUTS, CapaError, error_answer, refusal, worded
from .capa_help import page_sections
from .capa_keys import KEY_FORM, load_capa_keys
from .capa_outbox import Outbox, as_item
from .capa_pages import CapaPages
from .capa_request import checked_body, number, plain_time, query
from .capa_settings import CapaSettings
from .capa_store import CapaStore, CapaUser, UserTaken
from .capa_webhooks import Sender
from .checks import EMAIL
from .errors import ApiError
from .signed_api import json_response, utc_text
from .store import now_seconds

BASE = "/api/partner/v2"
BODY_LIMIT = 256 * 1024
PAGE_SIZE, LARGEST_PAGE = 20, 100
PARTNER_OPERATIONS = frozenset({"create_kyc_link", "create_kyb_link", "get_kyc_details", "get_kyb_details"})


class CapaPartner:
    """``/api/partner/v2/...``: users, links, details, webhook settings and notifications (C1 to C9)."""

    name: ClassVar[str] = "capa_partner"
    title: ClassVar[str] = "Capa Partner API v2"
    prefix: ClassVar[str] = f"{BASE}/"

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.store = CapaStore(sandbox.store)
        self.settings = CapaSettings(sandbox.store)
        self.outbox = Outbox(sandbox.store)
        self.keys = load_capa_keys(sandbox.config.state_dir / "keys.json")
        self.sender = Sender(sandbox, self.outbox, self.keys)
        self.beside: tuple[Beside, ...] = (
            CapaPages(sandbox, self.store, self.sender),
            CapaControl(
                sandbox,
                store=self.store,
                settings=self.settings,
                outbox=self.outbox,
                sender=self.sender,
                keys=self.keys,
            ),
        )
        self._turns = itertools.count()
        self._envelopes = itertools.count()
        self._handlers: dict[str, Handler] = {
            "create_user": self.create_user,
            "create_kyc_link": self.create_kyc_link,
            "create_kyb_link": self.create_kyb_link,
            "get_kyc_details": self.get_kyc_details,
            "get_kyb_details": self.get_kyb_details,
            "set_webhook": self.set_webhook,
            "list_notifications": self.list_notifications,
            "get_notification": self.get_notification,
            "retry_notification": self.retry_notification,
        }

    def close(self) -> None:
        self.sender.close()

    def rules(self) -> Sequence[Rule]:
        one = f"{BASE}/webhook-notifications/<notification>"
        return [
            Rule(f"{BASE}/users", methods=["POST"], endpoint="create_user"),
            Rule(f"{BASE}/users/<user>/kyc/verification-link", methods=["POST"], endpoint="create_kyc_link"),
            Rule(f"{BASE}/users/<user>/kyb/verification-link", methods=["POST"], endpoint="create_kyb_link"),
            Rule(f"{BASE}/kyc/details", methods=["GET"], endpoint="get_kyc_details"),
            Rule(f"{BASE}/kyb/details", methods=["GET"], endpoint="get_kyb_details"),
            Rule(f"{BASE}/webhook-settings", methods=["PUT"], endpoint="set_webhook"),
            Rule(f"{BASE}/webhook-notifications", methods=["GET"], endpoint="list_notifications"),
            Rule(one, methods=["GET"], endpoint="get_notification"),
            Rule(f"{one}/retry", methods=["POST"], endpoint="retry_notification"),
        ]

    def page_sections(self) -> list[tuple[str, str]]:
        return page_sections()

    def body_limit(self, operation: str) -> int:  # noqa: ARG002 - an API may differ by operation
        return BODY_LIMIT

    def authenticate(self, call: Call) -> None:
        """Set ``call.key_id`` to the partner's name, which unlike the key may be shown."""
        given = call.request.headers.get("partner-api-key", "")
        if not given:
            raise refusal("key_missing")
        if not KEY_FORM.fullmatch(given):
            raise refusal("key_malformed")
        key = self.keys.get(given)
        if key is None:
            raise refusal("key_unknown")
        if key.partner == "invalid_flow":
            raise refusal("invalid_partner_flow")
        if key.partner == "without_partner" and call.operation in PARTNER_OPERATIONS:
            raise refusal("partner_missing")
        call.key_id = key.partner

    def handle(self, call: Call, **arguments: str) -> Response:
        """Carry out the operation; an armed error strikes instead of it, or in place of its answer."""
        armed = self.settings.take_error(call.operation)
        if armed is None:
            return self._handlers[call.operation](call, **arguments)
        members, stage = armed
        if stage == "after":
            self._handlers[call.operation](call, **arguments)
        retry_after = members.pop("retry_after", None)
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        raise CapaError(members.pop("status"), "armed", headers=headers, **members)

    def success(self, payload: Any, *, status: int = 200) -> Response:
        return json_response({"success": True, "data": payload}, status=status)

    def error_response(self, error: ApiError) -> Response:
        names = list(LAYOUTS)
        fixed = self.settings.read()["layout"]
        layout = names[next(self._turns) % len(names)] if fixed == "rotate" else fixed
        return error_answer(worded(error), layout=layout)

    def warning(self) -> dict[str, Any]:
        return {}

    # C1 to C3: users and links -----------------------------------------------------------------------------------

    def create_user(self, call: Call) -> Response:
        document = checked_body(call, schema.CREATE_USER)
        if len(document["email"]) > 254 or not EMAIL.fullmatch(document["email"]):
            raise refusal("email_not_valid")
        user_id = str(uuid.uuid4())
        try:
            self.store.add_user(
                user_id=user_id,
                partner=call.key_id,
                type_=document["type"],
                email=document["email"],
                external_id=document.get("externalUserId"),
                alias=document.get("alias"),
                at=call.now,
            )
        except UserTaken as error:
            raise refusal(f"duplicate_{self.settings.read()['duplicate_status']}") from error
        return self._with_or_without_envelope({"userId": user_id})

    def create_kyc_link(self, call: Call, user: str) -> Response:
        return self._with_or_without_envelope(
            {"kycLink": self._new_link(call, user, kind="KYC", for_type="INDIVIDUAL")}
        )

    def create_kyb_link(self, call: Call, user: str) -> Response:
        return self.success({"kybLink": self._new_link(call, user, kind="KYB", for_type="BUSINESS")}, status=201)

    def _new_link(self, call: Call, user: str, *, kind: str, for_type: str) -> str:
        document = checked_body(call, schema.CREATE_LINK)
        found = self._known_user(call, user, absent="user_not_found")
        if found.type != for_type:
            raise refusal("kyc_for_business" if kind == "KYC" else "kyb_for_individual")
        country = document["country"]
        if country in self.settings.read()[f"{kind.lower()}_not_configured"]:
            raise refusal(f"{kind.lower()}_template_not_configured", country=country)
        token = secrets.token_urlsafe(24)
        self.store.add_link(
            {
                "token": token,
                "session_id": f"v{'s' if kind == 'KYC' else 'b'}_{secrets.token_hex(16)}",
                "user_id": found.user_id,
                "kind": kind,
                "country": country,
                "redirect": document.get("partnerRedirectUri"),
                "address": call.request.host_url.rstrip("/"),
                "created_at": call.now,
                "expires_at": call.now + self.sandbox.config.link_seconds,
            }
        )
        link = self.store.link(token)
        assert link is not None  # noqa: S101 - it was just added, and links are never removed
        return link_url(link)

    def _known_user(self, call: Call, user_id: str, *, absent: str) -> CapaUser:
        found = self.store.user(user_id)
        if found is None:
            raise refusal(absent)
        if found.partner != call.key_id:
            raise refusal("user_not_associated")
        return found

    def _with_or_without_envelope(self, payload: dict[str, Any]) -> Response:
        """201 for C1 and C2: the newer examples have an envelope, the older ones show the inner object."""
        chosen = self.settings.read()["envelope"]
        bare = chosen == "bare" or (chosen == "alternate" and next(self._envelopes) % 2 == 1)
        return json_response(payload, status=201) if bare else self.success(payload, status=201)

    # C4 and C5: outcomes -----------------------------------------------------------------------------------------

    def get_kyc_details(self, call: Call) -> Response:
        user = self._known_user(call, query(call, "userId")["userId"], absent="kyc_not_found")
        if user.result is not None:
            return _ok(json.loads(user.result))
        session = self.store.latest_session(user.user_id, "KYC")
        if session is not None:
            return _ok(kyc_details(session, now=call.now))
        if self.settings.read()["kyc_before_start"] == "empty":
            return _ok({})
        raise refusal("kyc_not_found")

    def get_kyb_details(self, call: Call) -> Response:
        user = self._known_user(call, query(call, "userId")["userId"], absent="kyb_not_found")
        if user.result is not None:
            return _ok(json.loads(user.result))
        link = self.store.latest_session(user.user_id, "KYB") or self.store.newest_link(user.user_id)
        if link is None or link.kind != "KYB":
            raise refusal("kyb_not_found")
        return _ok(kyb_details(link, now=call.now))

    # C6 to C9: webhooks ------------------------------------------------------------------------------------------

    def set_webhook(self, call: Call) -> Response:
        url = checked_body(call, schema.SET_WEBHOOK)["url"]
        problem = schema.webhook_problem(url, self.sandbox.config.allow_hosts) if url is not None else None
        if problem is not None:
            raise refusal("invalid_user_input", problem)
        setting = self.outbox.set_url(call.key_id, url, at=call.now)
        return self.success(
            {
                "id": setting.id,
                "partnerId": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{call.key_id}.partner.invalid")),
                "url": setting.url,
                "createdAt": plain_time(setting.created_at),
                "updatedAt": plain_time(setting.updated_at),
            }
        )

    def list_notifications(self, call: Call) -> Response:
        given = query(call, optional=("status", "skip", "limit"))
        status = given.get("status")
        skip, limit = number(given.get("skip", "0")), number(given.get("limit", str(PAGE_SIZE)))
        if (status is not None and status not in schema.NOTIFICATION_STATUSES) or not 1 <= limit <= LARGEST_PAGE:
            raise refusal("invalid_user_input", "status or limit: is not one of the accepted values")
        self.outbox.settle(now=now_seconds())
        total, rows = self.outbox.notifications(call.key_id, status=status, skip=skip, limit=limit)
        items = [as_item(row, time_text=utc_text) for row in rows]
        return self.success({"count": len(items), "total": total, "data": items})

    def get_notification(self, call: Call, notification: str) -> Response:
        query(call)
        row = self.outbox.notification(call.key_id, notification)
        manual_at = row.last_manual_at
        return self.success(
            {
                **as_item(row, time_text=utc_text),
                "payload": json.loads(row.payload),
                "latestErrorPayload": row.last_error,
                "lastManualRetryAt": None if manual_at is None else utc_text(manual_at),
                "version": row.version,
            }
        )

    def retry_notification(self, call: Call, notification: str) -> Response:
        row = self.outbox.retry(call.key_id, notification, now=call.now)
        self.sender.wake()
        return self.success(as_item(row, time_text=utc_text))


def _ok(data: Any) -> Response:
    """The other envelope, of C4 and C5."""
    return json_response({"status": "ok", "data": data})
