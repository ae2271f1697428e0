"""The German of the portal: every text has it, places and tags are kept, and pages show it to whoever chose it."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.template import Context, Template
from django.utils.translation import ngettext, override
from django.utils.translation.template import templatize

from tests.factories import ACTOR, NOON
from tests.services.decision_support import again, answered_case
from tests.services.delivery_writes import proposed
from tests.services.request_support import ask
from tests.views.decision_records import answered
from tests.views.queue_support import make_case
from tests.views.support import client_as
from verifications.models import AuditEvent, PersonSettings
from verifications.providers.countries import COUNTRIES
from verifications.providers.preflight_links import check_link_user
from verifications.providers.preflight_values import check_text
from verifications.selectors.countries import country_choices
from verifications.selectors.extracted_values import label_of
from verifications.selectors.marked_words import actor_words, marked_words, quoted
from verifications.services.request_sending import send_request
from verifications.services.sealed_values import open_value

BASE = Path(settings.BASE_DIR)
CATALOGUE = BASE / "locale/de/LC_MESSAGES/django.po"
NOT_OURS = {".venv", "sandbox", "tests", "benchmarks", "docs", "var", "staticfiles"}
DRAWN_FOR_DESIGN = {"templates/style.html", "templates/components/style"}
PLACE = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?[a-z][^>]*>|&\w+;")
PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy"}
PLURAL_WITH_CONTEXT = {"npgettext", "npgettext_lazy"}
IN_TEMPLATE = re.compile(
    r"""\b(_|gettext|ngettext|pgettext|npgettext)\(((?:\s*,?\s*u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))+)""",
    re.DOTALL,
)
TEXT = re.compile(r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.DOTALL)

Found = tuple[str, str, str]
"""Context, text, and the text for many; empty where there is none."""


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def ours(ending: str) -> Iterator[Path]:
    for path in sorted(BASE.rglob(f"*{ending}")):
        inside = path.relative_to(BASE)
        left_out = any(str(inside).startswith(one) for one in DRAWN_FOR_DESIGN)
        if not left_out and not any(part.startswith(".") or part in NOT_OURS for part in inside.parts):
            yield path


def found(name: str, texts: list[str]) -> Found | None:
    if name in PLAIN and texts:
        return "", texts[0], ""
    if name in PLURAL and len(texts) > 1:
        return "", texts[0], texts[1]
    if name in WITH_CONTEXT and len(texts) > 1:
        return texts[0], texts[1], ""
    if name in PLURAL_WITH_CONTEXT and len(texts) > 2:
        return texts[0], texts[1], texts[2]
    return None


def texts_of_code(path: Path) -> Iterator[Found]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    imports = [one for node in nodes if isinstance(node, ast.ImportFrom) for one in node.names]
    names = {one.asname: one.name for one in imports if one.asname and one.asname != "_"}
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        name = names.get(name, name)
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if text := found(name, texts):
            yield text


def texts_of_template(path: Path) -> Iterator[Found]:
    for name, arguments in IN_TEMPLATE.findall(templatize(path.read_text(), origin=str(path))):
        if text := found(name, [ast.literal_eval(one) for one in TEXT.findall(arguments)]):
            yield text


def used() -> set[Found]:
    texts = {text for path in ours(".py") for text in texts_of_code(path)}
    texts |= {text for path in ours(".html") for text in texts_of_template(path)}
    texts |= {text for path in (BASE / "templates").rglob("*.txt") for text in texts_of_template(path)}
    return {text for text in texts if text[1]}


def forms_of(entry: polib.POEntry) -> list[tuple[str, str]]:
    """(English, German) of an entry; both forms where it has two."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [(entry.msgid, entry.msgstr_plural[0]), (entry.msgid_plural, entry.msgstr_plural[1])]


def test_every_text_of_the_portal_is_in_the_catalogue_and_nothing_else(catalogue: polib.POFile) -> None:
    """Run ``make messages`` and translate what is empty, when this names a text."""
    kept = {(entry.msgctxt or "", entry.msgid, entry.msgid_plural) for entry in catalogue}
    # gettext keeps one entry for a text that is used with a plural and without one.
    both = {(context, text) for context, text, plural in kept if plural}
    texts = {text for text in used() if text[2] or text[:2] not in both}

    assert len(texts) > 2500
    assert texts - kept == set()
    assert kept - texts == set()


