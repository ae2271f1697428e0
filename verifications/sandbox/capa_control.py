"""What a tester tells the Capa stand-in: ``/_sandbox/capa``, for this machine only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from .api import Beside, Sandbox
from .capa_details import SAMPLE_BUSINESS, SAMPLE_PERSON, link_url
from .capa_errors import LAYOUTS, ROWS, refusal
from .capa_keys import MAIN, CapaKey
from .capa_outbox import Outbox
from .capa_outcomes import OUTCOMES, compact, conclude, submit
from .capa_settings import SETTINGS, CapaSettings
from .capa_store import CapaStore, CapaUser, Link
from .capa_webhooks import Sender, post, sign
from .checks import Check, array, nullable, one_of, record, text
from .control import ControlRefusal, count, read_wish, steer
from .signed_api import json_response
from .store import now_seconds

OPERATIONS = (
    "create_user",
    "create_kyc_link",
    "create_kyb_link",
    "get_kyc_details",
    "get_kyb_details",
    "set_webhook",
    "list_notifications",
    "get_notification",
    "retry_notification",
    "*",
)
SIGNATURES = ("good", "wrong", "missing", "reserialised")


def _anything(_value: Any, _path: str, _problems: list[str]) -> None:
    """Any JSON value, null too."""


def _words(value: Any, path: str, problems: list[str]) -> None:
    """A text or a list of texts."""
    (array(text(0)) if isinstance(value, list) else text(0))(value, path, problems)


def _object(value: Any, path: str, problems: list[str]) -> None:
    if not isinstance(value, dict):
        problems.append(f"{path}: must be an object")


def _yes(value: Any, path: str, problems: list[str]) -> None:
    if value is not True:
        problems.append(f"{path}: must be true")


ERROR: Check = record(
    {"operation": one_of(OPERATIONS)},
    {
        "row": one_of(ROWS),
        "status": count(400, 599),
        "code": nullable(text(0)),
        "message": _words,
        "layout": one_of(LAYOUTS),
        "retry_after": count(0, 86_400),
        "stage": one_of(("before", "after")),
        "times": count(1, 1_000_000),
    },
)
LINK: Check = record({}, {"link": text(1, 4096), "latest": _yes, "expire": _yes, "seconds": count(0, 31_536_000)})
USER: Check = record({}, {"user_id": text(), "external_user_id": text(), "result": _anything, "clear": _yes})
ENDING: Check = record({"outcome": one_of(OUTCOMES)}, {"user_id": text(), "external_user_id": text()})
WEBHOOK: Check = record(
    {},
    {
        "event": _anything,
        "external_user_id": _anything,
        "type": _anything,
        "extra": _object,
        "body": text(0, 1_000_000),
        "signature": one_of(SIGNATURES),
        "times": count(1, 50),
    },
)


class CapaControl(Beside):
    """Settings, errors to answer next, links, users and their results, and webhooks that are out of the ordinary."""

    name = "capa_control"

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        store: CapaStore,
        settings: CapaSettings,
        outbox: Outbox,
        sender: Sender,
        keys: Mapping[str, CapaKey],
    ) -> None:
        self.sandbox = sandbox
        self.store = store
        self.settings = settings
        self.outbox = outbox
        self.sender = sender
        self._secret = next(key.webhook_secret for key in keys.values() if key.partner == MAIN)
        self._handlers: dict[str, Callable[[Request], Response]] = {
            "read": self._read,
            "change": self._change,
            "reset": self._reset,
            "errors": lambda _request: json_response({"errors": self.settings.armed_errors()}),
            "arm_error": self._arm_error,
            "clear_errors": self._clear_errors,
            "links": self._change_link,
            "users": self._list_users,
            "override": self._override,
            "complete": self._complete,
            "webhooks": self._send_webhook,
        }

    def rules(self) -> Sequence[Rule]:
        root = "/_sandbox/capa"
        return [
            Rule(root, methods=["GET"], endpoint="read"),
            Rule(root, methods=["POST"], endpoint="change"),
            Rule(root, methods=["DELETE"], endpoint="reset"),
            Rule(f"{root}/errors", methods=["GET"], endpoint="errors"),
            Rule(f"{root}/errors", methods=["POST"], endpoint="arm_error"),
            Rule(f"{root}/errors", methods=["DELETE"], endpoint="clear_errors"),
            Rule(f"{root}/links", methods=["POST"], endpoint="links"),
            Rule(f"{root}/users", methods=["GET"], endpoint="users"),
            Rule(f"{root}/users", methods=["POST"], endpoint="override"),
            Rule(f"{root}/complete", methods=["POST"], endpoint="complete"),
            Rule(f"{root}/webhooks", methods=["POST"], endpoint="webhooks"),
        ]

    def respond(self, request: Request, operation: str, **_arguments: str) -> Response:
        return steer(request, self._handlers[operation])

    def _read(self, _request: Request) -> Response:
        return json_response({"settings": self.settings.read(), "errors": self.settings.armed_errors()})

    def _change(self, request: Request) -> Response:
        self.settings.change(read_wish(request, SETTINGS))
        return self._read(request)

    def _reset(self, request: Request) -> Response:
        self.settings.reset()
        return self._read(request)

    def _arm_error(self, request: Request) -> Response:
        """A row by its name, single members of it changed, or an error of its own."""
        wanted = read_wish(request, ERROR)
        if ("row" in wanted) == ("status" in wanted):
            raise ControlRefusal("give either row or status")
        error: dict[str, Any] = {"status": wanted.get("status"), "code": None, "message": ""}
        if "row" in wanted:
            row = refusal(wanted["row"])
            error = {"status": row.status, "code": row.code, "message": row.message}
        error |= {name: wanted[name] for name in ("code", "message", "layout", "retry_after") if name in wanted}
        self.settings.arm_error(
            operation=wanted["operation"],
            error=error,
            stage=wanted.get("stage", "before"),
            times=wanted.get("times", 1),
        )
        return json_response({"errors": self.settings.armed_errors()}, status=201)

    def _clear_errors(self, _request: Request) -> Response:
        self.settings.clear_errors()
        return json_response({"errors": []})

    # Links and users ---------------------------------------------------------------------------------------------

    def _change_link(self, request: Request) -> Response:
        """Let a link lapse now, or give it a new time to live."""
        wanted = read_wish(request, LINK)
        if ("link" in wanted) == ("latest" in wanted) or ("expire" in wanted) == ("seconds" in wanted):
            raise ControlRefusal("give link or latest, and expire or seconds")
        link = self.store.newest_link()
        if "link" in wanted:
            link = self.store.link(wanted["link"].rpartition("/")[2])
        if link is None:
            raise ControlRefusal("link: is not known", status=404)
        self.store.set_expiry(link, at=now_seconds() + wanted.get("seconds", 0))
        return json_response({"user_id": link.user_id, "session_id": link.session_id})

    def _list_users(self, _request: Request) -> Response:
        now = now_seconds()
        users = [
            {
                "user_id": user.user_id,
                "external_user_id": user.external_id,
                "partner": user.partner,
                "type": user.type,
                "email": user.email,
                "status": self._status(user, now=now),
                "links": [_link_item(link, now=now) for link in self.store.links(user.user_id)],
            }
            for user in self.store.users()
        ]
        return json_response({"users": users})

    def _status(self, user: CapaUser, *, now: float) -> str | None:
        links = self.store.links(user.user_id)
        started = [link for link in links if link.started_at is not None]
        return (started or links)[-1].status_at(now) if links else None

    def _override(self, request: Request) -> Response:
        """Answer C4 and C5 with any data for one user, until it is cleared."""
        wanted = read_wish(request, USER)
        if ("result" in wanted) == ("clear" in wanted):
            raise ControlRefusal("give either result or clear")
        user = self._find_user(wanted)
        self.store.set_result(user.user_id, json.dumps(wanted["result"]) if "result" in wanted else None)
        return json_response({"user_id": user.user_id})

    def _find_user(self, wanted: Mapping[str, Any]) -> CapaUser:
        """By Capa's id, or by the external id of a user of the main partner."""
        found = None
        if "user_id" in wanted:
            found = self.store.user(wanted["user_id"])
        elif "external_user_id" in wanted:
            found = self.store.user_by_external_id(MAIN, wanted["external_user_id"])
        if found is None:
            raise ControlRefusal("user_id or external_user_id: is not known", status=404)
        return found

    def _complete(self, request: Request) -> Response:
        """End the newest session as a person on the page would, with sample data; or one that waits, by its result."""
        wanted = read_wish(request, ENDING)
        user = self._find_user(wanted)
        link = self.store.newest_link(user.user_id)
        if link is None:
            raise ControlRefusal("the user has no link", status=409)
        now, outcome = now_seconds(), wanted["outcome"]
        entered = SAMPLE_PERSON if link.kind == "KYC" else SAMPLE_BUSINESS
        if link.submitted_at is not None:
            conclude(self.store, user, link, outcome=outcome, now=now)
        elif not submit(self.store, self.sandbox, user, link, outcome=outcome, entered=entered, now=now):
            raise ControlRefusal("the session was ended at the same time", status=409)
        self.sender.wake()
        return json_response({"user_id": user.user_id, "session_id": link.session_id})

    # Webhooks ----------------------------------------------------------------------------------------------------

    def _send_webhook(self, request: Request) -> Response:
        """Send a webhook of the main partner at once, outside the notifications, and tell what came back."""
        wanted = read_wish(request, WEBHOOK)
        url = self.outbox.url(MAIN)
        if url is None:
            raise ControlRefusal("no address is set", status=409)
        document = {
            "type": wanted.get("type", "KYC"),
            "event": wanted.get("event", "VERIFIED_USER"),
            "externalUserId": wanted.get("external_user_id"),
            **wanted.get("extra", {}),
        }
        payload = body = wanted.get("body", compact(document))
        kind = wanted.get("signature", "good")
        if kind == "reserialised":
            # The body has spaces; what is signed is the compact form of the same object.
            body = json.dumps(document, ensure_ascii=False)
        signature = {"missing": None, "wrong": sign("not the secret", payload)}.get(kind, sign(self._secret, payload))
        deliveries = [post(self.sandbox, url, body, signature=signature) for _ in range(wanted.get("times", 1))]
        last = deliveries[-1]
        statuses = [delivery.status for delivery in deliveries]
        return json_response({"status": last.status, "statuses": statuses, "problem": last.problem})


def _link_item(link: Link, *, now: float) -> dict[str, Any]:
    return {
        "link": link_url(link),
        "kind": link.kind,
        "country": link.country,
        "redirect": link.redirect,
        "session_id": link.session_id,
        "status": link.status_at(now),
        "outcome": link.outcome,
        "expired": link.submitted_at is None and now >= link.expires_at,
    }
