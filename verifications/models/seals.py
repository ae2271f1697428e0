"""What makes both logs tamper-evident: seals over batches of entries, anchors kept elsewhere, checks that were made."""

from __future__ import annotations

from django.db import models

from verifications.enums import AnchorPlace, LogKind
from verifications.models.audit import AppendOnlyQuerySet, WrittenOnce

ENTRY_BYTES = 40
"""Of one entry in ``LogSeal.entries``: the row's id (8 bytes, big-endian), then its leaf hash (32 bytes)."""


class LogHead(models.Model):
    """Where sealing of a log stands; its row is what one sealer holds. Worth nothing as evidence: seals are."""

    log = models.CharField(max_length=6, choices=LogKind, unique=True)
    reached_id = models.BigIntegerField(default=0)
    """Highest id of an event that was sealed."""
    holes = models.JSONField(default=list)
    """Ids below it that nobody has written yet and a running transaction still may: ``[first, last, xmax, at]``."""

    def __str__(self) -> str:
        return f"{self.log} {self.reached_id}"


class LogSeal(WrittenOnce):
    """A signed batch of entries. ``first`` is the sequence number of its first entry; the first of all is 1.

    ``digest`` is the SHA-256 of the seal's canonical header, in which ``root`` (Merkle root of the leaves),
    ``previous`` (digest of the seal before, 64 zeros for the first), count and time stand; ``signature`` is Ed25519
    over the same bytes, hex. The layout is the one of ``integrity.verify_records``.
    """

    log = models.CharField(max_length=6, choices=LogKind)
    number = models.PositiveBigIntegerField()
    first = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField()
    sealed_at = models.DateTimeField()
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    key_id = models.CharField(max_length=40)
    signature = models.CharField(max_length=128)
    entries = models.BinaryField()
    """``count`` times ``ENTRY_BYTES``, in sequence."""
    lowest_id = models.BigIntegerField()
    highest_id = models.BigIntegerField()
    """Of the entries' rows: by these the seal of an event is found."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["log", "highest_id"], name="log_seal_by_row")]
        constraints = [
            models.UniqueConstraint(name="log_seal_number", fields=["log", "number"]),
            models.UniqueConstraint(name="log_seal_first", fields=["log", "first"]),
        ]

    def __str__(self) -> str:
        return f"{self.log} {self.number}"

    @property
    def last(self) -> int:
        """Sequence number of its last entry, which is the number of entries sealed up to it."""
        return self.first + self.count - 1


class LogAnchor(WrittenOnce):
    """That a seal's digest was written down outside the database, or that this failed."""

    log = models.CharField(max_length=6, choices=LogKind)
    number = models.PositiveBigIntegerField()
    total = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    place = models.CharField(max_length=6, choices=AnchorPlace)
    reference = models.CharField(max_length=300, blank=True)
    """Name of the file or object, or the address it was mailed to."""
    at = models.DateTimeField()
    problem = models.CharField(max_length=300, blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["log", "place", "-id"], name="log_anchor_newest")]

    def __str__(self) -> str:
        return f"{self.log} {self.number} {self.place}"


class LogCheck(WrittenOnce):
    """One verification of a log in place, and what it found. ``findings`` are sentences with sequence numbers."""

    log = models.CharField(max_length=6, choices=LogKind)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    entries = models.PositiveBigIntegerField()
    seals = models.PositiveBigIntegerField()
    unsealed = models.PositiveBigIntegerField()
    erased = models.PositiveBigIntegerField(default=0)
    is_sound = models.BooleanField()
    findings = models.JSONField(default=list)
    actor = models.CharField(max_length=100)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["log", "-id"], name="log_check_newest")]

    def __str__(self) -> str:
        return f"{self.log} {self.started_at:%Y-%m-%d}"
