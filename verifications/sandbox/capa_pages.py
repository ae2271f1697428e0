"""The page behind a Capa link: a person starts, enters a few facts, and the tester among them chooses the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from . import capa_page_html as html
from .api import Beside, Sandbox
from .capa_form import read_form, sample_values
from .capa_media import picture
from .capa_outcomes import OUTCOMES, submit
from .capa_store import CapaStore, Link
from .capa_webhooks import Sender
from .store import now_seconds

FORM_BYTES = 64 * 1024
NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    **NO_SNIFFING,
}


class CapaPages(Beside):
    """``/capa/...``: the link page, its style and the pictures of a session. The link itself is what lets one in."""

    name = "capa_pages"

    def __init__(self, sandbox: Sandbox, store: CapaStore, sender: Sender) -> None:
        self.sandbox = sandbox
        self.store = store
        self.sender = sender

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("/capa/verify/<token>", methods=["GET"], endpoint="look"),
            Rule("/capa/verify/<token>", methods=["POST"], endpoint="go_on"),
            Rule("/capa/media/<session>/<image>", methods=["GET"], endpoint="media"),
            Rule("/capa/assets/verify.css", methods=["GET"], endpoint="style"),
        ]

    def respond(self, request: Request, operation: str, **arguments: str) -> Response:
        if operation == "style":
            css = Path(__file__).with_name("capa.css").read_text(encoding="utf-8")
            return Response(css, mimetype="text/css", headers=NO_SNIFFING)
        if operation == "media":
            return self._media(**arguments)
        link = self.store.link(arguments["token"])
        if link is None:
            return _page(html.unknown(), status=404)
        if link.submitted_at is not None:
            return _page(html.used(), status=410)
        if now_seconds() >= link.expires_at:
            return _page(html.expired(), status=410)
        return self._look(link) if operation == "look" else self._go_on(request, link)

    def _media(self, session: str, image: str) -> Response:
        content = picture(image) if self.store.link_of_session(session) else None
        if content is None:
            return Response("Nothing here.\n", status=404, mimetype="text/plain")
        return Response(content, mimetype="image/jpeg", headers=NO_SNIFFING)

    def _look(self, link: Link) -> Response:
        if link.started_at is not None:
            return _page(html.form(link, values={}, problems=[]))
        user = self.store.user(link.user_id)
        return _page(html.welcome(link, partner=user.partner if user else ""))

    def _go_on(self, request: Request, link: Link) -> Response:
        request.max_content_length = FORM_BYTES
        try:
            values = request.form.to_dict()
        except RequestEntityTooLarge:
            return _page(html.too_long(), status=413)
        match values.get("action"):
            case "start":
                self.store.start(link, at=now_seconds())
                # The same address as a page to look at, so that going back or reloading repeats nothing.
                headers = {**PAGE_HEADERS, "Location": f"/capa/verify/{link.token}"}
                return Response(status=303, headers=headers)
            case "sample":
                return _page(html.form(link, values=values | sample_values(link.kind), problems=[]))
            case _:
                return self._submit(link, values)

    def _submit(self, link: Link, values: dict[str, str]) -> Response:
        entered, problems = read_form(link.kind, values)
        outcome = OUTCOMES.get(values.get("outcome", ""))
        if outcome is None:
            problems.append("Choose how this ends.")
        user = self.store.user(link.user_id)
        if problems or outcome is None or user is None:
            return _page(html.form(link, values=values, problems=problems), status=400)
        name = values["outcome"]
        if not submit(self.store, self.sandbox, user, link, outcome=name, entered=entered, now=now_seconds()):
            return _page(html.used(), status=410)
        self.sender.wake()
        return _page(html.done(link.redirect if outcome.returns else None))


def _page(content: str, *, status: int = 200) -> Response:
    return Response(content, status=status, mimetype="text/html", headers=PAGE_HEADERS)
