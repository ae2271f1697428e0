"""OAuth2 client credentials of Transmit Security. Contract: transmit-verify 3; errors in the words of RFC 6749, 5.2."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from urllib.parse import parse_qsl

from werkzeug.wrappers import Response

from .api import Call, Sandbox
from .errors import ApiError
from .signed_api import json_response
from .transmit_store import TransmitStore

API = "transmit_verify"
AUDIENCE = "https://verify.identity.security"
OLD_AUDIENCE = "userid-api"
SCOPE = "openid"
NOT_CACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
MAX_FIELDS = 50


def issue_token(sandbox: Sandbox, sessions: TransmitStore, call: Call) -> Response:
    """A new token for a good form, or an error in the shape of RFC 6749."""
    form = _form(call)
    if form is None or "grant_type" not in form:
        return _refusal("invalid_request", "The request is malformed or lacks a parameter.")
    key = sandbox.keys.get(form.get("client_id", ""))
    given = form.get("client_secret", "").encode()
    if key is None or key.api != API or not hmac.compare_digest(key.secret.encode(), given):
        return _refusal("invalid_client", "Client authentication failed.", status=401)
    if key.role == "disabled":
        return _refusal("unauthorized_client", "The client may not use this grant type.")
    if form["grant_type"] != "client_credentials":
        return _refusal("unsupported_grant_type", "Only client_credentials is offered.")
    if form.get("resource", AUDIENCE) != AUDIENCE:
        return _refusal("invalid_target", "The resource is not known.")
    audience = AUDIENCE if "resource" in form else OLD_AUDIENCE
    seconds = sandbox.config.token_seconds
    token = _jwt(call, client_id=key.key_id, audience=audience, seconds=seconds)
    sessions.add_token(token, client_id=key.key_id, audience=audience, expires_at=call.now + seconds)
    answer = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(seconds) if seconds == int(seconds) else seconds,
        "scope": SCOPE,
    }
    response = json_response(answer)
    response.headers.update(NOT_CACHED)
    return response


def check_bearer(sandbox: Sandbox, sessions: TransmitStore, call: Call) -> str:
    """The client id behind the token of a call, or ApiError 401."""
    scheme, _, token = call.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiError(401, "no_token")
    known = sessions.token(token.strip())
    if known is None or known["revoked"] or known["expires_at"] <= call.now:
        raise ApiError(401, "bad_token")
    if known["audience"] != AUDIENCE:
        raise ApiError(401, "audience")
    key = sandbox.keys.get(known["client_id"])
    if key is None or key.role != "main":
        raise ApiError(401, "bad_token")
    return key.key_id


def _form(call: Call) -> dict[str, str] | None:
    """The fields of the form, or None for another content type, a field that comes twice or bytes that are no text."""
    if call.request.mimetype != "application/x-www-form-urlencoded":
        return None
    try:
        pairs = parse_qsl(
            call.body.file.read().decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        return None
    form = dict(pairs)
    return form if len(form) == len(pairs) else None


def _refusal(error: str, description: str, *, status: int = 400) -> Response:
    response = json_response({"error": error, "error_description": description}, status=status)
    response.headers.update(NOT_CACHED)
    return response


def _jwt(call: Call, *, client_id: str, audience: str, seconds: float) -> str:
    """Three parts with the documented claims. The signature is random: what counts is that it was issued here."""
    header = {"alg": "RS256", "typ": "JWT", "kid": "stand-in"}
    claims = {
        "sub": client_id,
        "client_id": client_id,
        "iss": call.request.host_url.rstrip("/"),
        "iat": int(call.now),
        "exp": int(call.now + seconds),
        "aud": audience,
        "scope": SCOPE,
        "role": "verify",
        "roles": ["verify"],
        "app_id": "stand-in-app",
        "app_name": "Stand-in",
        "tid": "stand-in-tenant",
    }
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), secrets.token_bytes(256)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode("ascii") for part in parts)
