"""What a tester tells the stand-in: ``/_sandbox/``, for this machine only, and the page that explains it all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from .api import ProviderApi, Sandbox
from .checks import Check, anything, array, is_plain_unicode, one_of, parse_json_object, problems_of, record, text
from .download import is_loopback
from .faults import find_fault
from .keys import SIGNED_APIS
from .outcomes import new_actions
from .page import render_page
from .signed_api import json_response, new_user_id
from .store import ReferenceTaken, User, now_seconds

BODY_LIMIT = 1024 * 1024
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class ControlRefusal(Exception):
    """Why a control request was not understood."""

    def __init__(self, *problems: str, status: int = 400) -> None:
        super().__init__(*problems)
        self.problems = list(problems)
        self.status = status


def steer(request: Request, handler: Callable[[Request], Response]) -> Response:
    """Run a control handler for a caller on this machine; its ControlRefusal becomes the answer."""
    if not is_loopback(request.remote_addr or ""):
        return json_response({"problems": ["only from this machine"]}, status=403)
    try:
        return handler(request)
    except ControlRefusal as refusal:
        return json_response({"problems": refusal.problems}, status=refusal.status)


def read_wish(request: Request, check: Check) -> dict[str, Any]:
    """The JSON object of a control request that passed ``check``, or ControlRefusal."""
    # A page of another site cannot send this content type without asking first, and no answer allows it.
    if request.mimetype != "application/json":
        raise ControlRefusal("Content-Type must be application/json", status=415)
    if request.content_length is None or request.content_length > BODY_LIMIT:
        raise ControlRefusal("the body needs a length up to 1 MiB", status=413)
    document = parse_json_object(request.get_data())
    if document is None or not is_plain_unicode(document):
        raise ControlRefusal("the body must be one JSON object")
    if problems := problems_of(check, document):
        raise ControlRefusal(*problems)
    return document


class Control:
    """Arms faults, sets latency, presets users, hands out the record of what was accepted."""

    name = "control"

    def __init__(self, sandbox: Sandbox, apis: Sequence[ProviderApi]) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store
        self.apis = apis
        names = [*(api.name for api in apis), "*"]
        operations = {rule.endpoint for api in apis for rule in api.rules()} | {"*"}
        self._fault = record(
            {"api": one_of(names), "operation": one_of(operations), "fault": _known_fault},
            {"times": count(1, 1_000_000), "latency_ms": count(0, 600_000), "retry_after": count(0, 86_400)},
        )
        self._latency = record(
            {"api": one_of(names), "latency_ms": count(0, 600_000)}, {"jitter_ms": count(0, 600_000)}
        )
        self._user = record(
            {"api": one_of(SIGNED_APIS)},
            {
                "user_id": text(14, 42),
                "reference": text(),
                "state": one_of(("ok", "disabled", "closed")),
                "reasons": array(text()),
                "required_actions": array(anything),
            },
        )
        self._handlers: dict[str, Callable[[Request], Response]] = {
            "page": self._page,
            "stylesheet": self._stylesheet,
            "health": lambda _request: json_response({"status": "ok"}),
            "faults": lambda _request: json_response({"faults": self.store.armed_faults()}),
            "arm_fault": self._arm_fault,
            "clear_faults": self._clear_faults,
            "record": self._record,
            "latency": self._set_latency,
            "users": self._preset_user,
        }

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("/", methods=["GET"], endpoint="page"),
            Rule("/_sandbox/sandbox.css", methods=["GET"], endpoint="stylesheet"),
            Rule("/_sandbox/health", methods=["GET"], endpoint="health"),
            Rule("/_sandbox/faults", methods=["GET"], endpoint="faults"),
            Rule("/_sandbox/faults", methods=["POST"], endpoint="arm_fault"),
            Rule("/_sandbox/faults", methods=["DELETE"], endpoint="clear_faults"),
            Rule("/_sandbox/record", methods=["GET"], endpoint="record"),
            Rule("/_sandbox/latency", methods=["POST"], endpoint="latency"),
            Rule("/_sandbox/users", methods=["POST"], endpoint="users"),
        ]

    def handle(self, request: Request, name: str) -> Response:
        return steer(request, self._handlers[name.partition(".")[2]])

    def _arm_fault(self, request: Request) -> Response:
        wanted = read_wish(request, self._fault)
        fault = find_fault(wanted["fault"])
        self.store.add_fault(
            api=wanted["api"],
            operation=wanted["operation"],
            fault=fault.mark if fault else "NONE",
            times=wanted.get("times", 1),
            latency_ms=wanted.get("latency_ms", 0),
            retry_after=wanted.get("retry_after"),
        )
        return json_response({"faults": self.store.armed_faults()}, status=201)

    def _clear_faults(self, _request: Request) -> Response:
        self.store.clear_faults()
        return json_response({"faults": []})

    def _record(self, request: Request) -> Response:
        after = request.args.get("after", "0")
        if not (after.isascii() and after.isdigit()):
            raise ControlRefusal("after: must be a number")
        rows = self.store.record(api=request.args.get("api"), after=int(after))
        return Response(json.dumps({"submissions": rows}), mimetype="application/json")

    def _set_latency(self, request: Request) -> Response:
        wanted = read_wish(request, self._latency)
        self.store.set_latency(wanted["api"], latency_ms=wanted["latency_ms"], jitter_ms=wanted.get("jitter_ms", 0))
        return json_response(wanted)

    def _preset_user(self, request: Request) -> Response:
        """Create a user, or give an existing one a new status from which its later submissions count."""
        wanted = read_wish(request, self._user)
        api, user_id = wanted["api"], wanted.get("user_id") or new_user_id()
        state, reasons = wanted.get("state", "ok"), wanted.get("reasons", [])
        actions = wanted.get("required_actions", new_actions())
        found = self.store.user(api, user_id)
        if found is not None:
            self.store.preset_user(found, state=state, reasons=reasons, actions=actions)
            return json_response({"user_id": user_id})
        reference = wanted.get("reference", f"preset-{user_id}")
        user = User(api, user_id, reference, True, {}, now_seconds(), state, reasons, actions)
        try:
            self.store.add_user(user)
        except ReferenceTaken as error:
            raise ControlRefusal("reference: is taken", status=409) from error
        return json_response({"user_id": user_id}, status=201)

    def _page(self, request: Request) -> Response:
        html = render_page(sandbox=self.sandbox, apis=self.apis, address=request.host_url.rstrip("/"))
        return Response(html, mimetype="text/html", headers=SECURITY_HEADERS)

    def _stylesheet(self, _request: Request) -> Response:
        css = Path(__file__).with_name("sandbox.css").read_text(encoding="utf-8")
        return Response(css, mimetype="text/css", headers=SECURITY_HEADERS)


def _known_fault(value: Any, path: str, problems: list[str]) -> None:
    """A documented fault, or NONE for latency alone."""
    if not isinstance(value, str) or (value.upper() != "NONE" and find_fault(value) is None):
        problems.append(f"{path}: is not a documented fault; GET / lists them")


def count(minimum: int, maximum: int) -> Check:
    def check(value: Any, path: str, problems: list[str]) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            problems.append(f"{path}: must be a number {minimum}-{maximum}")

    return check
