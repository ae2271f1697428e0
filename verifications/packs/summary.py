"""``summary.pdf``: the object of ``case.json`` as a document for people, with the pictures of the documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from verifications.packs.paper import Paper, picture_size

LONGEST_VALUE = 700
MOST_LINES = 1500
"""Lines of the timeline on paper; ``case.json`` has them all."""


@dataclass(frozen=True)
class PictureOfPage:
    """One page of a document: what it is of, its size in pixels, and how to get at its JPEG."""

    document: str
    width: int
    height: int
    content: Callable[[], bytes]


def summary_pdf(data: dict[str, Any], pictures: Iterable[PictureOfPage]) -> bytes:
    """The document; the same data and pictures give the same bytes. Pictures are asked for one at a time."""
    number, variant = data["case"]["number"], data["variant_label"]
    with Paper(
        title=_("Evidence pack %(number)s") % {"number": number},
        running=_("Evidence pack %(number)s, %(variant)s") % {"number": number, "variant": variant},
        footer=_("%(number)s · pack %(id)s · as of %(at)s")
        % {"number": number, "id": data["pack_id"], "at": _at(data["as_of"])},
        language=data["language"],
        made=dt.datetime.fromisoformat(data["as_of"]),
    ) as paper:
        paper.add_page()
        _cover(paper, data)
        paper.add_page()
        _customer(paper, data)
        _decisions(paper, data)
        for check in data["verifications"]:
            _check(paper, check)
        _documents(paper, data, pictures)
        _differences(paper, data)
        _notes(paper, data)
        _requests(paper, data)
        _reconciliations(paper, data)
        _answers(paper, data)
        _timeline(paper, data)
        _withheld(paper, data)
        return bytes(paper.output())


def _cover(paper: Paper, data: dict[str, Any]) -> None:
    case, customer = data["case"], data["customer"]
    paper.set_y(30)
    paper.small(_("Evidence pack"))
    paper.ln(1)
    paper.large(case["number"], 26)
    paper.ln(1)
    paper.large(customer["name"], 15)
    paper.ln(5)
    standing = next((one for one in data["decisions"] if one["id"] == case["decision"]), None)
    outcome = _label(case["outcome"]) or _("No decision yet")
    decided = f"{outcome}, {_at(case['decided_at'])}" if case["decided_at"] else outcome
    paper.box(_("Outcome"), decided)
    paper.facts(
        [
            (_("Variant"), data["variant_label"]),
            (_("State as of"), _at(data["as_of"])),
            (_("Customer"), f"{customer['name']} ({customer['reference']}), {customer['kind']['label']}"),
            (_("Kind of case"), case["kind"]["label"]),
            (_("Opened because of"), case["cause"]["label"]),
            (_("State"), _label(case["state"])),
            (_("Risk"), _label(case.get("risk"))),
            (_("Decided by"), standing["made_by"] if standing else ""),
            (_("Second person"), _second(standing) if standing and standing.get("review") else ""),
            (_("Owner"), case["owner"]),
            (_("Opened"), _at(case["opened_at"])),
            (_("Due"), _at(case["due_at"])),
            (_("Due time missed"), _at(case["breached_at"])),
            (_("Closed"), _at(case["closed_at"])),
            (_("Id of the case"), case["id"]),
            (_("Id of the pack"), data["pack_id"]),
        ],
        mono=(_("Id of the case"), _("Id of the pack")),
    )
    counts = [
        (_("Checks"), len(data["verifications"])),
        (_("Documents"), sum(bool(one["file"]) for one in data["documents"])),
        (_("Decisions"), len(data["decisions"])),
        (_("Provider's answers"), sum(bool(one["file"]) for one in data["provider_responses"])),
        (_("Events of the record log"), data["slice"]["events"]),
        (_("Withheld"), sum(one["count"] for one in data["withheld"])),
    ]
    paper.ln(3)
    paper.subheading(_("What is in it"))
    paper.listing([name for name, _count in counts], [[count for _name, count in counts]], [1] * len(counts))
    paper.subheading(_("Heads of the logs this pack rests on"))
    rows = [
        [_log(log), head["number"], head["total"], _at(head["sealed_at"]), head["digest"]]
        for log, head in sorted(data["heads"].items())
    ]
    head = [_("Log"), _("Seal"), _("Entries up to it"), _("Sealed"), _("SHA-256 of its header")]
    paper.listing(head, rows, [0.95, 0.55, 0.8, 1.7, 4.1], mono=[4])
    paper.subheading(_("How to verify it"))
    paper.paragraph(
        _(
            "This page proves nothing by itself. Unpack the ZIP and run: python3 verify_records.py . It checks the "
            "signature over the list of files, every file, and that each event of the record log was sealed. "
            "README.txt says what to compare the keys with, and what this does not prove."
        )
    )


def _customer(paper: Paper, data: dict[str, Any]) -> None:
    customer = data["customer"]
    paper.heading(_("Customer"))
    paper.facts(
        [
            (_("Name"), customer["name"]),
            (_("Reference"), customer["reference"]),
            (_("Kind"), customer["kind"]["label"]),
            *((value["label"], _short(value["value"])) for value in customer["values"]),
        ]
    )


def _decisions(paper: Paper, data: dict[str, Any]) -> None:
    paper.heading(_("Decisions"))
    if not data["decisions"]:
        paper.paragraph(_("Nothing was decided yet."))
    for one in data["decisions"]:
        _decision(paper, one)


def _decision(paper: Paper, one: dict[str, Any]) -> None:
    paper.subheading(one["outcome"]["label"], f"{_at(one['made_at'])}, {one['made_by']}", needs=50)
    review = one.get("review")
    paper.facts(
        [
            (_("Reason"), _label(one.get("reason"))),
            (_("Risk"), _label(one.get("risk"))),
            (_("Policy version"), one["policy"]),
            (_("Rules"), ", ".join(rule["label"] for rule in one.get("rules", ()))),
            (_("Second person"), _second(one)),
            (_("Approval ends"), one["approval_ends_date"]),
            (_("Corrects decision"), one["supersedes"]),
            (_("Evidence, SHA-256"), one["evidence_hash"]),
            (_("Evidence at review"), review["evidence_hash"] if review else ""),
            (_("Id"), one["id"]),
        ],
        mono=(_("Evidence, SHA-256"), _("Evidence at review"), _("Id"), _("Corrects decision")),
    )
    _said(paper, _("Rationale"), one["rationale"])
    if review:
        _said(paper, _("Second person's note"), review["note"])
    if one.get("evidence"):
        paper.small(_("What was on screen, with the hash of each item:"))
        paper.ln(1)
        rows = [[item["label"], item["hash"]] for item in one["evidence"]]
        paper.listing([_("Item"), _("SHA-256, or its keyed form")], rows, [1, 1.02], mono=[1])


def _second(one: dict[str, Any]) -> str:
    review = one.get("review")
    if review:
        return f"{review['choice']['label']}: {review['reviewed_by']}, {_at(review['reviewed_at'])}".replace(": ,", ",")
    if one["needs_second"] is None:
        return ""
    if not one["needs_second"]:
        return _("Not asked for by the policy")
    return _("Waits for a senior second person") if one["needs_senior"] else _("Waits for a second person")


def _check(paper: Paper, check: dict[str, Any]) -> None:
    paper.heading(_("Check: %(check)s") % {"check": check["label"]}, needs=60)
    paper.facts(
        [
            (_("Method"), check["method"]["label"]),
            (_("What is verified"), check["type"]["label"]),
            (_("Environment"), check["environment"]["label"]),
            (_("State"), check["status"]["label"]),
            (_("Provider's answer"), _label(check["answer"])),
            (_("Provider's reasons"), ", ".join(map(str, check.get("answer_reasons", ())))),
            (_("Explanation"), check.get("answer_explanation", "")),
            (_("Id at the provider"), check["provider_reference"]),
            (_("Entered by"), _by(check["created_by"], check["created_at"])),
            (_("Submitted by"), _by(check["submitted_by"], check["submitted_at"])),
            (_("Accepted"), _at(check["accepted_at"])),
            (_("Answered"), _at(check["completed_at"])),
        ],
        mono=(_("Id at the provider"),),
    )
    _values(paper, check)
    if check.get("checks"):
        paper.subheading(_("Single checks"))
        rows = [[one["title"], one["result"], "\n".join(one["notes"])] for one in check["checks"]]
        paper.listing([_("Check"), _("Result"), _("Reasons")], rows, [2, 1.2, 3])
    for session in check["sessions"]:
        paper.subheading(_("Session"))
        paper.facts(
            [
                (_("State"), session["status"]["label"]),
                (_("Recommendation"), session.get("recommendation", "")),
                (_("Risk, as the provider says"), _risk(session.get("risk") or {})),
                (_("Opened by the customer"), _at(session["opened_at"])),
                (_("Completed"), _at(session["completed_at"])),
                (_("Consent"), _consent(session)),
            ]
        )
    for link in check["links"]:
        paper.subheading(_("Link"))
        paper.facts(
            [
                (_("State"), link["status"]["label"]),
                (_("Issued"), _at(link["issued_at"])),
                (_("Sent"), _at(link["sent_at"])),
                (_("Ended"), _at(link["ended_at"])),
                (_("Hits on watch lists"), link.get("watchlist_hits") or ""),
                (_("Address, SHA-256"), link["address_sha256"]),
            ],
            mono=(_("Address, SHA-256"),),
        )


def _values(paper: Paper, check: dict[str, Any]) -> None:
    """Entered, read by the provider, and in the document's zone."""
    if check["entered"]:
        paper.subheading(_("Entered"))
        paper.facts((one["label"], _short(one["value"])) for one in check["entered"])
    if check["extracted"]:
        paper.subheading(_("Read by the provider"))
        rows = [[one["label"], _short(one["value"]), one["comparison"]["label"]] for one in check["extracted"]]
        paper.listing([_("Value"), _("As read"), _("Beside the record")], rows, [1.6, 2.4, 1])
    for zone in check["zones"]:
        paper.subheading(_("Machine-readable zone: %(format)s") % {"format": zone["format"]["label"]}, _zone_note(zone))
        rows = [
            [
                one["label"],
                _short(one["value"]),
                one["check_digit"]["label"],
                one["why"] or one["comparison"]["label"],
            ]
            for one in zone["values"]
        ]
        head = [_("Value"), _("As read"), _("Check digit"), _("Beside what was entered or is on record")]
        paper.listing(head, rows, [1.3, 1.8, 1.1, 2.4])


