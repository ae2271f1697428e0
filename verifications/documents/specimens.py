"""Documents of invented people, made in code: for sample cases, demonstrations and tests. Each is marked SPECIMEN."""

from __future__ import annotations

import datetime as dt
import io
import random
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from verifications.documents import specimen_drawing as drawing
from verifications.documents.mrz import card_lines, passport_lines, state_code
from verifications.documents.specimen_paper import utility_bill
from verifications.documents.specimen_video import mp4_of_frames

SpecimenKind = Literal[
    "passport",
    "id_front",
    "id_back",
    "driving_front",
    "driving_back",
    "residence_permit_front",
    "utility_bill_pdf",
    "selfie",
    "video",
]
JPEG_QUALITY = 90
_VIDEO_FRAMES = 16
_VIDEO_SIZE = (480, 640)


@dataclass(frozen=True)
class _Holder:
    surname: str
    given_names: str
    number: str
    country: str
    birth_date: dt.date
    expiry_date: dt.date
    seed: int

    @property
    def state(self) -> str:
        return state_code(self.country).rstrip("<")


def make_specimen(
    kind: SpecimenKind,
    *,
    name: str,
    number: str,
    country: str,
    birth_date: dt.date,
    expiry_date: dt.date,
    seed: int,
) -> tuple[bytes, str, str]:
    """Return (bytes, file name, content type) of one specimen.

    ``name`` is "given names surname" or "surname, given names" in any script; ``country`` an ISO 3166 code of two
    letters; ``seed`` chooses tints and faces. The same arguments give the same picture on the same machine.
    """
    surname, given_names = split_name(name)
    holder = _Holder(surname, given_names, number, country, birth_date, expiry_date, seed)
    if kind == "utility_bill_pdf":
        issued = expiry_date - dt.timedelta(days=3600)
        bill = utility_bill(name=name, number=number, country=country, issued=issued, seed=seed)
        return bill, "utility-bill.pdf", "application/pdf"
    if kind == "video":
        return _video(seed), "selfie.mp4", "video/mp4"
    return _jpeg(_draw(kind, holder)), f"{kind.replace('_', '-')}.jpg", "image/jpeg"


def split_name(name: str) -> tuple[str, str]:
    """(surname, given names); without a comma the last word is the surname."""
    if "," in name:
        surname, _, given_names = name.partition(",")
        return surname.strip(), given_names.strip()
    given_names, _, surname = name.strip().rpartition(" ")
    return surname, given_names


def _draw(kind: SpecimenKind, holder: _Holder) -> Image.Image:
    seed = holder.seed
    if kind == "selfie":
        return drawing.face(seed=seed)
    names = [("Surname", holder.surname.upper()), ("Given names", holder.given_names.upper())]
    dates = [("Date of birth", _day(holder.birth_date)), ("Date of expiry", _day(holder.expiry_date))]
    if kind == "passport":
        fields = [*names, ("Nationality", holder.state), *dates, ("Passport no.", holder.number)]
        return drawing.data_page(f"SPECIMEN  ·  PASSPORT / {holder.state}", fields, _passport(holder), seed=seed)
    if kind == "id_front":
        fields = [*names, ("Nationality", holder.state), *dates, ("Card no.", holder.number)]
        return drawing.card_front(f"SPECIMEN  ·  IDENTITY CARD / {holder.state}", fields, seed=seed)
    if kind == "id_back":
        fields = [("Issued by", f"Specimen Office, {holder.state}"), ("Card no.", holder.number)]
        return drawing.card_back("SPECIMEN  ·  IDENTITY CARD, BACK", fields, _card(holder), seed=seed)
    if kind == "residence_permit_front":
        fields = [*names, ("Type of permit", "LONG-TERM RESIDENT"), *dates, ("Permit no.", holder.number)]
        return drawing.card_front(f"SPECIMEN  ·  RESIDENCE PERMIT / {holder.state}", fields, seed=seed)
    if kind == "driving_front":
        born, until = _day(holder.birth_date), _day(holder.expiry_date)
        fields = [("1.", holder.surname.upper()), ("2.", holder.given_names.upper()), ("3.", born)]
        fields += [("4b.", until), ("5.", holder.number), ("9.", "AM  B  BE")]
        return drawing.card_front(f"SPECIMEN  ·  DRIVING LICENCE / {holder.state}", fields, seed=seed)
    if kind == "driving_back":
        first = _day(holder.birth_date + dt.timedelta(days=6600 + random.Random(seed).randint(0, 900)))
        rows = [(name, first, _day(holder.expiry_date)) for name in ("AM", "A1", "B", "BE")]
        return drawing.categories("SPECIMEN  ·  DRIVING LICENCE, BACK", rows, seed=seed)
    raise ValueError(f"There is no specimen of the kind {kind!r}.")


def _passport(holder: _Holder) -> tuple[str, ...]:
    return passport_lines(
        surname=holder.surname,
        given_names=holder.given_names,
        number=holder.number,
        country=holder.country,
        birth_date=holder.birth_date,
        expiry_date=holder.expiry_date,
    )


def _card(holder: _Holder) -> tuple[str, ...]:
    return card_lines(
        surname=holder.surname,
        given_names=holder.given_names,
        number=holder.number,
        country=holder.country,
        birth_date=holder.birth_date,
        expiry_date=holder.expiry_date,
    )


def _video(seed: int) -> bytes:
    """Two seconds of the drawn face turning to one side and back."""
    frames = []
    for index in range(_VIDEO_FRAMES):
        shift = 1 - abs(index - _VIDEO_FRAMES / 2) / (_VIDEO_FRAMES / 4)
        picture = drawing.face(seed=seed, shift=shift).resize(_VIDEO_SIZE, Image.Resampling.BILINEAR)
        frames.append(_jpeg(picture, quality=70))
    return mp4_of_frames(frames, width=_VIDEO_SIZE[0], height=_VIDEO_SIZE[1])


def _jpeg(image: Image.Image, *, quality: int = JPEG_QUALITY) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=quality)
    return target.getvalue()


def _day(value: dt.date) -> str:
    return value.strftime("%d %m %Y")
