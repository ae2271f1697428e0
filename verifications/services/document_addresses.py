"""Presigned addresses for providers: short-lived, made right before sending, never stored and never logged.

With S3 the storage signs them; on disk the portal serves ``/files/<token>/<name>`` itself. Either way the last part of
the path is a clean file name with its true extension, as the contracts want (payward-services 4.3, kraken-embed 5).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from verifications.enums import AccessAction
from verifications.errors import NotAllowed
from verifications.models import Document, ProviderAccount
from verifications.services.audit import record_access
from verifications.services.documents import delivery_file, documents_storage, open_checked

SALT = "verifications.document-address"


@dataclass(frozen=True)
class ServedFile:
    stream: IO[bytes]
    content_type: str
    size: int
    filename: str


def presigned_address(*, document: Document, account: ProviderAccount, at: dt.datetime) -> str:
    """An address one provider account can fetch this document from, for ``DOCUMENT_ADDRESS_SECONDS``."""
    storage_name, content_type, _size, _sha256, filename = delivery_file(document)
    if settings.DOCUMENTS_BUCKET:
        url: str = documents_storage().url(  # type: ignore[call-arg]
            storage_name,
            parameters={"ResponseContentType": content_type},
            expire=settings.DOCUMENT_ADDRESS_SECONDS,
        )
        return url
    ends = int(at.timestamp()) + settings.DOCUMENT_ADDRESS_SECONDS
    token = signing.dumps([str(document.public_id), account.pk, ends], salt=SALT)
    return settings.PUBLIC_URL + reverse("verifications:document_address", args=[token, filename])


def open_presigned(*, token: str, filename: str, at: dt.datetime) -> ServedFile:
    """The file behind an address, with its access event; raises ``NotAllowed`` for one that is forged or over."""
    try:
        public_id, account_id, ends = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotAllowed("This address is not valid.") from error
    if at.timestamp() > ends:
        raise NotAllowed("This address is over.")
    document = Document.objects.select_related("customer").filter(public_id=public_id).first()
    account = ProviderAccount.objects.filter(pk=account_id).first()
    if document is None or account is None or not account.is_enabled:
        raise NotAllowed("This address is not valid.")
    storage_name, content_type, size, sha256, true_name = delivery_file(document)
    if filename != true_name:
        raise NotAllowed("This address is not valid.")
    with transaction.atomic():
        record_access(
            action=AccessAction.PROVIDER_FETCHED,
            actor=f"provider:{account.public_id}",
            subject=document,
            at=at,
            details={"sha256": sha256},
        )
        stream = open_checked(storage_name, sha256)
    return ServedFile(stream=stream, content_type=content_type, size=size, filename=true_name)  # type: ignore[arg-type]
