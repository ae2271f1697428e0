"""Words of the templates that depend on the language in more than their text."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import get_language, gettext, override

from verifications.enums import RevealPurpose
from verifications.models import AccessEvent, AuditEvent
from verifications.selectors.marked_words import actor_words, in_sentence, label_words

register = template.Library()

PURPOSES = (
    RevealPurpose.REVIEW,
    RevealPurpose.CUSTOMER_REQUEST,
    RevealPurpose.DATA_ENTRY,
    RevealPurpose.AUDIT,
    RevealPurpose.INCIDENT,
)
"""As they are offered: the frequent ones first."""


register.filter("in_sentence", in_sentence, is_safe=True)


@register.filter
def as_label(label: str) -> str:
    """What a rule or a reason is called, translated where it is one that a new installation starts with."""
    return label_words(label)


@register.filter
def actor_of_event(event: AuditEvent | AccessEvent) -> str:
    """Who is named in an entry of a log."""
    return actor_words(event.actor, event.actor_name)


@register.simple_tag
def reveal_words(label: object) -> dict[str, str]:
    """The words of one sealed value's "Reveal", in the active language: ``reveal``, ``purposes`` (options), ``help``,
    ``looks`` with ``looks_url``, ``button``, and with the label in them ``title`` and ``purpose_of``.
    """
    words = _reveal_words(get_language() or "en")
    return words | {
        "title": words["title"] % {"label": label},
        "purpose_of": words["purpose_of"] % {"what": in_sentence(label)},
    }


@lru_cache(maxsize=16)
def _reveal_words(language: str) -> dict[str, str]:
    # Kept per language: a case shows dozens of sealed values, and looking up each word for each of them takes longer
    # than everything else about them.
    with override(language):
        return {
            "reveal": gettext("Reveal"),
            "title": gettext("Reveal %(label)s"),
            "purpose_of": gettext("Purpose of seeing the %(what)s"),
            "purposes": format_html_join(
                "", '<option value="{}">{}</option>', ((one.value, one.label) for one in PURPOSES)
            ),
            "help": gettext("Your name, the purpose and the time go to the access log."),
            "looks": gettext("Your looks are listed here."),
            "looks_url": reverse("verifications:my_looks"),
            "button": gettext("Reveal for 30 seconds"),
        }
