"""The page at ``/``: what runs here, its keys by id, and every documented way to provoke an outcome or an error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from .api import ProviderApi, Sandbox
from .faults import ALIASES, ALWAYS, FAULTS
from .outcomes import OUTCOMES

KEY_ROLES = {
    "main": "everything is permitted",
    "second": "as main: a second lane of nonces",
    "third": "as main: a third lane of nonces",
    "no_permission": "403 on every call",
    "locked_out": "401 temporary lockout on every call",
    "token_refused": "gets a token, and 401 on every call with it",
    "disabled": "gets no token: unauthorized_client",
}
LOOSENESS = (
    "http is accepted for loopback hosts on the allow-list; every other address must be https.",
    "Payward Services: the payloads of residence and selfie, and nationality, expiration_date and "
    "external_verification_id in the metadata, are taken under Embed's names.",
    "Kraken Embed, multipart: tax_id, and one file per watch list (sanctions_verifier_response and so on), are taken "
    "by analogy with the names of the URL method. A vendor's answer may also be a JSON file.",
    "Version headers of Embed at Payward Services are tolerated and noted in the record.",
    "An external_id that holds SPACES gets a Kraken user id in groups of four with spaces.",
)
CONTROL = (
    (
        "POST /_sandbox/faults",
        '{"api": "kraken_embed", "operation": "submit", "fault": "FAULT-503", "times": 2, '
        '"latency_ms": 0, "retry_after": 3}',
        "Arm a fault. Operation submit covers submit_url; * is any API or operation; fault NONE adds latency only.",
    ),
    ("GET /_sandbox/faults", "", "What is armed."),
    ("DELETE /_sandbox/faults", "", "Disarm all, forget used marks, remove latency."),
    ("POST /_sandbox/latency", '{"api": "*", "latency_ms": 200, "jitter_ms": 100}', "Slow every answer down."),
    (
        "POST /_sandbox/users",
        '{"api": "payward_services", "state": "disabled", "reasons": ["review_failed"], "required_actions": []}',
        "Create a user with a status, or preset the status of the user_id given.",
    ),
    ("GET /_sandbox/record?api=kraken_embed&after=0", "", "What was accepted: ids, times, hashes."),
    ("GET /_sandbox/health", "", "Answers when the stand-in is ready."),
)


def render_page(*, sandbox: Sandbox, apis: Sequence[ProviderApi], address: str) -> str:
    """The whole page as HTML; shows ids of keys, never secrets."""
    titles = {api.name: api.title for api in apis}
    sections = [
        _section("What runs here", _apis_table(apis, address) + _hosts(sandbox)),
        _section(
            "Keys",
            html_table(
                ("API", "Key", "Key id", "Meaning"),
                [
                    (
                        html_text(titles.get(key.api, key.api)),
                        html_code(key.role),
                        html_code(key.key_id),
                        html_text(KEY_ROLES[key.role]),
                    )
                    for key in sandbox.keys.values()
                ],
            )
            + "<p>The secrets are in <code>keys.json</code> of the state directory.</p>",
        ),
        _section("Where to write a mark", MARKS_TEXT),
        _section(
            "Outcomes",
            html_table(
                ("Mark", "What happens", "What the portal should show"),
                [
                    (
                        html_code(outcome.mark) if outcome.mark else "none",
                        html_text(outcome.does),
                        html_text(outcome.portal),
                    )
                    for outcome in OUTCOMES.values()
                ],
            )
            + NEW_USERS_TEXT,
        ),
        _section(
            "Faults",
            html_table(
                ("Mark", "What happens", "Times", "What the portal should show"),
                [
                    (html_code(fault.mark), html_text(fault.does), _times(fault.times), html_text(fault.portal))
                    for fault in FAULTS.values()
                ],
            )
            + f"<p>Also known as: {_aliases()}.</p>",
        ),
        _section("Without a mark", ELSEWHERE_TEXT),
        _section(
            "Control",
            html_table(
                ("Request", "Body", "Effect"),
                [
                    (html_code(request), html_code(body) if body else "", html_text(effect))
                    for request, body, effect in CONTROL
                ],
            )
            + "<p>From this machine only, bodies as <code>application/json</code>.</p>",
        ),
        _section("Looser than the contract, on purpose", html_list(LOOSENESS)),
        *(
            _section(title, html)
            for api in apis
            if hasattr(api, "page_sections")
            for title, html in api.page_sections()
        ),
    ]
    return PAGE.replace("{sections}", "\n".join(sections))


def _aliases() -> str:
    return ", ".join(f"{html_code(new)} for {html_code(old)}" for new, old in ALIASES.items())


def _apis_table(apis: Iterable[ProviderApi], address: str) -> str:
    rows = []
    for api in apis:
        for rule in api.rules():
            method = next(iter(set(rule.methods or ()) - {"HEAD"}), "")
            rows.append(
                (html_text(api.title), html_code(rule.endpoint), html_code(method), html_code(f"{address}{rule.rule}"))
            )
    return html_table(("API", "Operation", "Method", "Address"), rows)


def _hosts(sandbox: Sandbox) -> str:
    hosts = ", ".join(html_code(host) for host in sandbox.config.allow_hosts) or "none"
    return f"<p>Files are fetched from: {hosts}.</p>"


def _section(title: str, body: str) -> str:
    return f"<section><h2>{html_text(title)}</h2>{body}</section>"


def html_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = "".join(f'<th scope="col">{html_text(name)}</th>' for name in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def html_list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{html_text(item)}</li>' for item in items)}</ul>"


def _times(times: int) -> str:
    return "always" if times >= ALWAYS else str(times)


def html_code(text: object) -> str:
    return f"<code>{escape(str(text))}</code>"


def html_text(text: str) -> str:
    return escape(text)


MARKS_TEXT = """
<p>In <code>metadata.document_number</code>, anywhere in it, in any case, with or without hyphens:
<code>X-FAULT-503-1</code>, <code>x1reject</code>. As a word of its own in capitals also in the first line of
<code>address</code> and in <code>verifier</code>, and, for outcomes only, in the last name. One outcome and one fault
may stand together: <code>FAULT-429-REJECT</code>.</p>
<p>A fault strikes the same submission (same <code>external_verification_id</code>, or else same user and document
number) as often as its table says, then lets it pass. <code>FAULT-503X5</code> makes it five times.</p>
"""
NEW_USERS_TEXT = """
<p>Every new user, headless or not, starts in state <code>ok</code> with three required actions, <code>identity</code>,
<code>residence</code> and <code>selfie</code>, for the reason <code>initial_onboarding</code>.</p>
"""
ELSEWHERE_TEXT = """
<ul>
<li>Wrong secret, key, nonce or version header: as in life, by sending it.</li>
<li>404: a well-formed user id that was never issued. 400: one of the wrong form. 405: another method.</li>
<li>409: an <code>external_id</code> that exists; at Payward Services an <code>external_reference</code> sent again is
answered with the user's latest state, and with 409 only when it belongs to someone else.</li>
<li>413: a file over 150 MiB, or JSON over 4 MiB. 415: another content type.</li>
<li>400 at Kraken Embed, 422 at Payward Services: a body outside the schema, a file whose content does not match its
extension, an address that cannot be fetched. The text names the member.</li>
<li>A passport with its back: refused by Payward Services.</li>
</ul>
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stand-in of the providers</title>
<link rel="stylesheet" href="/_sandbox/sandbox.css">
</head>
<body>
<header><h1>Stand-in of the providers</h1>
<p>Nothing here is real: no data leaves this machine, and no answer says anything about a person.</p></header>
<main>
{sections}
</main>
</body>
</html>
"""
