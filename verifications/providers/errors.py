"""What can come of a call that did not succeed: four errors, and each one says what may happen next.

==========================  =====================================  ==========================
error                       what is known                          what the portal does next
==========================  =====================================  ==========================
``ProviderRefused``         the provider read it and said no       stop, show, a person changes something
``ProviderUnavailable``     nothing was processed                  try again later
``OutcomeUnknown``          bytes left, no usable answer came      never repeat blindly, reconcile
``ProviderProtocolError``   account or contract is wrong           stop the account's calls, a person looks
==========================  =====================================  ==========================

Messages are for people and never hold a secret, a signed address or personal data.
"""

from __future__ import annotations


class ProviderError(Exception):
    """Base of the four. ``code`` is the provider's own code or a short word of ours, ``http_status`` what came back."""

    def __init__(self, message: str, *, code: str = "", http_status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.http_status = http_status


class ProviderRefused(ProviderError):
    """The provider understood this request and said no (400, 404, 409, 413, 415, 422). Repeating it will not help."""


class ProviderUnavailable(ProviderError):
    """Nothing was processed: no connection, 429, 503 (Kraken Embed), or a nonce that came too late. Safe to repeat.

    ``retry_after`` is the least number of seconds to wait, when the provider said one.
    ``fresh_nonce`` says that the same request may go again at once under a new nonce.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        http_status: int | None = None,
        retry_after: float | None = None,
        fresh_nonce: bool = False,
    ) -> None:
        super().__init__(message, code=code, http_status=http_status)
        self.retry_after = retry_after
        self.fresh_nonce = fresh_nonce


class OutcomeUnknown(ProviderError):
    """Bytes left and the answer was lost, late (408), a 5xx other than 503, or unreadable. Never repeated blindly."""


class ProviderProtocolError(ProviderError):
    """Credentials or permission refused (401, 403), or an answer the contract does not know: a person must look."""
