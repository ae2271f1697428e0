"""What is checked before a link is asked for; no call is made. The rules are ``providers.preflight_links``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from verifications.enums import LinkKind, ProviderUserStatus
from verifications.errors import FieldProblem, NotAllowed, PreflightFailed
from verifications.models import Customer, KycLink, ProviderAccount, ProviderUser
from verifications.providers.link_types import COUNTRIES
from verifications.providers.preflight_links import check_link, check_link_user
from verifications.providers.types import Problem
from verifications.selectors.marked_words import marked_words
from verifications.services.link_records import own_host, return_address
from verifications.services.provider_accounts import account_options
from verifications.services.sealed_values import open_value

FIELD_NAMES = {"redirect_uri": "app_return", "kind": "customer"}
LONGEST_APP_RETURN = KycLink._meta.get_field("app_return").max_length or 0
SAMPLE_TOKEN = "x" * 22


@dataclass(frozen=True)
class LinkData:
    """What an administrator chooses for a link. An empty ``app_return`` brings the customer back to the portal."""

    country: str
    app_return: str = ""

    def tidied(self) -> LinkData:
        return replace(self, country=self.country.strip().upper(), app_return=self.app_return.strip())


def check_request(
    *, customer: Customer, account: ProviderAccount, kind: LinkKind, data: LinkData, needs_user: bool
) -> None:
    """Raise ``PreflightFailed`` naming everything that Capa would refuse; the e-mail counts while there is no user."""
    problems = _address_problems(account, kind, data)
    if needs_user:
        email = open_value(customer, "email")
        problems += _fields(check_link_user(kind=kind, customer_kind=customer.kind, email=email))
        if _email_is_taken(customer, account):
            message = _(
                "Another customer's user at this account has this e-mail address, and Capa takes each "
                "address once. Enter this customer's own address."
            )
            problems.append(FieldProblem("email", message, "Capa 5 (C1)"))
    if problems:
        raise PreflightFailed(problems)


def check_address(*, account: ProviderAccount, kind: LinkKind, data: LinkData) -> None:
    """Raise ``NotAllowed`` when the account no longer allows what the link before this one was made with."""
    problems = _address_problems(account, kind, data)
    if problems:
        told = " ".join(marked_words(problem.message) for problem in problems)
        raise NotAllowed(
            _("%(told)s The link is as it was; cancel this verification to make another one.") % {"told": told}
        )


def _address_problems(account: ProviderAccount, kind: LinkKind, data: LinkData) -> list[FieldProblem]:
    options = account_options(account)
    problems = _fields(
        check_link(
            kind=kind,
            country=data.country,
            enabled_countries=options.enabled_countries or COUNTRIES,
            redirect_uri=data.app_return or return_address(SAMPLE_TOKEN),
            own_host=own_host(),
            app_schemes=options.app_schemes,
        )
    )
    if len(data.app_return) > LONGEST_APP_RETURN:
        message = _("Use at most %(most)s characters for the app's address.") % {"most": LONGEST_APP_RETURN}
        problems.append(FieldProblem("app_return", message, "Capa 7"))
    elif data.app_return and _is_web(data.app_return):
        message = _("Enter an app's address such as myapp://return, or leave this empty to return to the portal.")
        problems.append(FieldProblem("app_return", message, "Capa 7"))
    return problems


def _is_web(address: str) -> bool:
    """A web address of the portal's own is made for each link; another one is nobody's return."""
    try:
        return urlsplit(address).scheme in ("http", "https")
    except ValueError:
        return False


def _email_is_taken(customer: Customer, account: ProviderAccount) -> bool:
    if not customer.email_hash:
        return False
    others = ProviderUser.objects.filter(account=account, customer__email_hash=customer.email_hash)
    return others.exclude(customer=customer).exclude(status=ProviderUserStatus.REFUSED).exists()


def _fields(problems: list[Problem]) -> list[FieldProblem]:
    return [
        FieldProblem(FIELD_NAMES.get(one.field, one.field), marked_words(one.message), one.rule) for one in problems
    ]