def _documents(paper: Paper, data: dict[str, Any], pictures: Iterable[PictureOfPage]) -> None:
    documents = data["documents"]
    paper.heading(_("Documents"))
    if not documents:
        paper.paragraph(_("There are none."))
        return
    rows = [
        [one["file"].rpartition("/")[2] or _("Taken off, not in the pack"), one["label"], one["of"], one["sha256"]]
        for one in documents
    ]
    paper.listing([_("In documents/"), _("Document"), _("Of"), _("SHA-256")], rows, [0.95, 0.8, 1.2, 2.9], mono=[3])
    by_document: dict[str, list[PictureOfPage]] = {}
    for picture in pictures:
        by_document.setdefault(picture.document, []).append(picture)
    for one in documents:
        shown = by_document.get(one["id"], [])
        if not one["file"] or (
            not shown and any(other is not one and other["file"] == one["file"] for other in documents)
        ):
            continue
        first = shown[0] if shown else None
        needs = 20.0 + (picture_size(first.width, first.height)[1] if first else 0.0)
        paper.subheading(f"{one['label']}: {one['of']}", needs=needs)
        paper.small(f"{one['file']} · {one['content_type']} · {one['size']} B · {one['origin']['label']}")
        paper.small(
            _("%(name)s, taken in %(at)s") % {"name": one["name"] or _("Name withheld"), "at": _at(one["uploaded_at"])}
        )
        paper.ln(1)
        for page, picture in enumerate(shown, start=1):
            about = _("%(label)s, page %(page)d") % {"label": one["label"], "page": page}
            paper.picture(picture.content(), width=picture.width, height=picture.height, about=about)
        if not shown:
            paper.small(_("There is no picture of it; the original is in the pack."))
        elif (one["pages"] or 1) > len(shown):
            paper.small(_("The original has %(pages)d pages.") % {"pages": one["pages"]})


