"""Who is in the samples and what happens to them. Everybody here is invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from verifications.enums import CustomerKind, ProviderKind, SessionShape, VerificationMethod, VerificationType
from verifications.policy.roles import ADMINISTRATOR, AUDITOR, OFFICER, SENIOR_OFFICER

PEOPLE = (
    ("ines", "Ines", "Roth", OFFICER),
    ("tomas", "Tomáš", "Novák", ADMINISTRATOR),
    ("amara", "Amara", "Okafor", AUDITOR),
    ("miriam", "Miriam", "Keller", SENIOR_OFFICER),
)
"""Sign-in name, first name, last name, role."""


@dataclass(frozen=True)
class SampleCustomer:
    """``check``: what is submitted, or ``None`` for a customer without one. ``mark`` goes into the document number and
    tells the stand-in what to answer."""

    reference: str
    first_name: str
    last_name: str
    country: str
    city: str
    street: str
    postal_code: str
    born: dt.date | None
    phone: str
    provider: ProviderKind | None = None
    method: VerificationMethod | None = None
    type: VerificationType = VerificationType.IDENTITY_DOCUMENT
    document_type: str = "passport"
    number: str = ""
    headless: bool = False
    submitted: bool = True
    business_name: str = ""

    @property
    def kind(self) -> CustomerKind:
        return CustomerKind.BUSINESS if self.business_name else CustomerKind.INDIVIDUAL


KRAKEN, PAYWARD = ProviderKind.KRAKEN_EMBED, ProviderKind.PAYWARD_SERVICES
FILES, ADDRESSES = VerificationMethod.DOCUMENTS, VerificationMethod.DOCUMENT_URLS

CUSTOMERS = (
    SampleCustomer(
        "cust-88213", "Marta", "Kowalczyk", "PL", "Kraków", "ul. Długa 12", "31-146", dt.date(1991, 4, 17),
        "+48500100213", KRAKEN, FILES, number="ZS1234567",
    ),
    SampleCustomer(
        "cust-88209", "Jonas", "Lindqvist", "SE", "Göteborg", "Linnégatan 4", "413 04", dt.date(1984, 11, 2),
        "+46700100209", KRAKEN, ADDRESSES, document_type="drivers_license", number="SE8411020",
    ),
    SampleCustomer(
        "cust-88172", "Adaeze", "Obi", "GB", "Leeds", "7 Wharf Street", "LS2 7EQ", dt.date(1996, 7, 30),
        "+447700900172", PAYWARD, ADDRESSES, document_type="residence_card", number="DROP-BEFORE-88172",
    ),
    SampleCustomer(
        "cust-88121", "Hélène", "Dubois", "FR", "Lyon", "3 rue Mercière", "69002", dt.date(1979, 1, 9),
        "+33600100121", PAYWARD, ADDRESSES, number="REVIEW-88121",
    ),
    SampleCustomer(
        "cust-88098", "Andrei", "Ionescu", "RO", "Cluj-Napoca", "Str. Horea 21", "400114", dt.date(1988, 3, 22),
        "+40700100098", KRAKEN, FILES, document_type="id_card", number="REFUSE-422-88098",
    ),
    SampleCustomer(
        "cust-88067", "Sofia", "Marchetti", "IT", "Torino", "Via Po 18", "10123", dt.date(1993, 12, 5),
        "+393400100067", KRAKEN, FILES, document_type="id_card", number="REJECT-88067",
    ),
    SampleCustomer(
        "cust-88061", "太郎", "山田", "JP", "東京", "千代田区丸の内1-1", "100-0005", dt.date(1990, 2, 14),
        "+819000100061", PAYWARD, ADDRESSES, number="TK1234561",
    ),
    SampleCustomer(
        "cust-88044", "Νίκος", "Παπαδόπουλος", "GR", "Αθήνα", "Σταδίου 10", "105 64", dt.date(1971, 8, 19),
        "+306900100044", KRAKEN, FILES, type=VerificationType.RESIDENCE_DOCUMENT, document_type="utility_bill",
    ),
    SampleCustomer(
        "cust-88039", "محمد", "العلي", "AE", "دبي", "شارع الشيخ زايد 5", "00000", dt.date(1986, 5, 1),
        "+971500100039", KRAKEN, ADDRESSES, number="FAULT-503-88039",
    ),
    SampleCustomer(
        "cust-88021", "Lerato", "Nkosi", "ZA", "Durban", "22 Florida Road", "4001", dt.date(1999, 9, 9),
        "+27700100021", KRAKEN, FILES, type=VerificationType.SELFIE, document_type="", headless=True,
    ),
    SampleCustomer(
        "cust-87981", "Noor", "van Dijk", "NL", "Utrecht", "Oudegracht 101", "3511 AE", dt.date(1994, 6, 3),
        "+31600107981", KRAKEN, FILES, number="NW4K71LP2", submitted=False,
    ),
    SampleCustomer(
        "biz-4711", "", "", "AT", "Wien", "Ringstraße 1", "1010", None, "+431000004711",
        business_name="Hofmann & Söhne Handels GmbH",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class SessionSample:
    """A customer checked in a session; ``read_surname`` is what the document says where it differs from the record."""

    customer: SampleCustomer
    shape: SessionShape
    recommendation: str = ""
    read_surname: str = ""


@dataclass(frozen=True)
class LinkSample:
    """A customer sent a link; ``outcome`` is the stand-in's word for its end, empty while the customer has not come."""

    customer: SampleCustomer
    country: str
    outcome: str = ""