def test_every_text_is_translated_and_no_guess_is_left(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []
    assert [entry.msgid for entry in catalogue if entry.fuzzy] == []
    assert catalogue.obsolete_entries() == []


def test_every_place_and_tag_stands_in_the_german_too(catalogue: polib.POFile) -> None:
    changed = []
    for entry in catalogue:
        for english, german in forms_of(entry):
            same = Counter(PLACE.findall(english)) == Counter(PLACE.findall(german))
            # "One letter differs." may say its number in words, in either language.
            if not same and not (entry.msgid_plural and english == entry.msgid and _fewer_places(entry, german)):
                changed.append((english, german))

    assert changed == []


def _fewer_places(entry: polib.POEntry, german: str) -> bool:
    return not Counter(PLACE.findall(german)) - Counter(PLACE.findall(entry.msgid_plural))


def test_the_german_begins_and_ends_as_the_english_does(catalogue: polib.POFile) -> None:
    def edges(text: str) -> tuple[bool, ...]:
        return (text.startswith("\n"), text.endswith("\n"), text.startswith(" "), text.endswith(" "))

    pairs = [pair for entry in catalogue for pair in forms_of(entry)]
    assert [english for english, german in pairs if edges(english) != edges(german)] == []


def test_german_quotes_are_german(catalogue: polib.POFile) -> None:
    texts = [german for entry in catalogue for _english, german in forms_of(entry)]

    assert [text for text in texts if text.count("„") != text.count("“") or "”" in text] == []


def test_what_is_compiled_is_what_is_written(catalogue: polib.POFile) -> None:
    """``make messages`` compiles; the portal reads the compiled file."""

    def written(file: Any) -> set[tuple[Any, ...]]:
        return {
            (entry.msgctxt or "", entry.msgid, entry.msgid_plural, *(german for _english, german in forms_of(entry)))
            for entry in file
        }

    assert written(polib.mofile(str(CATALOGUE.with_suffix(".mo")))) == written(catalogue)


@pytest.fixture
def clock() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def german() -> Any:
    officer = client_as("officer")
    PersonSettings.objects.create(person=officer.user, language="de", time_zone="Europe/Berlin")
    return officer


@pytest.mark.django_db
def test_the_queue_is_german_for_whoever_chose_it(german: Any) -> None:
    make_case(risk="HIGH")
    make_case(state="WAITING_FOR_CUSTOMER")

    page = german.get("/").content.decode()

    assert '<html lang="de"' in page
    for words in ("Arbeitsliste", "Entscheidung nötig", "Wartet auf den Kunden", "Hoch", "Nächsten übernehmen"):
        assert words in page
    for words in ("Review queue", "Needs decision", "Waiting for customer", "Take next"):
        assert words not in page


@pytest.mark.django_db
def test_a_case_is_german_and_a_refusal_is_too(german: Any) -> None:
    case = answered()

    page = german.get(case.get_absolute_url()).content.decode()
    refused = german.post(
        f"{case.get_absolute_url()}decide/", {"outcome": "", "reason": "", "rationale": "", "seen": ""}
    )

    for words in ("Entscheidung", "Genehmigen", "Ablehnen", "Begründung", "Verlauf", "Prüfungen der Anbieter"):
        assert words in page
    assert refused.status_code in (409, 422)
    assert "Es wurde nichts entschieden" in refused.content.decode()
    assert "Nothing was decided" not in refused.content.decode()


def test_numbers_and_dates_go_by_the_language() -> None:
    page = Template("{{ share }} {{ share|floatformat:1 }} {{ day|date:'j F Y' }} {{ day|date:'l' }}")

    with override("de"):
        shown = page.render(Context({"share": 1234.5, "day": dt.date(2026, 3, 1)}))

    assert shown == "1234,5 1234,5 1 März 2026 Sonntag"


@pytest.mark.parametrize(("count", "words"), [(0, "0 Abweichungen"), (1, "1 Abweichung"), (2, "2 Abweichungen")])
def test_one_is_not_many(count: int, words: str) -> None:
    with override("de"):
        assert ngettext("%(number)s difference", "%(number)s differences", count) % {"number": count} == words


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_what_is_kept_is_in_the_language_of_the_records() -> None:
    with override("de"):
        choice = proposed("SEND_AGAIN")

    assert choice.verification.attention.startswith("Waits for a second person: send again")
    assert {event.details["choice"] for event in AuditEvent.objects.filter(action="reconciliation.proposed")} == {
        "SEND_AGAIN"
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_an_e_mail_is_in_the_customers_language_whatever_the_officer_reads() -> None:
    case = answered_case()
    with override("de"):
        request = ask(again(case), language="en")
        send_request(request_id=request.pk, actor=ACTOR, at=NOON)

    (sent,) = mail.outbox
    assert "a picture of your face" in sent.body
    assert sent.body == open_value(request, "text")


def test_countries_are_named_and_sorted_in_the_language() -> None:
    assert country_choices() == list(COUNTRIES)
    with override("de"):
        names = [name for _code, name in country_choices()]

    assert names[:3] == ["Afghanistan", "Ägypten", "Ålandinseln"]
    assert "Deutschland" in names


def test_what_a_provider_would_refuse_is_said_in_the_language() -> None:
    (problem,) = check_link_user(kind="KYC", customer_kind="INDIVIDUAL", email=" ")
    long = check_text("name", "x" * 300, rule="")

    assert long is not None
    assert long.message == "Use at most 255 characters."
    with override("de"):
        assert marked_words(problem.message).startswith("Geben Sie die E-Mail-Adresse des Kunden ein")
        assert marked_words(long.message) == "Verwenden Sie höchstens 255 Zeichen."


def test_a_part_of_the_portal_is_named_in_the_language_and_a_person_never() -> None:
    with override("de"):
        assert actor_words("system:delivery", "Delivery worker") == "Übermittlungsdienst"
        assert actor_words("user:2", "Schedule") == "Schedule"
        assert quoted("Genehmigen") == "„Genehmigen“"


def test_a_label_of_the_providers_keeps_its_capital_in_german() -> None:
    assert label_of("document.placeOfIssue") == "Document place of issue"
    assert label_of("additional_info.address.city") == "Address: city"
    with override("de"):
        assert label_of("additional_info.address.city") == "Adresse: Ort"