def _differences(paper: Paper, data: dict[str, Any]) -> None:
    if not data["differences"]:
        return
    paper.heading(_("Resolved differences"))
    for one in data["differences"]:
        paper.subheading(
            f"{one['label']}: {one['reason']['label']}", f"{_at(one['resolved_at'])}, {one['resolved_by']}"
        )
        _said(paper, "", one["explanation"])


def _notes(paper: Paper, data: dict[str, Any]) -> None:
    if not data["notes"]:
        return
    paper.heading(_("Notes"))
    for one in data["notes"]:
        title = _("Note, version %(version)d") % {"version": one["version"]}
        paper.subheading(title, f"{_at(one['written_at'])}, {one['written_by']}")
        _said(paper, "", one["text"])


def _requests(paper: Paper, data: dict[str, Any]) -> None:
    if not data["requests"]:
        return
    paper.heading(_("Asked of the customer"))
    for one in data["requests"]:
        paper.subheading(
            f"{one['item']['label']}: {one['reason']['label']}", f"{_at(one['asked_at'])}, {one['asked_by']}"
        )
        paper.facts(
            [
                (_("Way"), one["way"]["label"]),
                (_("State"), one["status"]["label"]),
                (_("Sent"), _at(one["sent_at"])),
                (_("Ended"), _at(one["ended_at"])),
                (_("Subject"), one["subject"]),
            ]
        )
        _said(paper, _("As the customer read it"), one["text"])
        _said(paper, _("Reason for the file"), one["private_reason"])


