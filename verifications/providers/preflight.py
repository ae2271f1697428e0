"""Everything the contracts say about a submission, checked before a byte leaves; no call is made.

One function per provider, both of the type ``Preflight``. ``field`` of a problem is the ``SubmissionMetadata`` member
(dotted inside names, addresses and lists), a file slot, or ``user_id``, ``method``, ``type``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verifications.marking import Filled
from verifications.marking import gettext_noop as _
from verifications.providers.preflight_files import check_files
from verifications.providers.preflight_users import (
    check_user_id,
    check_user_profile,
    is_missing,
    member_of,
)
from verifications.providers.preflight_values import (
    check_birth_date,
    check_country,
    check_expiration,
    check_json,
    check_text,
    check_verified_at,
    check_word,
)
from verifications.providers.provider_rules import (
    KRAKEN_EMBED,
    PAYWARD_SERVICES,
    Members,
    ProviderRules,
    metadata_members,
)
from verifications.providers.types import AccountOptions, FileFacts, Problem, SubmissionMetadata
from verifications.providers.vocabulary import (
    DOCUMENT_TYPES,
    SCREENING_STATUSES,
    SELFIE_TYPES,
    TAX_ID_TYPES,
    WATCHLIST_REQUIREMENTS,
    values,
)

__all__ = [
    "check_user_id",
    "check_user_profile",
    "metadata_members",
    "preflight_kraken_embed",
    "preflight_payward_services",
]

_COUNTRIES = frozenset({"issuing_country", "nationality", "country"})
_TEXTS = frozenset({
    "first_name", "middle_name", "last_name", "document_number", "line1", "line2", "city", "province", "postal_code",
    "verifier", "external_verification_id",
})  # fmt: skip


def preflight_kraken_embed(  # noqa: PLR0917
    method: str,
    user_id: str,
    metadata: SubmissionMetadata,
    files: Sequence[FileFacts],
    options: AccountOptions,
    now: dt.datetime,
) -> list[Problem]:
    """Check a submission to Kraken Embed; an empty list means that it may go."""
    return _Submission(KRAKEN_EMBED, method, metadata, now).problems(user_id, files, options)


def preflight_payward_services(  # noqa: PLR0917
    method: str,
    user_id: str,
    metadata: SubmissionMetadata,
    files: Sequence[FileFacts],
    options: AccountOptions,
    now: dt.datetime,
) -> list[Problem]:
    """Check a submission to Payward Services; an empty list means that it may go."""
    return _Submission(PAYWARD_SERVICES, method, metadata, now).problems(user_id, files, options)


@dataclass(frozen=True)
class _Submission:
    """What all checks of one submission look at."""

    rules: ProviderRules
    method: str
    metadata: SubmissionMetadata
    now: dt.datetime

    def problems(self, user_id: str, files: Sequence[FileFacts], options: AccountOptions) -> list[Problem]:
        rules, kind = self.rules, self.metadata.type
        found = [problem] if (problem := check_user_id(user_id, rules.kind)) else []
        if self.method not in rules.methods:
            message: str = Filled(
                _("%(provider)s does not take documents this way. Choose another method."), provider=rules.label
            )
            found.append(Problem("method", message, rules.cite_method))
        if kind not in rules.members:
            text = Filled(_("%(provider)s has no such kind of verification."), provider=rules.label)
            return [*found, Problem("type", text, rules.cite_type)]
        if kind not in options.enabled_types:
            message = _(
                "This kind of verification is switched off for this account until the provider has confirmed it. "
                "An administrator can switch it on."
            )
            found.append(Problem("type", message, rules.cite_type))
        if kind == "watchlists":
            found += self._watchlists()
        else:
            found += self._members(rules.members[kind], self.metadata, prefix="")
        return found + check_files(rules, self.method, self.metadata, files, options)

    def _watchlists(self) -> list[Problem]:
        given = [name for name in WATCHLIST_REQUIREMENTS if getattr(self.metadata, name) is not None]
        if not given:
            return [Problem("sanctions", _("Fill in at least one of the three lists."), self.rules.cite_metadata)]
        return [
            problem
            for name in given
            for problem in self._members(self.rules.screening_members, getattr(self.metadata, name), prefix=f"{name}.")
        ]

    def _members(self, members: Members, source: Any, *, prefix: str) -> list[Problem]:
        problems: list[Problem] = []
        for name, needed in members:
            value = member_of(source, name)
            if name != "verifier_response" and is_missing(value):
                if needed:
                    problems.append(Problem(prefix + name, _("Fill this in."), self.rules.cite_metadata))
            elif value is not None:
                found = self._member(name, value, source, field=prefix + name)
                problems += [found] if found else []
        return problems

    def _member(self, name: str, value: Any, source: Any, *, field: str) -> Problem | None:
        rule = self.rules.cite_metadata
        last = name.rpartition(".")[2]
        words = {
            "document_type": DOCUMENT_TYPES.get(self.metadata.type, ()),
            "selfie_type": SELFIE_TYPES,
            "tax_id_type": TAX_ID_TYPES,
            "status": SCREENING_STATUSES,
        }
        if last in words:
            return check_word(field, value, values(words[last]), rule=rule)
        if last in _COUNTRIES:
            return check_country(field, value, rule=self.rules.cite_countries)
        if last == "date_of_birth":
            return check_birth_date(field, value, today=self.now.date(), rule=rule)
        if last == "verified_at":
            return check_verified_at(field, value, now=self.now, rule=rule)
        if last == "expiration_date":
            checked_at = source.verified_at
            checked_on = checked_at.date() if isinstance(checked_at, dt.datetime) else self.now.date()
            return check_expiration(field, value, checked_on=checked_on, rule=rule)
        if last == "verifier_response":
            return check_json(field, value, rule=rule)
        return check_text(field, value, rule=rule) if last in _TEXTS else None
