"""What the app and the modules of the APIs agree on."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from .config import SandboxConfig
from .errors import ApiError
from .keys import ApiKey
from .store import Store, User

if TYPE_CHECKING:
    from .body import ReceivedBody
    from .faults import Fault


@dataclass
class Sandbox:
    """What every part of one running stand-in shares."""

    config: SandboxConfig
    store: Store
    keys: dict[str, ApiKey]
    stopping: threading.Event = field(default_factory=threading.Event)

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the process."""
        if seconds > 0:
            self.stopping.wait(seconds)


@dataclass
class Call:
    """One request on its way through. ``target`` is path and query as on the request line; ``now`` in seconds."""

    request: Request
    target: str
    operation: str
    body: ReceivedBody
    now: float
    key_id: str = ""
    fault: Fault | None = None
    cut_answer: bool = False


class ProviderApi(Protocol):
    """One API: its routes, its way to know a caller, its handlers and the shape of its answers."""

    name: ClassVar[str]
    title: ClassVar[str]
    prefix: ClassVar[str]

    def rules(self) -> Sequence[Rule]:
        """Routes; each endpoint is the name of an operation."""

    def body_limit(self, operation: str) -> int:
        """Bytes a request of this operation may carry."""

    def authenticate(self, call: Call) -> None:
        """Set ``call.key_id`` or raise ApiError."""

    def handle(self, call: Call, **arguments: str) -> Response:
        """Carry out ``call.operation``; raises ApiError, OtherAnswer or Dropped."""

    def success(self, payload: Any, *, status: int = 200) -> Response:
        """The API's envelope around ``payload``."""

    def error_response(self, error: ApiError) -> Response:
        """The API's words for a refusal."""

    def warning(self) -> dict[str, Any]:
        """Members to add to a good answer that also warns; none where the API has no warnings."""


class Beside:
    """Routes that need no key of an API: pages for people, and an API's own part of the control API.

    An API names its own in an attribute ``beside``. Two more members are optional there: ``page_sections()``, pairs of
    a title and HTML for the page at ``/``, and ``close()``, called before the store is closed.
    """

    name: ClassVar[str]

    def rules(self) -> Sequence[Rule]:
        raise NotImplementedError

    def respond(self, request: Request, operation: str, **arguments: str) -> Response:
        """The answer; it may raise OtherAnswer or Dropped, as nothing is authenticated, delayed or armed here."""
        raise NotImplementedError


Handler = Callable[..., Response]


def known_user(store: Store, api: str, user_id: str, pattern: re.Pattern[str]) -> User:
    """The user of a path segment (already percent-decoded), or ApiError 400 for its form, 404 for its absence."""
    if not pattern.fullmatch(user_id):
        raise ApiError(400, "user_id")
    user = store.user(api, user_id)
    if user is None:
        raise ApiError(404, "no_user")
    return user
