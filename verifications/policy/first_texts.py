"""The texts to customers that a new installation starts with. An organisation writes its own and approves them."""

from __future__ import annotations

WITH_ADDRESS, BY_MESSAGE = "ask-again", "ask-by-message"

FIRST_TEXTS: dict[str, dict[str, tuple[str, str, str]]] = {
    WITH_ADDRESS: {
        "en": (
            "Ask again, with an address",
            "We need something from you once more",
            "Dear {name},\n\nthank you for what you sent us. To go on we need: {item}.\n\n{reason}\n\n"
            "Please open this address. It is for you only, so please do not pass it on:\n\n{address}\n\n"
            "If you did not expect this message, please do not open the address and let us know.\n",
        ),
        "de": (
            "Noch einmal fragen, mit Adresse",
            "Wir brauchen noch etwas von Ihnen",
            "Guten Tag {name},\n\nvielen Dank für Ihre Unterlagen. Damit es weitergeht, brauchen wir: {item}.\n\n"
            "{reason}\n\nBitte öffnen Sie diese Adresse. Sie ist nur für Sie, geben Sie sie bitte nicht weiter:\n\n"
            "{address}\n\nFalls Sie diese Nachricht nicht erwartet haben, öffnen Sie die Adresse bitte nicht und geben "
            "Sie uns Bescheid.\n",
        ),
        "es": (
            "Pedir de nuevo, con dirección",
            "Necesitamos algo más de usted",
            "Estimado/a {name}:\n\ngracias por lo que nos envió. Para continuar necesitamos: {item}.\n\n{reason}\n\n"
            "Abra, por favor, esta dirección. Es solo para usted; no la comparta:\n\n{address}\n\n"
            "Si no esperaba este mensaje, no abra la dirección y avísenos.\n",
        ),
        "fr": (
            "Redemander, avec une adresse",
            "Nous avons encore besoin de quelque chose",
            "Bonjour {name},\n\nmerci pour votre envoi. Pour continuer, il nous faut : {item}.\n\n{reason}\n\n"
            "Veuillez ouvrir cette adresse. Elle est pour vous seul(e), ne la transmettez pas :\n\n{address}\n\n"
            "Si vous n'attendiez pas ce message, n'ouvrez pas l'adresse et prévenez-nous.\n",
        ),
        "pt": (
            "Pedir de novo, com endereço",
            "Precisamos de mais uma coisa",
            "Caro(a) {name},\n\nobrigado pelo que nos enviou. Para continuar precisamos de: {item}.\n\n{reason}\n\n"
            "Abra, por favor, este endereço. É só para si; não o partilhe:\n\n{address}\n\n"
            "Se não esperava esta mensagem, não abra o endereço e avise-nos.\n",
        ),
    },
    BY_MESSAGE: {
        "en": (
            "Ask by message only",
            "We have a question",
            "Dear {name},\n\nthank you for what you sent us. To go on we need: {item}.\n\n{reason}\n\n"
            "Please get in touch with us in the way you usually do. Please send no documents by e-mail.\n",
        ),
        "de": (
            "Nur mit einer Nachricht fragen",
            "Wir haben eine Frage",
            "Guten Tag {name},\n\nvielen Dank für Ihre Unterlagen. Damit es weitergeht, brauchen wir: {item}.\n\n"
            "{reason}\n\nBitte melden Sie sich bei uns wie gewohnt. Bitte schicken Sie keine Dokumente per E-Mail.\n",
        ),
        "es": (
            "Pedir solo con un mensaje",
            "Tenemos una pregunta",
            "Estimado/a {name}:\n\ngracias por lo que nos envió. Para continuar necesitamos: {item}.\n\n{reason}\n\n"
            "Póngase en contacto con nosotros como siempre. No envíe documentos por correo electrónico.\n",
        ),
        "fr": (
            "Demander par message seulement",
            "Nous avons une question",
            "Bonjour {name},\n\nmerci pour votre envoi. Pour continuer, il nous faut : {item}.\n\n{reason}\n\n"
            "Contactez-nous comme d'habitude. N'envoyez pas de documents par courriel.\n",
        ),
        "pt": (
            "Pedir só por mensagem",
            "Temos uma pergunta",
            "Caro(a) {name},\n\nobrigado pelo que nos enviou. Para continuar precisamos de: {item}.\n\n{reason}\n\n"
            "Contacte-nos como habitualmente. Não envie documentos por correio eletrónico.\n",
        ),
    },
}
"""Code -> language -> (title, subject, body)."""
