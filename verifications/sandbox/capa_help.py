"""What the page at ``/`` says about the Capa stand-in."""

from __future__ import annotations

from .capa_errors import ROWS
from .capa_keys import FURTHER_PARTNERS, MAIN
from .capa_outcomes import EVENTS, OUTCOMES, SUBMITTED_EVENT
from .capa_settings import DEFAULTS
from .page import html_code, html_list, html_table, html_text

CONTROL = (
    ("GET /_sandbox/capa", "", "Settings and armed errors."),
    (
        "POST /_sandbox/capa",
        '{"envelope": "always", "layout": "nested", "duplicate_status": "400", "kyc_before_start": "empty", '
        '"kyc_not_configured": ["VA"], "kyb_not_configured": ["VA"]}',
        "Change settings: envelope alternate, always or bare; layout rotate, flat, nested, list or string; "
        "duplicate_status 400, 409 or 500; kyc_before_start 404 or empty.",
    ),
    ("DELETE /_sandbox/capa", "", "Settings as at first, no error armed."),
    (
        "POST /_sandbox/capa/errors",
        '{"operation": "create_kyc_link", "row": "user_not_associated", "times": 1, "stage": "before"}',
        "Answer with a row of the table below. Members code, message (text or list), layout and retry_after change it; "
        "status instead of row gives an error of its own. Stage after: carried out first. Operation * is any.",
    ),
    ("GET /_sandbox/capa/errors", "", "What is armed."),
    ("DELETE /_sandbox/capa/errors", "", "Disarm all."),
    (
        "POST /_sandbox/capa/links",
        '{"latest": true, "expire": true}',
        "Let a link lapse. link instead of latest names it by its address; seconds instead of expire gives it time.",
    ),
    ("GET /_sandbox/capa/users", "", "Users with their links and where they stand."),
    (
        "POST /_sandbox/capa/users",
        '{"external_user_id": "...", "result": {"aipriseSummary": {"verificationResult": "SOMETHING"}}}',
        "Answer C4 and C5 of this user with any JSON as data; clear: true takes it back. user_id is Capa's own id.",
    ),
    (
        "POST /_sandbox/capa/complete",
        '{"external_user_id": "...", "outcome": "verified"}',
        "End the newest session with sample data as its page would; one that was submitted gets this result at once.",
    ),
    (
        "POST /_sandbox/capa/webhooks",
        '{"event": "VERIFIED_USER", "external_user_id": "...", "type": "KYC", "signature": "reserialised", '
        '"extra": {"note": "..."}, "times": 2}',
        "Send a webhook at once and tell the status that came back. signature good, wrong, missing or reserialised "
        "(spaces in the body, the compact form signed); body sends any text.",
    ),
)
LOOSENESS = (
    "partnerRedirectUri: http is accepted for loopback hosts. Schemes that a browser would run itself are refused.",
    "externalUserId may be left out; its webhooks then carry null.",
    "Flaws in the query of C4 and C5 are INVALID_USER_INPUT_ERROR, though the table names it for others only.",
    "An http address for webhooks must be a loopback host on the allow-list. An https address may be any, but webhooks "
    "are only delivered to hosts on the list.",
    "A second link leaves the first one valid, and users with a result may have another link.",
    "C4 and C5 tell of the newest session that was started; a new link changes nothing until it is opened.",
    "C4 answers IN_PROGRESS from the start of a session on.",
    "KYB sends the same events as KYC, as its own names are not documented.",
    "eventType in C7 and C8 is the name of the event.",
    "Nothing is appended to partnerRedirectUri.",
)


def page_sections() -> list[tuple[str, str]]:
    """Pairs of title and HTML. No key is shown, only the names of the partner accounts."""
    partners = [(html_code(MAIN), html_text("everything is permitted"))]
    partners += [(html_code(name), html_text(meaning)) for name, meaning in FURTHER_PARTNERS.items()]
    rows = [
        (
            html_code(name),
            str(row.status),
            html_code(row.code) if row.code else "none",
            html_text(row.message),
            html_text(row.where),
        )
        for name, row in ROWS.items()
    ]
    outcomes = [
        (html_code(name), html_text(outcome.label), _steps(outcome.results)) for name, outcome in OUTCOMES.items()
    ]
    control = [
        (html_code(request), html_code(body) if body else "", html_text(effect)) for request, body, effect in CONTROL
    ]
    return [
        ("Capa: partner accounts", html_table(("Account", "Meaning"), partners) + KEYS_TEXT),
        ("Capa: how a session ends", html_table(("Name", "On the page", "Result and webhook"), outcomes) + PAGE_TEXT),
        ("Capa: errors", html_table(("Row", "Status", "Code", "Message", "Where"), rows)),
        ("Capa: control", html_table(("Request", "Body", "Effect"), control) + _defaults()),
        ("Capa: looser than the contract, on purpose", html_list(LOOSENESS)),
    ]


def _steps(results: tuple[str, ...]) -> str:
    steps = [f"{html_code('IN_PROGRESS')} {html_code(SUBMITTED_EVENT)}"]
    steps += [f"{html_code(result)} {html_code(EVENTS[result])}" for result in results]
    return ", then ".join(steps)


def _defaults() -> str:
    return f"<p>Settings at first: {', '.join(html_code(f'{name} {value}') for name, value in DEFAULTS.items())}.</p>"


KEYS_TEXT = """
<p>The keys and webhook secrets are in <code>keys.json</code> of the state directory, under <code>capa_partner</code>
and <code>further</code>.</p>
"""
PAGE_TEXT = """
<p>Who opens a link presses Start, fills in the form or presses Use sample data, chooses the end and submits. The first
result comes after the short review, the second after the long one.</p>
"""