SESSION_SAMPLES = (
    SessionSample(
        SampleCustomer(
            "cust-87960", "Thị Ánh", "Nguyễn", "VN", "Hà Nội", "12 Phố Huế", "100000", dt.date(1992, 10, 21),
            "+84900100960", number="001192087960",
        ),
        SessionShape.BACKEND, "ALLOW",
    ),
    SessionSample(
        SampleCustomer(
            "cust-87955", "Łukasz", "O'Brien-Wójcik", "PL", "Gdańsk", "ul. Mariacka 3", "80-833",
            dt.date(1983, 2, 11), "+48500100955", number="DBA879553",
        ),
        SessionShape.BACKEND, "CHALLENGE", read_surname="O'Brien",
    ),
    SessionSample(
        SampleCustomer(
            "cust-87951", "민준", "김", "KR", "서울", "종로 1", "03154", dt.date(1997, 7, 7), "+821000100951",
            number="M87951245",
        ),
        SessionShape.BACKEND, "DENY",
    ),
    SessionSample(
        SampleCustomer(
            "cust-87944", "", "Suharto", "ID", "Bandung", "Jl. Braga 9", "40111", dt.date(1975, 12, 1),
            "+62800100944", number="3273010112750001",
        ),
        SessionShape.HOSTED,
    ),
)  # fmt: skip
LINK_SAMPLES = (
    LinkSample(
        SampleCustomer(
            "cust-87930", "Camila", "Hernández Ruiz", "MX", "Puebla", "Calle 5 de Mayo 7", "72000",
            dt.date(1990, 5, 17), "+522200100930",
        ),
        "MX", "verified",
    ),
    LinkSample(
        SampleCustomer(
            "cust-87925", "Rafael", "Peña", "DO", "Santo Domingo", "Calle El Conde 20", "10210", dt.date(1968, 9, 3),
            "+18090100925",
        ),
        "DO", "watchlist",
    ),
    LinkSample(
        SampleCustomer(
            "cust-87919", "João", "Silva e Souza", "PT", "Porto", "Rua das Flores 8", "4050-262",
            dt.date(2001, 1, 29), "+351900100919",
        ),
        "PT",
    ),
    LinkSample(
        SampleCustomer(
            "biz-4720", "", "", "MX", "Monterrey", "Av. Constitución 300", "64000", None, "+528100004720",
            business_name="Comercializadora Río Verde SA de CV",
        ),
        "MX", "review",
    ),
)  # fmt: skip
