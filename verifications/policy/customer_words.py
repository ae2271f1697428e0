"""What is asked for and why, in the customer's language: the words that go into approved texts.

Kept apart from the portal's own translations: these reach customers, in languages the portal itself may not speak.
"""

from __future__ import annotations

LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français", "pt": "Português"}
"""The languages that texts to customers are written in."""

ITEMS: dict[str, dict[str, str]] = {
    "en": {
        "IDENTITY_DOCUMENT": "a picture of your identity document",
        "DOCUMENT_BACK": "a picture of the back of your identity document",
        "SELFIE": "a picture of your face",
        "PROOF_OF_ADDRESS": "a proof of your address",
        "WHOLE_CHECK": "the whole identity check once more",
        "INFORMATION": "some information about you",
    },
    "de": {
        "IDENTITY_DOCUMENT": "ein Bild Ihres Ausweisdokuments",
        "DOCUMENT_BACK": "ein Bild der Rückseite Ihres Ausweisdokuments",
        "SELFIE": "ein Bild Ihres Gesichts",
        "PROOF_OF_ADDRESS": "ein Nachweis Ihrer Adresse",
        "WHOLE_CHECK": "die ganze Identitätsprüfung noch einmal",
        "INFORMATION": "einige Angaben zu Ihnen",
    },
    "es": {
        "IDENTITY_DOCUMENT": "una imagen de su documento de identidad",
        "DOCUMENT_BACK": "una imagen del reverso de su documento de identidad",
        "SELFIE": "una imagen de su rostro",
        "PROOF_OF_ADDRESS": "un comprobante de su domicilio",
        "WHOLE_CHECK": "toda la comprobación de identidad de nuevo",
        "INFORMATION": "algunos datos sobre usted",
    },
    "fr": {
        "IDENTITY_DOCUMENT": "une image de votre pièce d'identité",
        "DOCUMENT_BACK": "une image du verso de votre pièce d'identité",
        "SELFIE": "une image de votre visage",
        "PROOF_OF_ADDRESS": "un justificatif de domicile",
        "WHOLE_CHECK": "la vérification d'identité complète, à nouveau",
        "INFORMATION": "quelques informations vous concernant",
    },
    "pt": {
        "IDENTITY_DOCUMENT": "uma imagem do seu documento de identidade",
        "DOCUMENT_BACK": "uma imagem do verso do seu documento de identidade",
        "SELFIE": "uma imagem do seu rosto",
        "PROOF_OF_ADDRESS": "um comprovativo da sua morada",
        "WHOLE_CHECK": "toda a verificação de identidade novamente",
        "INFORMATION": "algumas informações sobre si",
    },
}
"""Language -> ``RequestItem`` -> a noun phrase, for the place after a colon."""

REASONS: dict[str, dict[str, str]] = {
    "en": {
        "BLURRED": "The picture we have is blurred or too dark to read.",
        "CUT_OFF": "Part of it is cut off or covered in the picture we have.",
        "EXPIRED": "The document we have is no longer valid.",
        "WRONG_DOCUMENT": "What we have is another kind of document than the one we need.",
        "NOT_MATCHING": "What we have differs from what was entered for you.",
        "OTHER_PERSON": "What we have seems to belong to somebody else.",
        "INCOMPLETE": "What we have is not complete.",
    },
    "de": {
        "BLURRED": "Das vorliegende Bild ist unscharf oder zu dunkel.",
        "CUT_OFF": "Auf dem vorliegenden Bild ist ein Teil abgeschnitten oder verdeckt.",
        "EXPIRED": "Das vorliegende Dokument ist nicht mehr gültig.",
        "WRONG_DOCUMENT": "Uns liegt eine andere Art von Dokument vor als die benötigte.",
        "NOT_MATCHING": "Was uns vorliegt, weicht von den erfassten Angaben ab.",
        "OTHER_PERSON": "Was uns vorliegt, scheint jemand anderem zu gehören.",
        "INCOMPLETE": "Was uns vorliegt, ist nicht vollständig.",
    },
    "es": {
        "BLURRED": "La imagen que tenemos está borrosa o demasiado oscura.",
        "CUT_OFF": "En la imagen que tenemos falta una parte o está tapada.",
        "EXPIRED": "El documento que tenemos ya no es válido.",
        "WRONG_DOCUMENT": "Lo que tenemos es otro tipo de documento distinto del que necesitamos.",
        "NOT_MATCHING": "Lo que tenemos no coincide con los datos registrados.",
        "OTHER_PERSON": "Lo que tenemos parece pertenecer a otra persona.",
        "INCOMPLETE": "Lo que tenemos no está completo.",
    },
    "fr": {
        "BLURRED": "L'image dont nous disposons est floue ou trop sombre.",
        "CUT_OFF": "Une partie est coupée ou cachée sur l'image dont nous disposons.",
        "EXPIRED": "Le document dont nous disposons n'est plus valable.",
        "WRONG_DOCUMENT": "Ce dont nous disposons est un autre type de document que celui qu'il nous faut.",
        "NOT_MATCHING": "Ce dont nous disposons diffère des données saisies.",
        "OTHER_PERSON": "Ce dont nous disposons semble appartenir à quelqu'un d'autre.",
        "INCOMPLETE": "Ce dont nous disposons n'est pas complet.",
    },
    "pt": {
        "BLURRED": "A imagem que temos está desfocada ou demasiado escura.",
        "CUT_OFF": "Na imagem que temos, uma parte está cortada ou tapada.",
        "EXPIRED": "O documento que temos já não é válido.",
        "WRONG_DOCUMENT": "O que temos é um tipo de documento diferente do que precisamos.",
        "NOT_MATCHING": "O que temos difere dos dados registados.",
        "OTHER_PERSON": "O que temos parece pertencer a outra pessoa.",
        "INCOMPLETE": "O que temos não está completo.",
    },
}
"""Language -> ``RequestReason`` -> one sentence that blames nobody."""
