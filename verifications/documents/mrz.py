"""Machine-readable zones: check digits, and the lines of passports (TD3) and cards (TD1). ICAO Doc 9303, 3 to 5."""

from __future__ import annotations

import datetime as dt
import re

from verifications.documents.transliteration import to_latin

TD3_LENGTH = 44
TD1_LENGTH = 30
SPECIMEN_STATE = "UTO"  # Utopia, the state of the standard's own examples

_WEIGHTS = (7, 3, 1)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_STATES = (
    "ADAND AEARE AFAFG AGATG ALALB AMARM AOAGO ARARG ATAUT AUAUS AZAZE BABIH BBBRB BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI "
    "BJBEN BNBRN BOBOL BRBRA BSBHS BTBTN BWBWA BYBLR BZBLZ CACAN CDCOD CFCAF CGCOG CHCHE CICIV CLCHL CMCMR CNCHN COCOL "
    "CRCRI CUCUB CVCPV CYCYP CZCZE DED<< DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST EGEGY ERERI ESESP ETETH FIFIN FJFJI "
    "FMFSM FRFRA GAGAB GBGBR GDGRD GEGEO GHGHA GMGMB GNGIN GQGNQ GRGRC GTGTM GWGNB GYGUY HKHKG HNHND HRHRV HTHTI HUHUN "
    "IDIDN IEIRL ILISR ININD IQIRQ IRIRN ISISL ITITA JMJAM JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR "
    "KWKWT KZKAZ LALAO LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MGMDG MHMHL "
    "MKMKD MLMLI MMMMR MNMNG MOMAC MRMRT MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM NENER NGNGA NINIC NLNLD NONOR "
    "NPNPL NRNRU NZNZL OMOMN PAPAN PEPER PGPNG PHPHL PKPAK PLPOL PSPSE PTPRT PWPLW PYPRY QAQAT ROROU RSSRB RURUS RWRWA "
    "SASAU SBSLB SCSYC SDSDN SESWE SGSGP SISVN SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD STSTP SVSLV SYSYR SZSWZ TDTCD "
    "TGTGO THTHA TJTJK TLTLS TMTKM TNTUN TOTON TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA USUSA UYURY UZUZB VAVAT VCVCT "
    "VEVEN VNVNM VUVUT WSWSM YEYEM ZAZAF ZMZMB ZWZWE"
)
STATE_CODES = {entry[:2]: entry[2:] for entry in _STATES.split()}


def check_digit(text: str) -> str:
    """The digit over letters, digits and ``<``; raises ``ValueError`` for anything else."""
    total = 0
    for index, character in enumerate(text):
        value = 0 if character == "<" else _ALPHABET.index(character)
        total += value * _WEIGHTS[index % 3]
    return str(total % 10)


def state_code(country: str) -> str:
    """Three characters for an ISO 3166 code of two letters; the code of no real state if it has none."""
    return STATE_CODES.get(country.upper(), SPECIMEN_STATE)


def passport_lines(
    *,
    surname: str,
    given_names: str,
    number: str,
    country: str,
    birth_date: dt.date,
    expiry_date: dt.date,
    sex: str = "<",
) -> tuple[str, str]:
    """The two lines of 44 characters of a passport. Names may be in any script; ``sex`` is M, F or ``<``."""
    state = state_code(country)
    first = _pad("P<" + state + _names(surname, given_names, TD3_LENGTH - 5), TD3_LENGTH)
    middle = _with_digit(_number(number)), _with_digit(_date(birth_date)), _with_digit(_date(expiry_date))
    optional = _with_digit("<" * 14)
    composite = check_digit(middle[0] + middle[1] + middle[2] + optional)
    return first, middle[0] + state + middle[1] + sex + middle[2] + optional + composite


def card_lines(
    *,
    surname: str,
    given_names: str,
    number: str,
    country: str,
    birth_date: dt.date,
    expiry_date: dt.date,
    sex: str = "<",
) -> tuple[str, str, str]:
    """The three lines of 30 characters of an identity card."""
    state = state_code(country)
    first = _pad("I<" + state + _with_digit(_number(number)), TD1_LENGTH)
    birth, expiry = _with_digit(_date(birth_date)), _with_digit(_date(expiry_date))
    optional = "<" * 11
    composite = check_digit(first[5:30] + birth + expiry + optional)
    second = birth + sex + expiry + state + optional + composite
    return first, second, _pad(_names(surname, given_names, TD1_LENGTH), TD1_LENGTH)


def _with_digit(text: str) -> str:
    return text + check_digit(text)


def _number(number: str) -> str:
    return _pad(re.sub(r"[^A-Z0-9]", "", to_latin(number))[:9], 9)


def _date(value: dt.date) -> str:
    return value.strftime("%y%m%d")


def _names(surname: str, given_names: str, length: int) -> str:
    parts = [
        re.sub(r"[ \-]+", "<", re.sub(r"['0-9]", "", to_latin(part))).strip("<") for part in (surname, given_names)
    ]
    return "<<".join(part for part in parts if part)[:length] or "SPECIMEN"


def _pad(text: str, length: int) -> str:
    return text[:length].ljust(length, "<")
