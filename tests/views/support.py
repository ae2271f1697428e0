"""A small portal full of records, its people, and clients that act as them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.factories import ACTOR, NOON, make_account, make_draft, make_provider_user, make_user
from tests.fakes import FakeProvider
from tests.services.reading_support import unconfirmed
from tests.views.audit_records import asked_question, drawn_sample, running_access
from tests.views.decision_records import waiting_decision
from tests.views.export_records import ready
from tests.views.link_records import delivery, live
from tests.views.note_records import asked, note_on, unapproved_text
from tests.views.session_records import waiting
from verifications.models import (
    ApiKeyLane,
    AuditEngagement,
    AuditQuestion,
    AuditSample,
    Case,
    CaseNote,
    Customer,
    CustomerRequest,
    Decision,
    DecisionReason,
    Document,
    Export,
    KycLink,
    MachineReading,
    MessageTemplate,
    ProviderAccount,
    ProviderCall,
    ProviderNotification,
    ProviderUser,
    SavedView,
    Verification,
    VerificationSession,
)
from verifications.policy.roles import ADMINISTRATOR, AUDITOR, OFFICER
from verifications.services.document_addresses import presigned_address
from verifications.services.provider_calls import deliver_lane
from verifications.services.sealed_values import open_value
from verifications.services.verifications import submit_verification

ROLES = ("anonymous", "nobody", "officer", "administrator", "auditor", "superuser", "disabled")
"""The columns of the access matrix."""
READERS = ("officer", "administrator", "auditor", "superuser")
NAME_OF_ROLE = {"officer": OFFICER, "administrator": ADMINISTRATOR, "auditor": AUDITOR}


@dataclass
class World:
    """One customer with a linked user, an accepted verification with its case and call, and a draft beside it.

    Whatever else a portal holds is made when somebody asks for it; ``whole`` asks for all of it.
    """

    account: ProviderAccount
    customer: Customer
    provider_user: ProviderUser
    sent: Verification
    draft: Verification
    document: Document
    draft_document: Document
    case: Case
    call: ProviderCall

    @cached_property
    def session(self) -> VerificationSession:
        """Of another customer: hosted, and waiting for that customer."""
        return waiting()

    @cached_property
    def link(self) -> KycLink:
        """Of a third customer, who may open it."""
        return live()

    @cached_property
    def delivery(self) -> ProviderNotification:
        return delivery(self.link.account)

    @cached_property
    def reading(self) -> MachineReading:
        """Of the zone of the accepted verification; its names wait for a person."""
        return unconfirmed(self.sent)

    @cached_property
    def decision(self) -> Decision:
        """Of a fourth customer, made by an officer: it waits for its second person."""
        return waiting_decision()

    @cached_property
    def note(self) -> CaseNote:
        """On the case, written by an officer."""
        return note_on(self.case)

    @cached_property
    def request(self) -> CustomerRequest:
        """Of a fifth customer, by message."""
        return asked()

    @cached_property
    def template(self) -> MessageTemplate:
        """Waits for its approval."""
        return unapproved_text()

    @cached_property
    def engagement(self) -> AuditEngagement:
        """Of an auditor from outside, who has access now."""
        return running_access()

    @cached_property
    def sample(self) -> AuditSample:
        """Of all cases there are."""
        return drawn_sample()

    @cached_property
    def question(self) -> AuditQuestion:
        """About the case; nobody answered it."""
        return asked_question(self.case)

    @cached_property
    def export(self) -> Export:
        """Of customers, without personal data; made, and asked for by an auditor."""
        return ready()

    @cached_property
    def colleague(self) -> Any:
        """A person without a role, for the admin's pages about people."""
        return make_user()

    @cached_property
    def saved_view(self) -> SavedView:
        """A colleague's, shared with everybody."""
        return SavedView.objects.create(
            owner=self.colleague, name="Shared", is_shared=True, created_at=NOON, updated_at=NOON
        )

    def whole(self) -> World:
        """With everything in it, before anything is undone."""
        for name, member in vars(World).items():
            if isinstance(member, cached_property):
                getattr(self, name)
        return self

    @property
    def address(self) -> str:
        """A fresh signed address of the document, as a provider gets it; the path alone."""
        url = presigned_address(document=self.document, account=self.account, at=dt.datetime.now(dt.UTC))
        return "/" + url.split("/", 3)[3]


def make_world() -> World:
    account = make_account()
    provider_user = make_provider_user(account=account)
    draft = make_draft(provider_user)
    submit_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)
    deliver_lane(key_id=account.key_id, client_factory=FakeProvider().client)
    ApiKeyLane.objects.get_or_create(key_id=account.key_id)
    sent = Verification.objects.select_related("customer", "case").get(pk=draft.pk)
    other = make_draft(provider_user)
    call = sent.calls.order_by("id").first()
    assert call is not None
    assert sent.case is not None
    return World(
        account=account,
        customer=sent.customer,
        provider_user=provider_user,
        sent=sent,
        draft=other,
        document=sent.documents.get(),
        draft_document=other.documents.get(),
        case=sent.case,
        call=call,
    )


def person(role: str) -> Any:
    """A user of this role; ``disabled`` is an administrator who was switched off, ``nobody`` has no role."""
    if role == "superuser":
        return get_user_model().objects.create_superuser("root", "root@example.org", "correct horse battery")
    if role == "disabled":
        return make_user(ADMINISTRATOR, is_active=False, is_staff=True)
    return make_user(NAME_OF_ROLE.get(role), is_staff=role == "administrator")


