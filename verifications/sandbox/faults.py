"""Everything that can be made to go wrong, as data, and how it is done to an answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from werkzeug.wrappers import Response

from .api import Call, ProviderApi, Sandbox
from .errors import ApiError, Dropped, OtherAnswer

ALWAYS = 1_000_000
GATEWAY_PAGE = "<!doctype html><title>Gateway</title><h1>Please wait while we check your browser</h1>\n"


@dataclass(frozen=True)
class Fault:
    """One way to fail. ``stage`` ``before``: nothing is stored; ``after``: the submission is stored first.

    ``times``: how often in a row it strikes the same submission; written ``FAULT-503X5`` a mark overrides it.
    """

    mark: str
    stage: str
    action: str
    times: int
    does: str
    portal: str
    status: int = 0
    kind: str = ""
    retry_after: int | None = None


REFUSED = "Refused: shown with the provider's words, nothing repeated."
KEY_STOPPED = "The key's queue stops and the administrator is told."
RETRIED = "Not sent; tried again later, visible as a new call."
UNKNOWN = "Outcome unknown; the user is read, then settled or left to a person."
FAULTS = {
    fault.mark: fault
    for fault in (
        Fault("FAULT-400", "before", "refuse", ALWAYS, "400 invalid parameters.", REFUSED, 400, "arguments"),
        Fault("FAULT-401", "before", "refuse", ALWAYS, "401 invalid key.", KEY_STOPPED, 401, "invalid_key"),
        Fault("FAULT-403", "before", "refuse", ALWAYS, "403 permission denied.", REFUSED, 403, "permission"),
        Fault("FAULT-404", "before", "refuse", ALWAYS, "404 no such user.", "User link marked broken.", 404, "no_user"),
        Fault(
            "FAULT-408", "before", "refuse", 1, "408, nothing stored.", UNKNOWN + " Then sent again.", 408, "timeout"
        ),
        Fault("FAULT-408-AFTER", "after", "refuse", 1, "Stored, then 408.", UNKNOWN + " Received.", 408, "timeout"),
        Fault(
            "FAULT-409", "before", "refuse", ALWAYS, "409 conflict.", "Refused after reading the user.", 409, "conflict"
        ),
        Fault("FAULT-413", "before", "refuse", ALWAYS, "413 too large.", REFUSED, 413, "too_large"),
        Fault("FAULT-415", "before", "refuse", ALWAYS, "415 unsupported media type.", REFUSED, 415, "media_type"),
        Fault("FAULT-422", "before", "refuse", ALWAYS, "422 not acceptable.", REFUSED, 422, "arguments"),
        Fault("FAULT-429", "before", "refuse", 1, "429 with Retry-After: 2.", RETRIED, 429, "rate_limit", 2),
        Fault(
            "FAULT-500", "before", "refuse", 1, "500, nothing stored.", UNKNOWN + " Then sent again.", 500, "internal"
        ),
        Fault("FAULT-500-AFTER", "after", "refuse", 1, "Stored, then 500.", UNKNOWN + " Received.", 500, "internal"),
        Fault("FAULT-503", "before", "refuse", 2, "503 twice, then passes.", RETRIED, 503, "unavailable"),
        Fault(
            "FAULT-NONCE", "before", "refuse", 1, "401 invalid nonce.", RETRIED + " New nonce.", 401, "invalid_nonce"
        ),
        Fault(
            "FAULT-SIGNATURE", "before", "refuse", 1, "401 invalid signature.", KEY_STOPPED, 401, "invalid_signature"
        ),
        Fault("FAULT-LOCKOUT", "before", "refuse", 1, "401 temporary lockout.", KEY_STOPPED, 401, "lockout"),
        Fault(
            "FAULT-301",
            "before",
            "redirect",
            1,
            "301 to another host.",
            "Not followed: outcome unknown, the account stops.",
        ),
        Fault("ERROR-200", "before", "error_200", ALWAYS, "An error body under status 200.", REFUSED, 200, "arguments"),
        Fault("HTML", "before", "html", 1, "A web page under status 200, nothing stored.", UNKNOWN),
        Fault("FAULT-429-PLAIN", "before", "refuse", 1, "429 without Retry-After.", RETRIED, 429, "rate_limit", None),
        Fault("FAULT-503-EMPTY", "before", "empty", 1, "503 with an empty body.", RETRIED, 503, "unavailable"),
        Fault("FAULT-502-HTML", "before", "html", 1, "502 with a web page.", UNKNOWN, 502, "unavailable"),
        Fault("HTML-AFTER", "after", "html", 1, "Stored, then a web page under status 200.", UNKNOWN + " Received."),
        Fault(
            "NO-ID", "after", "no_id", 1, "Stored, then success without an id.", UNKNOWN + " Received, without an id."
        ),
        Fault("HALF-JSON", "after", "half", 1, "Stored, then JSON that ends in the middle.", UNKNOWN + " Received."),
        Fault("CUT-ANSWER", "after", "cut", 1, "Stored, then closed within the answer.", UNKNOWN + " Received."),
        Fault(
            "DROP-BEFORE",
            "before",
            "drop",
            1,
            "Closed without an answer, nothing stored.",
            UNKNOWN + " Then sent again.",
        ),
        Fault("DROP-AFTER", "after", "drop", 1, "Stored, then closed without an answer.", UNKNOWN + " Received."),
        Fault(
            "SLOW",
            "after",
            "slow",
            1,
            "Stored, answered after five seconds.",
            "Sending for five seconds, then accepted.",
        ),
        Fault("HANG", "after", "hang", 1, "Stored, answered after five minutes.", UNKNOWN + " Received."),
        Fault(
            "WARN",
            "after",
            "warn",
            1,
            "Stored; at Kraken Embed the answer also carries a warning.",
            "Accepted; the warning is kept.",
        ),
    )
}
ALIASES = {f"REFUSE-{status}": f"FAULT-{status}" for status in (400, 401, 403, 404, 409, 413, 415, 422)}


def find_fault(name: str) -> Fault | None:
    """The fault of this name or alias, in any case."""
    wanted = name.upper()
    return FAULTS.get(ALIASES.get(wanted, wanted))


def with_retry_after(fault: Fault, seconds: int | None) -> Fault:
    return fault if seconds is None else replace(fault, retry_after=seconds)


def strike_before(fault: Fault, api: ProviderApi, sandbox: Sandbox) -> None:
    """End the request here if the fault is of the stage ``before``."""
    if fault.stage != "before":
        return
    match fault.action:
        case "refuse":
            raise _refusal(fault)
        case "drop":
            raise Dropped
        case "redirect":
            location = f"http://moved.invalid:{sandbox.config.port}/"
            raise OtherAnswer(Response(status=301, headers={"Location": location}))
        case "error_200":
            raise OtherAnswer(_with_status(api.error_response(_refusal(fault)), 200))
        case "html":
            raise OtherAnswer(_with_status(_gateway_page(), fault.status or 200))
        case "empty":
            raise OtherAnswer(Response(status=fault.status))


def strike_after(fault: Fault, api: ProviderApi, sandbox: Sandbox, call: Call, response: Response) -> Response:
    """What goes back in place of ``response``; raises Dropped when nothing does."""
    if fault.stage != "after":
        return response
    match fault.action:
        case "refuse":
            raise _refusal(fault)
        case "drop":
            raise Dropped
        case "html":
            return _gateway_page()
        case "no_id":
            return api.success({}, status=response.status_code)
        case "half":
            response.set_data(response.get_data()[: len(response.get_data()) // 2])
        case "cut":
            call.cut_answer = True
        case "slow":
            sandbox.pause(sandbox.config.slow_seconds)
        case "hang":
            sandbox.pause(sandbox.config.hang_seconds)
        case "warn" if response.mimetype == "application/json":
            document = json.loads(response.get_data())
            response.set_data(json.dumps({**document, **api.warning()}))
    return response


def _refusal(fault: Fault) -> ApiError:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return ApiError(fault.status, fault.kind, ["provoked"] if fault.kind == "arguments" else [], headers)


def _with_status(response: Response, status: int) -> Response:
    response.status_code = status
    return response


def _gateway_page() -> Response:
    return Response(GATEWAY_PAGE, mimetype="text/html")