def _reconciliations(paper: Paper, data: dict[str, Any]) -> None:
    if not data["reconciliations"]:
        return
    paper.heading(_("Submissions of unknown outcome"))
    for one in data["reconciliations"]:
        paper.subheading(f"{one['choice']['label']}: {one['status']['label']}")
        paper.facts(
            [
                (_("Proposed by"), _by(one["proposed_by"], one["proposed_at"])),
                (_("Decided by"), _by(one["decided_by"], one["decided_at"])),
                (_("Id at the provider"), one["reference"]),
            ]
        )
        _said(paper, _("Reason"), one["reason"])
        _said(paper, _("Second person's note"), one["decision_note"])


def _answers(paper: Paper, data: dict[str, Any]) -> None:
    if not data["provider_responses"]:
        return
    paper.heading(_("Calls to providers and their answers"))
    rows = [
        [
            _at(one.get("finished_at") or one.get("received_at")),
            one["operation"]["label"],
            " ".join(filter(None, [_label(one.get("status")), str(one.get("http_status") or "")])),
            one["file"] or "",
        ]
        for one in data["provider_responses"]
    ]
    paper.listing([_("Time"), _("What"), _("Outcome"), _("File of the answer")], rows, [1.2, 1.6, 1.2, 2])


def _timeline(paper: Paper, data: dict[str, Any]) -> None:
    paper.heading(_("Timeline"))
    lines = data["timeline"]
    rows = [[_at(one["at"]), f"{one['what']}\n{one['more']}".strip(), one["by"]] for one in lines[:MOST_LINES]]
    paper.listing([_("Time"), _("What happened"), _("By")], rows, [1.35, 3.2, 1.3])
    if len(lines) > MOST_LINES:
        more = _("%(count)d further events stand in case.json and audit/slice.jsonl.")
        paper.small(more % {"count": len(lines) - MOST_LINES})


def _withheld(paper: Paper, data: dict[str, Any]) -> None:
    if not data["withheld"]:
        return
    paper.heading(_("Withheld"))
    paper.paragraph(
        _("This variant leaves the following out. Nothing was changed: what is left out is missing, and listed here.")
    )
    rows = [[one["what"], one["count"], one["why"], one["record"]] for one in data["withheld"]]
    paper.listing([_("What"), _("Number"), _("Why"), _("Record")], rows, [2.3, 0.7, 2.3, 2.2], mono=[3])


def _said(paper: Paper, label: str, text: str | None) -> None:
    if text == "":
        return
    if label:
        paper.ln(1)
        paper.small(label)
    if text is None:
        paper.paragraph(_("Withheld; see the end of this document."))
    else:
        paper.quote(text)


def _zone_note(zone: dict[str, Any]) -> str:
    parts = [zone["source"]["label"], _by(zone["recorded_by"], zone["recorded_at"])]
    if zone["confirmed_at"]:
        parts.append(_("confirmed by %(who)s") % {"who": _by(zone["confirmed_by"], zone["confirmed_at"])})
    if zone["removed_at"]:
        parts.append(_("set aside %(at)s") % {"at": _at(zone["removed_at"])})
    return ", ".join(filter(None, parts))


def _risk(risk: dict[str, Any]) -> str:
    return ", ".join(str(risk[name]) for name in ("recommendation", "risk_score") if risk.get(name) not in (None, ""))


def _consent(session: dict[str, Any]) -> str:
    if session["consent_granted"] is None:
        return ""
    words = _("Given") if session["consent_granted"] else pgettext("consent", "Not given")
    return f"{words} {session['consent_date']}".strip()


def _by(who: str, at: str) -> str:
    return ", ".join(filter(None, [who, _at(at)]))


def _at(moment: str) -> str:
    """``2026-11-20T12:00:00+00:00`` as people read it."""
    if not moment:
        return ""
    at = dt.datetime.fromisoformat(moment)
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _label(choice: dict[str, Any] | None) -> str:
    return choice["label"] if choice else ""


def _log(log: str) -> str:
    return _("Record log") if log == "AUDIT" else _("Access log")


def _short(text: str) -> str:
    if len(text) <= LONGEST_VALUE:
        return text
    return _("%(text)s… (whole in case.json)") % {"text": text[:LONGEST_VALUE]}
