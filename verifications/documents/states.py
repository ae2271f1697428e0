"""Codes of states in machine-readable zones and what they mean against the two letters of ISO 3166.

Three letters are those of ISO 3166 with the exceptions of ICAO Doc 9303 part 3, section 5: Germany is ``D``, Britain
has a code for each kind of national, organisations and people without a nationality have their own.
"""

from __future__ import annotations

from verifications.documents.mrz import SPECIMEN_STATE, STATE_CODES

_TERRITORIES = (
    "AIAIA AQATA ASASM AWABW AXALA BLBLM BMBMU BQBES BVBVT CCCCK CKCOK CWCUW CXCXR EHESH FKFLK FOFRO GFGUF GGGGY GIGIB "
    "GLGRL GPGLP GSSGS GUGUM HMHMD IMIMN IOIOT JEJEY KYCYM MFMAF MPMNP MQMTQ MSMSR NCNCL NFNFK NUNIU PFPYF PMSPM PNPCN "
    "PRPRI REREU SHSHN SJSJM SXSXM TCTCA TFATF TKTKL UMUMI VGVGB VIVIR WFWLF XKRKS YTMYT"
)
ALPHA_3 = {code: letters.rstrip("<") for code, letters in STATE_CODES.items()} | {
    entry[:2]: entry[2:] for entry in _TERRITORIES.split()
}
"""ISO alpha-2 to the code in the zone, without fillers."""

_ALSO = {
    **{"DEU": "DE", "GER": "DE", "XKX": "XK", "KOS": "XK", "ROM": "RO", "ZAR": "CD", "TMP": "TL", "ZIM": "ZW"},
    **{"CZH": "CZ"},
}
BRITISH = frozenset({"GBD", "GBN", "GBO", "GBP", "GBS"})
"""Overseas territories citizen, national (overseas), overseas citizen, protected person, subject."""
_ORGANISATIONS = "UNO UNA UNK EUE XPO XOM XBA XIM XCC XCE XCO XEC XES XMP XDC IAO WSA NTZ"
_PEOPLE = "XXA XXB XXC XXX"
WITHOUT_COUNTRY = frozenset(f"{_ORGANISATIONS} {_PEOPLE}".split())
"""United Nations, European Union, Interpol, Order of Malta, banks and so on; stateless people and refugees."""
_FORMER = frozenset({"YUG", "SCG", "SUN", "CSK", "DDR", "ANT", "GDR"})

_BY_CODE = {letters: code for code, letters in ALPHA_3.items()} | _ALSO | dict.fromkeys(BRITISH, "GB")


def is_known_state(code: str) -> bool:
    """Whether a state, organisation or kind of person has this code; fillers do not matter."""
    code = code.replace("<", "")
    return code in _BY_CODE or code in WITHOUT_COUNTRY or code in _FORMER or code == SPECIMEN_STATE


def alpha_2(code: str) -> str | None:
    """The two letters of the country behind a code of a zone; None for an organisation or an unknown code."""
    code = code.replace("<", "").strip().upper()
    if len(code) == 2:
        return code if code in ALPHA_3 else None
    return _BY_CODE.get(code)
