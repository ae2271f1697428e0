"""A caller of the Capa stand-in, a person with a browser of few words, and a receiver of webhooks."""

from __future__ import annotations

import hmac
import http.client
import json
import queue
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.sandbox.signer import Answer
from verifications.sandbox.testing import RunningSandbox

BASE = "/api/partner/v2"
TIMES: dict[str, Any] = {
    "review_seconds": 0.1,
    "long_review_seconds": 0.3,
    "hang_seconds": 1.0,
    "slow_seconds": 0.3,
    "webhook_retry_seconds": (0.0, 0.05, 0.1),
}
PATIENCE_SECONDS = 30.0
KYC_FORM = {"full_name": "Nguyễn Thị Ánh", "birth_date": "1988-02-29", "id_number": "X 12/3"}


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return json.loads(self.body)["event"]

    def is_signed_with(self, secret: str) -> bool:
        wanted = hmac.new(secret.encode(), self.body, "sha256").hexdigest()
        return self.headers.get("capa-signature") == wanted


class Receiver:
    """A partner's endpoint. ``answers`` are statuses to give first; afterwards every webhook is taken with 200."""

    def __init__(self) -> None:
        self.webhooks: queue.Queue[Received] = queue.Queue()
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", self.path)
                answer = b"" if status == 200 else b'{"detail":"not now"}'
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                receiver.webhooks.put(Received({k.lower(): v for k, v in self.headers.items()}, body))

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/hooks/capa"

    def next(self, count: int, *, of: str) -> list[Received]:
        """The next webhooks about a user, by our own id; late ones about other users are thrown away."""
        found: list[Received] = []
        while len(found) < count:
            received = self.webhooks.get(timeout=PATIENCE_SECONDS)
            found += [received] if of.encode() in received.body else []
        return found

    def forget(self) -> None:
        self.answers.clear()
        while not self.webhooks.empty():
            self.webhooks.get_nowait()


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()


def send(
    url: str,
    method: str = "GET",
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    timeout: float = 30,
) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


@dataclass
class Capa:
    """A partner that calls the stand-in."""

    sandbox: RunningSandbox
    key: str | None

    @classmethod
    def of(cls, sandbox: RunningSandbox, partner: str = "main") -> Capa:
        keys = sandbox.keys["capa_partner"]
        return cls(sandbox, (keys if partner == "main" else sandbox.keys["further"]["capa_partner"][partner])["key"])

    def call(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        **more: Any,
    ) -> Answer:
        headers = {"Content-Type": content_type} | ({} if self.key is None else {"partner-api-key": self.key})
        body = json.dumps(document).encode() if document is not None else raw
        if body is None:
            del headers["Content-Type"]
            body = None if method == "GET" else b""
        return send(f"{self.sandbox.base_url}{BASE}{path}", method, body=body, headers=headers, **more)

    def create_user(self, type_: str = "INDIVIDUAL", **changes: Any) -> Answer:
        return self.call("POST", "/users", new_user(type_) | changes)

    def new_user(self, type_: str = "INDIVIDUAL") -> tuple[str, str]:
        """Capa's id and ours of a user that was just created."""
        document = new_user(type_)
        return member(self.call("POST", "/users", document), "userId"), document["externalUserId"]

    def new_link(self, user_id: str, kind: str = "kyc", **changes: Any) -> str:
        answer = self.call("POST", f"/users/{user_id}/{kind}/verification-link", {"country": "MX"} | changes)
        return member(answer, f"{kind}Link")

    def details(self, user_id: str, kind: str = "kyc") -> Answer:
        return self.call("GET", f"/{kind}/details?userId={user_id}")

    def result(self, user_id: str) -> str:
        return self.details(user_id).json()["data"]["aipriseSummary"]["verificationResult"]

    def set_webhook(self, url: str | None) -> Answer:
        return self.call("PUT", "/webhook-settings", {"url": url})

    def notifications(self, query: str = "") -> dict[str, Any]:
        return self.call("GET", f"/webhook-notifications{query}").json()["data"]

    def control(self, method: str, path: str = "", document: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.sandbox.control(method, f"capa{path}", document)


def new_user(type_: str = "INDIVIDUAL") -> dict[str, str]:
    own_id = str(uuid.uuid4())
    return {"type": type_, "email": f"case-{own_id}@example.org", "externalUserId": own_id}


def member(answer: Answer, name: str) -> str:
    """A member of an answer, in whichever envelope."""
    document = answer.json()
    assert answer.status == 201, document
    value = document.get("data", document)[name]
    assert isinstance(value, str)
    return value


def code_of(answer: Answer) -> tuple[int, str | None, str]:
    """Status, code and first words of an error, in whichever layout."""
    document = answer.json()
    inner = document["error"] if isinstance(document.get("error"), dict) else document
    code = inner.get("code") or inner.get("errorCode") or inner.get("error")
    words = inner["message"]
    return answer.status, code, words[0] if isinstance(words, list) else words


def press(link: str, action: str, **values: str) -> Answer:
    """Send the form of the link page."""
    body = urlencode({"action": action, **values}).encode()
    return send(link, "POST", body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})


def walk(link: str, outcome: str = "verified", **values: str) -> Answer:
    """Start and submit, as a person would; the page that follows."""
    press(link, "start")
    return press(link, "submit", **(KYC_FORM | values), outcome=outcome)


def until(condition: Any) -> Any:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (answer := condition()):
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)
    return answer


def words_of(page: Answer) -> str:
    return re.sub(r"<[^>]+>", " ", page.body.decode())
