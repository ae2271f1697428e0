"""Capa's errors: every row of the contract's table, and the layouts they come in. Contract: capa-partner 8.

The layout of an error is not documented, so the stand-in takes turns among the layouts that were ever seen.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from .errors import ApiError


@dataclass(frozen=True)
class Row:
    """One row: what is answered, and the operations that the table names for it."""

    status: int
    code: str | None
    message: str
    where: str


ROWS = {
    "key_missing": Row(401, "UNAUTHORIZED", "API Key is missing", "all"),
    "key_malformed": Row(401, "UNAUTHORIZED", "Invalid API Key format", "all"),
    "key_unknown": Row(401, "UNAUTHORIZED", "Invalid API Key", "all"),
    "partner_missing": Row(401, "UNAUTHORIZED", "Partner information is required for this operation", "C2-C5"),
    "user_not_associated": Row(401, "UNAUTHORIZED", "User is not associated with the partner", "C2-C5"),
    "invalid_partner_flow": Row(403, "INVALID_PARTNER_FLOW", "The partner has an invalid flow.", "all"),
    "invalid_user_input": Row(400, "INVALID_USER_INPUT_ERROR", "Invalid User Input", "C1-C3, C6, C7"),
    "email_not_valid": Row(400, "BAD_REQUEST", "Provided email is not valid", "C1"),
    "kyc_for_business": Row(
        400, "INVALID_VERIFICATION_TYPE_FOR_USER", "BUSINESS users can only request KYB verification", "C2"
    ),
    "kyb_for_individual": Row(
        400, "INVALID_VERIFICATION_TYPE_FOR_USER", "INDIVIDUAL users can only request KYC verification", "C3"
    ),
    "kyc_template_not_configured": Row(
        400, "KYC_TEMPLATE_NOT_CONFIGURED_ERROR", "KYC template not configured for {country}", "C2"
    ),
    "kyb_template_not_configured": Row(
        400, "KYB_TEMPLATE_NOT_CONFIGURED_ERROR", "KYB template not configured for {country}", "C3"
    ),
    "user_not_found": Row(404, "NOT_FOUND_ERROR", "Requested User was not found", "C2, C3"),
    "kyc_not_found": Row(404, "NOT_FOUND_ERROR", "Requested KYC verification was not found", "C4 (inferred)"),
    "kyb_not_found": Row(404, "NOT_FOUND_ERROR", "Requested KYB verification was not found", "C5"),
    "notification_not_found": Row(404, "NOT_FOUND", "Webhook notification not found", "C8, C9"),
    "retry_not_failed": Row(409, None, "Only failed notifications can be retried", "C9"),
    "retries_used_up": Row(409, None, "The manual retries of this notification are used up", "C9"),
    "retries_too_fast": Row(429, None, "Too many manual retries", "C9"),
    "user_creation_failed": Row(500, "INTERNAL_SERVER_ERROR", "User creation failed", "C1"),
    "link_failed": Row(500, "INTERNAL_SERVER_ERROR", "Failed to create verification link", "C2, C3"),
    "kyc_details_failed": Row(500, "INTERNAL_SERVER_ERROR", "Failed to get user KYC details", "C4 (inferred)"),
    "kyb_details_failed": Row(500, "INTERNAL_SERVER_ERROR", "Failed to get user KYB details", "C5"),
    "duplicate_400": Row(400, "BAD_REQUEST", "User already exists", "C1 (not documented)"),
    "duplicate_409": Row(409, "CONFLICT", "User already exists", "C1 (not documented)"),
    "duplicate_500": Row(500, "INTERNAL_SERVER_ERROR", "User creation failed", "C1 (not documented)"),
    "too_many_requests": Row(429, None, "Too Many Requests", "all (no Retry-After)"),
}
# What the faults that all APIs share are called here.
KINDS: dict[str, tuple[str, str]] = {
    "arguments": ("INVALID_USER_INPUT_ERROR", "Invalid User Input"),
    "invalid_key": ("UNAUTHORIZED", "Invalid API Key"),
    "permission": ("INVALID_PARTNER_FLOW", "The partner has an invalid flow."),
    "no_user": ("NOT_FOUND_ERROR", "Requested User was not found"),
    "no_route": ("NOT_FOUND", "Cannot find this resource"),
    "method": ("METHOD_NOT_ALLOWED", "Method Not Allowed"),
    "timeout": ("REQUEST_TIMEOUT", "Request Timeout"),
    "conflict": ("CONFLICT", "Conflict"),
    "too_large": ("PAYLOAD_TOO_LARGE", "request entity too large"),
    "media_type": ("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type"),
    "rate_limit": ("TOO_MANY_REQUESTS", "Too Many Requests"),
    "internal": ("INTERNAL_SERVER_ERROR", "Internal server error"),
    "unavailable": ("SERVICE_UNAVAILABLE", "Service Unavailable"),
}
UNAUTHORIZED_KIND = ("UNAUTHORIZED", "Unauthorized")


@dataclass
class CapaError(ApiError):
    """A refusal with Capa's own code and words. ``layout`` fixes one layout, else they take turns."""

    code: str | None = None
    message: str | list[str] = ""
    layout: str | None = None


def refusal(row: str, *details: str, **words: str) -> CapaError:
    """The error of a row; ``details`` replace its words by a list of them, ``words`` fill its placeholders."""
    found = ROWS[row]
    message = found.message.format(**{"country": "this country"} | words)
    return CapaError(found.status, row, code=found.code, message=[message, *details] if details else message)


def worded(error: ApiError) -> CapaError:
    """Any refusal of the framework in Capa's words."""
    if isinstance(error, CapaError):
        return error
    code, message = KINDS.get(error.kind, UNAUTHORIZED_KIND)
    words: str | list[str] = [message, *error.details] if error.details else message
    return CapaError(error.status, error.kind, headers=error.headers, code=code, message=words)


def _flat(error: CapaError) -> dict[str, Any]:
    return {"statusCode": error.status, "message": error.message, **_given(code=error.code)}


def _nested(error: CapaError) -> dict[str, Any]:
    inner = {**_given(code=error.code), "message": error.message, "id": str(uuid.uuid4())}
    return {"success": False, "error": inner}


def _listed(error: CapaError) -> dict[str, Any]:
    words = error.message if isinstance(error.message, list) else [error.message]
    return {**_given(errorCode=error.code), "message": words}


def _worded(error: CapaError) -> dict[str, Any]:
    return {**_given(error=error.code), "message": error.message}


def _given(**members: str | None) -> dict[str, str]:
    return {name: value for name, value in members.items() if value is not None}


LAYOUTS: dict[str, Callable[[CapaError], dict[str, Any]]] = {
    "flat": _flat,
    "nested": _nested,
    "list": _listed,
    "string": _worded,
}


def error_answer(error: CapaError, *, layout: str) -> Response:
    text = json.dumps(LAYOUTS[error.layout or layout](error), ensure_ascii=False)
    return Response(text, status=error.status, mimetype="application/json", headers=error.headers)
