"""The words of the hosted pages. Every page says that nothing here is real."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .transmit_flow import ERROR, RECAPTURE

PHOTOS = {
    "document_front": ("Front of the document", "environment", "The side with your portrait, flat and in good light."),
    "document_back": ("Back of the document", "environment", "The other side of the same document."),
    "selfie": ("Selfie", "user", "Your face, straight ahead, with nothing covering it."),
}
OUTCOMES = {
    "ALLOW": "Allow: every check passes",
    "CHALLENGE": "Challenge: one check does not pass",
    "DENY": "Deny: high likelihood of fraud",
    RECAPTURE: "Photos must be taken again, once",
    ERROR: "Error: the session fails",
}


def consent(token: str, *, problem: str) -> str:
    return _page(
        "Verify your identity",
        f"""{_problem(problem)}
<p>You will be asked for photos of an identity document and of your face. They are compared with each other and kept by
this stand-in, on this machine.</p>
<p class="desk">On a computer the real page shows a code to go on with a phone. This one has none: go on here.</p>
<form method="post" action="{_address(token, "consent")}">
<fieldset><legend>Your document</legend>
<label><input type="radio" name="document" value="card" checked> Identity card or licence, two sides</label>
<label><input type="radio" name="document" value="passport"> Passport, one page</label>
</fieldset>
<p class="buttons"><button name="answer" value="agree">Agree and continue</button>
<button class="quiet" name="answer" value="decline">Decline</button></p>
</form>""",
    )


def declined(token: str) -> str:
    return _page(
        "You declined",
        f"""<p>No photos were taken. You may close this page.</p>
<form method="post" action="{_address(token, "consent")}">
<p class="buttons"><button class="quiet" name="answer" value="again">Change my mind</button></p>
</form>""",
    )


def photo(token: str, *, missing: Sequence[str], problem: str, again: bool) -> str:
    """Asks for the first of ``missing``."""
    title, camera, hint = PHOTOS[missing[0]]
    left = "This is the last photo." if len(missing) == 1 else f"{len(missing)} photos are still needed."
    retake = "<p>The photos could not be used. Please take them again.</p>" if again else ""
    return _page(
        title,
        f"""{_problem(problem)}{retake}
<p>{hint} {left}</p>
<form method="post" action="{_address(token, "photo")}" enctype="multipart/form-data">
<input type="hidden" name="type" value="{missing[0]}">
<label for="photo">Photo, as JPEG</label>
<input id="photo" type="file" name="photo" accept="image/jpeg" capture="{camera}" required>
<p class="buttons"><button>Upload photo</button></p>
</form>
<form method="post" action="{_address(token, "samples")}">
<p class="buttons"><button class="quiet">Use sample pictures</button></p>
<p class="small">For testers: fills in every photo that is missing with a drawn specimen.</p>
</form>""",
    )


def outcome(token: str, *, chosen: str, first: bool, problem: str) -> str:
    """The tester's choice; a second round of photos is offered only the ``first`` time."""
    choices = "".join(
        f'<label><input type="radio" name="outcome" value="{value}"{" checked" if value == chosen else ""}> '
        f"{words}</label>\n"
        for value, words in OUTCOMES.items()
        if first or value != RECAPTURE
    )
    return _page(
        "Photos complete",
        f"""{_problem(problem)}
<p>In life the checks decide now. Here you do.</p>
<form method="post" action="{_address(token, "outcome")}">
<fieldset><legend>Choose what the checks say</legend>
{choices}</fieldset>
<p class="buttons"><button>Start checking</button></p>
</form>""",
    )


def checking(token: str) -> str:
    return _page(
        "Checking",
        f"""<p role="status">The photos are being checked. This page goes on by itself.</p>
<p><a href="{_address(token)}">Look again now</a></p>""",
    )


def message(title: str, words: str) -> str:
    return _page(title, f"<p>{escape(words)}</p>")


def _address(token: str, step: str = "") -> str:
    return escape(f"/verify/app/{token}" + (f"/{step}" if step else ""))


def _problem(text: str) -> str:
    return f'<p class="problem" role="alert">{escape(text)}</p>' if text else ""


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - stand-in of the provider</title>
<link rel="stylesheet" href="/verify/assets/hosted.css">
</head>
<body>
<header><p>Stand-in of the provider: nothing here is real</p></header>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""
