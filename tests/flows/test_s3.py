"""Documents in an S3-compatible bucket: kept, shown, and presigned by the storage for providers."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import requests
from botocore.config import Config
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone
from storages.backends.s3 import S3File

from tests import factories
from tests.views.export_records import ready
from verifications.enums import RenditionKind, VerificationMethod
from verifications.sandbox.testing import running_sandbox
from verifications.services import provider_calls
from verifications.services.document_addresses import presigned_address
from verifications.services.documents import open_original, open_rendition
from verifications.services.provider_users import create_provider_user
from verifications.services.verifications import submit_verification

pytestmark = [pytest.mark.s3, pytest.mark.django_db]


@pytest.fixture
def bucket(settings: Any) -> str:
    """A bucket of the test's own, configured as settings do from DOCUMENTS_BUCKET and its companions."""
    name = f"portal-{uuid.uuid4().hex[:12]}"
    keys = {"access_key": os.environ["S3_ACCESS_KEY"], "secret_key": os.environ["S3_SECRET_KEY"]}
    client = boto3.client(
        "s3",
        endpoint_url=os.environ["S3_ENDPOINT_URL"],
        aws_access_key_id=keys["access_key"],
        aws_secret_access_key=keys["secret_key"],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )
    client.create_bucket(Bucket=name)
    settings.DOCUMENTS_BUCKET = name
    settings.STORAGES = settings.STORAGES | {
        "documents": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": name,
                "endpoint_url": os.environ["S3_ENDPOINT_URL"],
                "region_name": "us-east-1",
                "addressing_style": "path",
                "signature_version": "s3v4",
                "default_acl": None,
                "querystring_auth": True,
                "file_overwrite": False,
                **keys,
            },
        }
    }
    return name


def test_documents_are_kept_and_read_back_byte_for_byte(bucket: str) -> None:
    content = factories.specimen()
    draft = factories.make_draft(with_front=False)

    document = factories.upload(draft, "front", content)

    with open_original(document=document, actor="user:1", at=timezone.now()) as stream:
        assert stream.read() == content
    with open_rendition(
        document=document, kind=RenditionKind.PREVIEW, page=1, actor="user:1", at=timezone.now()
    ) as stream:
        assert stream.read(2) == b"\xff\xd8"
    assert storages["documents"].exists(document.storage_name)


def test_addresses_are_signed_by_the_storage_and_end_in_a_clean_name(bucket: str) -> None:
    draft = factories.make_draft()
    document = draft.documents.get()

    address = presigned_address(document=document, account=draft.account, at=timezone.now())

    assert urlsplit(address).path.endswith("/front.jpg")
    assert requests.get(address, timeout=5).content == factories.specimen()
    assert requests.get(address[:-1] + ("0" if address[-1] != "0" else "1"), timeout=5).status_code == 403
    assert requests.get(address.partition("?")[0], timeout=5).status_code == 403


def test_an_export_is_fetched_from_the_bucket_range_by_range(
    bucket: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ready(content=bytes(number % 251 for number in range(700_000)))
    client.force_login(export.requested_by)
    address = f"/exports/{export.public_id}/file/"
    monkeypatch.setattr(S3File, "file", property(lambda _file: pytest.fail("the whole object was fetched first")))

    whole = client.get(address)
    content = b"".join(whole.streaming_content)
    rest = client.get(address, headers={"Range": "bytes=300000-", "If-Range": whole.headers["ETag"]})

    assert hashlib.sha256(content).hexdigest() == export.sha256
    assert rest.status_code == 206
    assert content[:300_000] + b"".join(rest.streaming_content) == content


def test_a_submission_by_addresses_is_fetched_from_the_bucket(bucket: str, tmp_path: Path) -> None:
    host = urlsplit(os.environ["S3_ENDPOINT_URL"]).netloc
    with running_sandbox(tmp_path, allow_hosts=[host], review_seconds=0.1) as sandbox:
        key = sandbox.keys["payward_services"]
        account = factories.make_account(
            "PAYWARD_SERVICES",
            base_url=sandbox.base_url,
            key_id=key["key_id"],
            secret=key["secret"],
            enabled_types=("identity_document",),
            allowed_document_hosts=(host,),
        )
        user = create_provider_user(
            customer_id=factories.make_customer().pk,
            account_id=account.pk,
            headless=False,
            actor=factories.ACTOR,
            at=timezone.now(),
        )
        provider_calls.deliver_lane(key_id=account.key_id)
        user.refresh_from_db()
        draft = factories.make_draft(user, method=VerificationMethod.DOCUMENT_URLS)

        submit_verification(verification_id=draft.pk, actor=factories.ACTOR, at=timezone.now())
        provider_calls.deliver_lane(key_id=account.key_id)

        draft.refresh_from_db()
        assert (draft.status, draft.attention) == ("ACCEPTED", "")
        (row,) = sandbox.record()
        assert row["files"][0]["sha256"] == draft.documents.get().sha256
