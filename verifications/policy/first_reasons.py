"""The reasons for decisions that a new installation starts with. An organisation changes them and adds its own."""

from __future__ import annotations

from verifications.enums import DecisionOutcome
from verifications.marking import gettext_noop

FIRST_REASONS: dict[DecisionOutcome, tuple[tuple[str, str], ...]] = {
    DecisionOutcome.APPROVE: (
        ("identity-confirmed", gettext_noop("Identity confirmed, nothing against the customer")),
        ("differences-explained", gettext_noop("Differences found and explained")),
        ("name-change-documented", gettext_noop("Name change, documented")),
        ("false-watch-list-match", gettext_noop("Watch-list match is another person")),
        ("second-document-confirms", gettext_noop("Confirmed by a second document")),
        ("review-without-findings", gettext_noop("Review without new findings")),
    ),
    DecisionOutcome.DECLINE: (
        ("identity-not-confirmed", gettext_noop("Identity not confirmed")),
        ("document-not-genuine", gettext_noop("Document not genuine, or altered")),
        ("document-of-another-person", gettext_noop("Document belongs to another person")),
        ("watch-list-match", gettext_noop("Confirmed watch-list match")),
        ("outside-risk-appetite", gettext_noop("Outside the risk appetite")),
        ("customer-did-not-answer", gettext_noop("Customer did not answer")),
    ),
    DecisionOutcome.ASK_FOR_MORE: (
        ("document-unreadable", gettext_noop("Document can't be read")),
        ("document-expired", gettext_noop("Document has expired")),
        ("wrong-document", gettext_noop("Wrong kind of document")),
        ("address-not-proved", gettext_noop("Address not proved")),
        ("data-does-not-match", gettext_noop("Data does not match the document")),
        ("information-missing", gettext_noop("Information is missing")),
    ),
    DecisionOutcome.ESCALATE: (
        ("watch-list-unclear", gettext_noop("Watch-list match that is not clear")),
        ("politically-exposed", gettext_noop("Politically exposed person")),
        ("high-risk-country", gettext_noop("High-risk country")),
        ("suspected-forgery", gettext_noop("Suspected forgery")),
        ("unclear-ownership", gettext_noop("Ownership or control is not clear")),
        ("beyond-my-mandate", gettext_noop("Beyond my mandate")),
    ),
}
"""Outcome -> (code, label)."""
