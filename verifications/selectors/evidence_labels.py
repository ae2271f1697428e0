"""Items of evidence in words: which provider's check, which document, which value; never the value itself."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from verifications.models import Document, Verification
from verifications.providers import vocabulary
from verifications.selectors.extracted_values import label_of
from verifications.selectors.marked_words import continued, marked_words

VERIFICATION_FIELDS = {
    "document_type": gettext_lazy("kind of document"),
    "document_number": gettext_lazy("document number"),
    "issuing_country": gettext_lazy("issuing country"),
    "expiration_date": gettext_lazy("expiry date"),
    "first_name": gettext_lazy("first name"),
    "middle_name": gettext_lazy("middle name"),
    "last_name": gettext_lazy("last name"),
    "date_of_birth": gettext_lazy("date of birth"),
    "nationality": gettext_lazy("nationality"),
    "address": gettext_lazy("address"),
    "selfie_type": gettext_lazy("kind of selfie"),
    "tax_id_type": gettext_lazy("tax number"),
    "screenings": gettext_lazy("screening results"),
    "verifier": gettext_lazy("verifier"),
    "verified_at": gettext_lazy("time of the check"),
    "verifier_response": gettext_lazy("verifier's answer"),
    "external_verification_id": gettext_lazy("our id of the check"),
}
PROVIDER_FACTS = {
    "status": gettext_lazy("status"),
    "answer": gettext_lazy("provider's answer"),
    "answer_reasons": gettext_lazy("provider's reasons"),
    "answer_explanation": gettext_lazy("provider's explanation"),
}
CUSTOMER_FIELDS = {
    "reference": gettext_lazy("reference"),
    "kind": gettext_lazy("kind"),
    "first_name": gettext_lazy("first name"),
    "middle_name": gettext_lazy("middle name"),
    "last_name": gettext_lazy("last name"),
    "business_name": gettext_lazy("business name"),
    "date_of_birth": gettext_lazy("date of birth"),
    "city_of_birth": gettext_lazy("city of birth"),
    "country_of_birth": gettext_lazy("country of birth"),
    "nationalities": gettext_lazy("nationalities"),
    "country": gettext_lazy("country of residence"),
    "address": gettext_lazy("address"),
    "email": gettext_lazy("e-mail"),
    "phone": gettext_lazy("phone"),
    "tax_ids": gettext_lazy("tax numbers"),
    "occupation": gettext_lazy("occupation"),
    "employer_name": gettext_lazy("employer"),
}
_DOCUMENTS = dict(vocabulary.IDENTITY_DOCUMENT_TYPES + vocabulary.RESIDENCE_DOCUMENT_TYPES)


def check_label(verification: Verification) -> str:
    """``Kraken Embed, passport``: the provider and what was checked."""
    known = _DOCUMENTS.get(verification.document_type)
    what = marked_words(known) if known else verification.get_type_display()
    return f"{verification.account.get_kind_display()}, {continued(what)}"


def part_label(whole: str, part: str) -> str:
    return _("%(whole)s: %(part)s") % {"whole": whole, "part": part}


def customer_label(field: str) -> str:
    return part_label(_("Customer record"), str(CUSTOMER_FIELDS[field]))


def document_label(whole: str, document: Document) -> str:
    slot = document.get_slot_display()
    return part_label(whole, _("file, %(slot)s") % {"slot": continued(slot)})


def extracted_label(whole: str, name: str) -> str:
    return part_label(whole, _("read by the provider, %(value)s") % {"value": _lower(label_of(name))})


def machine_label(whole: str, name: str) -> str:
    words = str(VERIFICATION_FIELDS.get(name, name.replace("_", " ")))
    return part_label(whole, _("machine-readable zone, %(value)s") % {"value": words})


def difference_label(field: str) -> str:
    words = str(VERIFICATION_FIELDS.get(field) or CUSTOMER_FIELDS.get(field) or field.replace("_", " "))
    return part_label(_("Resolved difference"), words)


def label_of_key(key: str) -> str:
    """What is known of an item that is not there any more, from its key alone."""
    noun, __, rest = key.partition(":")
    name = rest.rpartition(":")[2]
    match noun:
        case "customer" if name in CUSTOMER_FIELDS:
            return customer_label(name)
        case "document":
            return _("A file")
        case "verification" if name in VERIFICATION_FIELDS:
            return part_label(_("A verification"), str(VERIFICATION_FIELDS[name]))
        case "verification" if name in PROVIDER_FACTS:
            return part_label(_("A verification"), str(PROVIDER_FACTS[name]))
        case "extracted":
            return extracted_label(_("A verification"), name)
        case "machine":
            return machine_label(_("A verification"), name)
        case "difference":
            return difference_label(name)
        case "session":
            return _("Checks of a session")
        case "link":
            return _("Sections of a link")
    return _("An item of the evidence")


def _lower(text: str) -> str:
    return continued(text) if not text[:2].isupper() else text
