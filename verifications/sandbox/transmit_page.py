"""What the page at ``/`` says about the stand-in of Transmit Security."""

from __future__ import annotations

from .page import html_code, html_list, html_table, html_text
from .transmit_feedback import BY_WIDTH, RESTRICTED, UNDOCUMENTED

RESULTS = (
    ("In the request", "mock_behavior", "recommendation, processing_time, force_retry and info, as documented."),
    ("In the request", "external_user_id holds PASSPORT", "No reverse side is asked for; so does a mocked passport."),
    ("On the hosted page", "Choose what the checks say", "ALLOW, CHALLENGE, DENY, photos again once, or error."),
    ("By control", "POST /_sandbox/sessions", "Any status and result, documented or not; the page's Control table."),
)
CONTROL = (
    (
        "POST /_sandbox/sessions",
        '{"latest": true, "set": {"status": "complete", "recommendation": "DENY", "checks": {}, "person": {}, '
        '"document": {}, "result": {"more": 1}, "without": ["verification_images"], "shape": "deprecated", '
        '"expires_in": -1, "accept_images": false}}',
        "Force what one session answers; every member of set is optional, session_id in place of latest. A status "
        "stays until it is set again. result goes over the top of the result, without takes members out of it; both "
        "count once the session is complete, without also before. shape: current, deprecated or asked. "
        "accept_images false: 409 for images after a recapture.",
    ),
    ("GET /_sandbox/sessions", "", "Every session: status, ids, consent, and the images with SHA-256 and size."),
    ("POST /_sandbox/tokens/revoke", "{}", "Every token issued so far is answered with 401 from now on."),
)
LOOSENESS = (
    "A session may be created without a body, as one sample of the vendor does.",
    "Create answers 200 and 201 in turns, and complete of an added image comes as boolean and as text in turns.",
    "Error bodies take turns: message as text, message as list, with ts_error_code, nothing at all.",
    "Images of an unknown or deleted session: 200 with an empty list, as no 404 is documented there.",
    "A result asked for without detailed comes in the deprecated shape.",
    "A token asked for without resource is issued, and refused by the verify API with 401.",
    "A session past its expiration keeps the status it had; it takes no images, and its hosted page says so.",
    "Images are added only to a session created with start (or auto_start); others answer 400.",
    "The hosted page shows no QR code, and a declined consent leaves the session in capturing.",
)


def sections() -> list[tuple[str, str]]:
    """Title and HTML of each section."""
    widths = [
        (html_code(width), html_code(feedback), html_text(_remark(feedback))) for width, feedback in BY_WIDTH.items()
    ]
    return [
        (
            "Transmit Security: results",
            html_table(("Where", "How", "What"), [tuple(map(html_text, row)) for row in RESULTS]),
        ),
        (
            "Transmit Security: feedback to images",
            "<p>A JPEG of one of these widths, of any height, is answered with the feedback beside it; every other "
            "picture with <code>ok</code>. An <code>image_id</code> such as <code>feedback-blur-1</code> does the same."
            "</p>" + html_table(("Width", "Feedback", "Remark"), widths),
        ),
        (
            "Transmit Security: control",
            html_table(
                ("Request", "Body", "Effect"),
                [
                    (html_code(request), html_code(body) if body else "", html_text(effect))
                    for request, body, effect in CONTROL
                ],
            ),
        ),
        ("Transmit Security: looser than the contract, or open there", html_list(LOOSENESS)),
    ]


def _remark(feedback: str) -> str:
    return {RESTRICTED: "Also sends custom_feedback.", UNDOCUMENTED: "Not a documented value."}.get(feedback, "")
