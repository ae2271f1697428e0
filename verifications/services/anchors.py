"""Anchors: what a log's head was, written down where whoever owns the database can't change it.

A seal proves nothing against somebody who makes all seals anew, or cuts entries off the end. An anchor does: it names
seal, total and digest and is signed. What was appended since the last one is what could still be cut off unseen.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import transaction

from verifications import signing
from verifications.enums import AnchorPlace, AuditAction, LogKind
from verifications.integrity.verify_records import canonical
from verifications.models import LogAnchor
from verifications.selectors.seals import SealHead, head_of, last_anchor, places_set
from verifications.services.audit import record_event

logger = logging.getLogger(__name__)

ACTOR = "system:schedule"
CLAIM_SECONDS = 60


class AnchorRefused(Exception):
    """A place did not take an anchor. The text holds no address and no key."""


def write_due_anchors(*, now: dt.datetime) -> int:
    """Anchor both logs wherever the settings say, where that is due; how many anchors were written.

    A place that fails keeps no other from being written, is tried again after the interval, and is told of once. Two
    processes at once write the same anchor twice, which does no harm.
    """
    return sum(_write_if_due(log, place, now) for place in places_set() for log in LogKind)


def anchor_line(head: SealHead, *, at: dt.datetime) -> bytes:
    """The signed line, without its end of line."""
    said: dict[str, object] = {
        "at": at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "digest": head.digest,
        "key_id": signing.signing_key_id(),
        "log": head.log.value,
        "number": head.number,
        "total": head.total,
    }
    _key_id, signature = signing.sign(canonical(said))
    return canonical(said | {"signature": signature})


def anchor_files() -> list[Path]:
    """Those in ``ANCHOR_DIR``, oldest first."""
    return sorted(Path(settings.ANCHOR_DIR).glob("anchors-*.jsonl")) if settings.ANCHOR_DIR else []


def anchor_lines() -> Iterator[tuple[str, bytes]]:
    """Every line of those files, each with the name of its file and its number there."""
    for path in anchor_files():
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                yield f"{path.name}:{number}", line


def _write_if_due(log: LogKind, place: AnchorPlace, now: dt.datetime) -> bool:
    head = head_of(log)
    newest = LogAnchor.objects.filter(log=log, place=place).order_by("-id").first()
    if head is None or not _is_due(log, place, head, newest, now):
        return False
    claim = f"log-anchor-{log.value}-{place.value}"
    if not cache.add(claim, 1, timeout=CLAIM_SECONDS):
        return False
    try:
        return _write(head, place, newest, now)
    finally:
        cache.delete(claim)


def _is_due(log: LogKind, place: AnchorPlace, head: SealHead, newest: LogAnchor | None, now: dt.datetime) -> bool:
    """The head moved since the last anchor there, and the interval since the last try is over."""
    written = last_anchor(log, place)
    if written is not None and (written.number, written.digest) == (head.number, head.digest):
        return False
    return newest is None or now - newest.at >= dt.timedelta(seconds=settings.ANCHOR_SECONDS)


def _write(head: SealHead, place: AnchorPlace, before: LogAnchor | None, now: dt.datetime) -> bool:
    """Whether it was written; either way a row says what came of it."""
    reference = problem = ""
    try:
        reference = _WRITERS[place](head, anchor_line(head, at=now), now)
    except (OSError, AnchorRefused) as error:  # what a mail server says is an OSError too
        problem = _problem_of(error)
        logger.warning("Anchor of %s seal %s to %s failed: %s", head.log.value, head.number, place.value, problem)
    with transaction.atomic():
        anchor = LogAnchor.objects.create(
            log=head.log,
            number=head.number,
            total=head.total,
            digest=head.digest,
            place=place,
            reference=reference[:300],
            at=now,
            problem=problem,
        )
        if problem and (before is None or not before.problem):
            record_event(
                action=AuditAction.LOG_ANCHOR_FAILED,
                actor=ACTOR,
                subject=anchor,
                at=now,
                details={"log": head.log.value, "place": place.value, "seal": head.number, "problem": problem},
            )
    return not problem


def _problem_of(error: OSError | AnchorRefused) -> str:
    """In a few words that hold no address and no key."""
    if isinstance(error, AnchorRefused):
        return str(error)[:300]
    if error.strerror:
        return f"{type(error).__name__}: {error.strerror}"[:300]
    return type(error).__name__


def _to_file(_head: SealHead, line: bytes, now: dt.datetime) -> str:
    """One line more in the month's file; on the disk before this returns."""
    folder = Path(settings.ANCHOR_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"anchors-{now.astimezone(dt.UTC):%Y-%m}.jsonl"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path.name


def _to_bucket(head: SealHead, line: bytes, now: dt.datetime) -> str:
    """An object of its own, locked until its time is over where days are set; the bucket must have Object Lock then."""
    import boto3  # noqa: PLC0415 - half a second of every start, for who has no bucket
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    name = f"anchors/{head.log.value.lower()}/{head.number:012d}-{head.digest[:16]}.json"
    lock: dict[str, object] = {}
    if settings.ANCHOR_BUCKET_DAYS > 0:
        until = now + dt.timedelta(days=settings.ANCHOR_BUCKET_DAYS)
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    access = settings.S3_ACCESS
    try:
        client = boto3.client(
            "s3",
            endpoint_url=access["endpoint_url"],
            region_name=access["region_name"],
            aws_access_key_id=access["access_key"],
            aws_secret_access_key=access["secret_key"],
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": access["addressing_style"]},
                connect_timeout=5,
                read_timeout=15,
                retries={"max_attempts": 2},
            ),
        )
        client.put_object(
            Bucket=settings.ANCHOR_BUCKET, Key=name, Body=line + b"\n", ContentType="application/json", **lock
        )
    except ClientError as error:
        raise AnchorRefused(f"refused: {error.response.get('Error', {}).get('Code', 'no code')}") from error
    except BotoCoreError as error:
        raise AnchorRefused(type(error).__name__) from error
    return name


def _to_mail(head: SealHead, line: bytes, _now: dt.datetime) -> str:
    """One message with the line, to a mailbox that keeps it."""
    EmailMessage(
        subject=f"Anchor of the {head.log.label.lower()}, seal {head.number}",
        body=(
            "Keep this message. The line below says what the log held; the verifier compares it with an export.\n\n"
            f"{line.decode('ascii')}\n"
        ),
        to=[settings.ANCHOR_EMAIL],
    ).send()
    return settings.ANCHOR_EMAIL


_WRITERS: dict[AnchorPlace, Callable[[SealHead, bytes, dt.datetime], str]] = {
    AnchorPlace.FILE: _to_file,
    AnchorPlace.BUCKET: _to_bucket,
    AnchorPlace.MAIL: _to_mail,
}