def client_as(role: str, **options: Any) -> Client:
    """A signed-in client of a new person of this role; a disabled one was signed in before being switched off."""
    client = Client(**options)
    if role == "anonymous":
        return client
    user = person(role)
    if role == "disabled":
        user.is_active = True
        user.save(update_fields=["is_active"])
        client.force_login(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
    else:
        client.force_login(user)
    client.user = user  # type: ignore[attr-defined]
    return client


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside the block is rolled back after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client: Client, method: str, path: str, **options: Any) -> Any:
    """One request whose effects are undone: on the records, and on the client's own cookies."""
    cookies = client.cookies.output()
    with undone():
        response = client.generic(method, path, **options)
        if response.streaming:
            response.streamed = b"".join(response.streaming_content)  # which closes the file, as a server would
    if client.cookies.output() != cookies:
        client.cookies.clear()
        client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    return response


def routes() -> Iterator[tuple[str, str]]:
    """Every route of the real resolver: (name with namespace, or the pattern where it has none; the pattern)."""
    yield from _walk(get_resolver().url_patterns, "", "")


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[tuple[str, str]]:
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from _walk(entry.url_patterns, pattern, namespace + inner)
        else:
            yield (namespace + entry.name if entry.name else pattern), pattern


def path_of(name: str, pattern: str, world: World, *, missing: bool = False) -> str:
    """The address of a route in this world; ``missing``: with ids of nothing."""
    if name == "verifications:document_address":
        return "/files/forged/front.jpg" if missing else world.address
    if name == pattern:
        return "/" + pattern.replace("<path:object_id>", "1").replace("(?P<url>.*)$", "nothing-here").replace("^", "")
    return reverse(name, kwargs=_arguments(name, pattern, world, missing=missing))


def _arguments(name: str, pattern: str, world: World, *, missing: bool) -> dict[str, Any]:
    fixed = {
        "<str:token>": ("token", open_value(world.session, "handover_token")),
        "<uuid:account_public_id>": ("account_public_id", world.link.account.public_id),
        "<int:page>": ("page", 1),
        "<str:name>": ("name", "manifest.json"),
        "<slug:what>": ("what", _list_name(name)),
        "<slug:run>": ("run", "made-up-run"),
        "<slug:log>": ("log", "audit"),
        "<slug:record>": ("record", "customer"),
        "<slug:field>": ("field", "email"),
        "<path:object_id>": ("object_id", _admin_id(name, world)),
        "<id>": ("id", world.colleague.pk),
        "<path:content_type_id>": ("content_type_id", 1),
        "<int:pk>": ("pk", 1),
        "(?P<app_label>": ("app_label", "verifications"),
        "(?P<key>[-": ("key", "made-up-key"),
        "(?P<uidb36>": ("uidb36", "1"),
        "(?P<key>.+)": ("key", "made-up-key"),
    }
    arguments = {key: value for mark, (key, value) in fixed.items() if mark in pattern}
    if "<uuid:public_id>" in pattern:
        arguments["public_id"] = uuid.UUID(int=4) if missing else _record(name, world).public_id
    return arguments


def _list_name(name: str) -> str:
    """Of the lists behind the numbers of the overview and of the control evidence."""
    if name == "verifications:control_list":
        return "late-cases"
    return "opened" if "cases" in name else "submitted"


def _record(name: str, world: World) -> Any:
    route = name.removeprefix("verifications:")
    if route == "document_remove":
        return world.draft_document
    if route in {"verification_edit", "document_upload", "verification_cancel"}:
        return world.draft
    if route in {"verification_create", "session_create", "kyc_link_create"}:
        return world.customer
    if route == "provider_user_add":
        return world.customer
    if route in {"notification_list", "notification_refresh", "provider_account_webhook"}:
        return world.link.account
    by_noun = {
        "kyc_link": world.link.verification,
        "notification": world.delivery,
        "saved_view": world.saved_view,
        "engagement": world.engagement,
        "audit_sample": world.sample,
        "audit_question": world.question,
        "case": world.case,
        "export": world.export,
        "decision": world.decision,
        "reading": world.reading,
        "note": world.note,
        "customer_request": world.case,
        "request": world.request,
        "message_template": world.template,
        "customer": world.customer,
        "value": world.customer,
        "provider_user": world.provider_user,
        "verification": world.sent,
        "document": world.document,
        "provider_account": world.account,
        "provider_call": world.call,
        "session": world.session,
        "reconciliation": world.sent,
    }
    noun = max((noun for noun in by_noun if route.startswith(noun)), key=len)
    return by_noun[noun]


def _admin_id(name: str, world: World) -> int:
    records = {
        "customer": world.customer,
        "provideraccount": world.account,
        "provideruser": world.provider_user,
        "verification": world.sent,
        "case": world.case,
        "decisionreason": DecisionReason.objects.order_by("pk").first(),
        "apikeylane": ApiKeyLane.objects.get(key_id=world.account.key_id),
    }
    for noun, record in records.items():
        if f"verifications_{noun}_" in name:
            return int(record.pk)
    return int(world.colleague.pk)


def pages(world: World, *, also: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """(route, address) of every route that answers a GET with a page or a file."""
    return [(name, path_of(name, pattern, world)) for name, pattern in routes()] + [(path, path) for path in also]


def body_of(response: Any) -> bytes:
    """The whole answer, streamed or not."""
    return b"".join(response.streaming_content) if response.streaming else response.content
