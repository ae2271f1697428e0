"""The WSGI application: finds the API, takes in the body, knows the caller, applies faults, answers."""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from typing import Any

from werkzeug.exceptions import ClientDisconnected, HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import ClosingIterator

from .api import Beside, Call, ProviderApi, Sandbox
from .body import receive
from .capa_partner import CapaPartner
from .config import SandboxConfig
from .control import Control
from .errors import ApiError, Dropped, OtherAnswer
from .faults import find_fault, strike_after, strike_before, with_retry_after
from .keys import load_keys
from .kraken_embed import KrakenEmbed
from .payward_services import PaywardServices
from .store import Store, now_seconds
from .transmit_verify import TransmitVerify

logger = logging.getLogger("sandbox")
API_CLASSES = (KrakenEmbed, PaywardServices, TransmitVerify, CapaPartner)


def create_app(config: SandboxConfig) -> SandboxApp:
    """Build the stand-in: makes the state directory and the keys on the first start, reuses them later."""
    config.state_dir.mkdir(parents=True, exist_ok=True)
    config.spool_dir.mkdir(exist_ok=True)
    store = Store(config.state_dir / "sandbox.sqlite3")
    return SandboxApp(Sandbox(config, store, load_keys(config.state_dir / "keys.json")))


class SandboxApp:
    """A WSGI callable around every API. ``close`` ends pauses, waits for requests under way and closes the store."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.apis: tuple[ProviderApi, ...] = tuple(api_class(sandbox) for api_class in API_CLASSES)
        self.control = Control(sandbox, self.apis)
        beside: list[Beside] = [extra for api in self.apis for extra in getattr(api, "beside", ())]
        self._map = Map(_rules([*self.apis, self.control, *beside]), merge_slashes=False, redirect_defaults=False)
        self._idle = threading.Condition()
        self._under_way = 0

    def close(self, *, wait_seconds: float = 10) -> None:
        self.sandbox.stopping.set()
        with self._idle:
            self._idle.wait_for(lambda: self._under_way == 0, timeout=wait_seconds)
        for api in self.apis:
            if hasattr(api, "close"):
                api.close()
        self.sandbox.store.close()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._idle:
            self._under_way += 1
        try:
            return ClosingIterator(self._answer(environ, start_response), self._leave)
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        with self._idle:
            self._under_way -= 1
            self._idle.notify_all()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        started = time.perf_counter()
        name, outcome = "unknown", "dropped"
        try:
            owner, name, arguments = self._route(request)
            if isinstance(owner, Control):
                response, cut = owner.handle(request, name), False
            elif isinstance(owner, Beside):
                response, cut = owner.respond(request, name.partition(".")[2], **arguments), False
            else:
                response, cut = self._provider_answer(owner, name.partition(".")[2], request, arguments)
            outcome = str(response.status_code)
            return _cut(response, environ, start_response) if cut else response(environ, start_response)
        except OtherAnswer as other:
            outcome = str(other.response.status_code)
            return other.response(environ, start_response)
        except (Dropped, ClientDisconnected):
            _close_socket(environ)
            raise ConnectionAbortedError from None
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            logger.info("%s %s %s %.0fms", request.method, name, outcome, milliseconds)

    def _route(self, request: Request) -> tuple[ProviderApi | Control | Beside, str, dict[str, str]]:
        """Who answers, the name of the operation for the log, and the percent-decoded path arguments."""
        try:
            (owner, operation), arguments = self._map.bind_to_environ(request.environ).match()
        except HTTPException as error:
            status = 405 if isinstance(error, MethodNotAllowed) else 404
            refusal = ApiError(status, "method" if status == 405 else "no_route")
            api = next((api for api in self.apis if request.path.startswith(api.prefix)), None)
            if api is None:
                raise OtherAnswer(Response("Nothing here.\n", status=status, mimetype="text/plain")) from error
            raise OtherAnswer(api.error_response(refusal)) from error
        return owner, f"{owner.name}.{operation}", dict(arguments)

    def _provider_answer(
        self, api: ProviderApi, operation: str, request: Request, arguments: dict[str, str]
    ) -> tuple[Response, bool]:
        """The response, and whether to break off in the middle of it."""
        with contextlib.ExitStack() as stack:
            try:
                body = receive(request, limit=api.body_limit(operation), config=self.sandbox.config)
                stack.callback(body.close)
                call = Call(request, _target(request.environ), operation, body, now_seconds())
                api.authenticate(call)
                self._delay_and_arm(api, call)
                response = api.handle(call, **arguments)
                if call.fault is not None:
                    response = strike_after(call.fault, api, self.sandbox, call, response)
            except ApiError as error:
                return api.error_response(error), False
            except (OtherAnswer, Dropped, ClientDisconnected):
                raise
            except Exception as error:
                # The last resort. The message may hold what was sent, so only type and place are logged.
                place = "".join(traceback.format_tb(error.__traceback__)[-3:])
                logger.error("%s in %s\n%s", type(error).__name__, operation, place)
                return api.error_response(ApiError(500, "internal")), False
            return response, call.cut_answer

    def _delay_and_arm(self, api: ProviderApi, call: Call) -> None:
        """Wait as /_sandbox/latency asks, then take the fault that /_sandbox/faults armed for this operation."""
        fixed, jitter = self.sandbox.store.latency(api.name)
        armed = self.sandbox.store.take_fault(api.name, call.operation)
        extra = armed["latency_ms"] if armed else 0
        self.sandbox.pause((fixed + extra + random.random() * jitter) / 1000)  # noqa: S311 - not a secret
        fault = find_fault(armed["fault"]) if armed else None
        if armed and fault is not None:
            call.fault = with_retry_after(fault, armed["retry_after"])
            strike_before(call.fault, api, self.sandbox)


def _rules(owners: Iterable[ProviderApi | Control | Beside]) -> Iterator[Rule]:
    for owner in owners:
        for rule in owner.rules():
            rule.endpoint = (owner, rule.endpoint)
            yield rule


def _target(environ: dict[str, Any]) -> str:
    """Path and query exactly as on the request line: PATH_INFO would already have lost its percent signs."""
    raw: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    scheme, separator, rest = raw.partition("://")
    if separator and "/" not in scheme:
        return "/" + rest.partition("/")[2]
    return raw


def _cut(response: Response, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    body = response.get_data()
    response.headers["Content-Length"] = str(len(body))
    start_response(response.status, response.headers.to_wsgi_list())
    yield body[: len(body) // 2]
    _close_socket(environ)
    raise ConnectionAbortedError


def _close_socket(environ: dict[str, Any]) -> None:
    connection = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
