"""What the portal asks the decoding process and what it answers; both travel as one JSON object."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from verifications.documents.types import Limits, RenditionName

UPLOAD_KINDS: frozenset[RenditionName] = frozenset({"PREVIEW", "THUMBNAIL", "DELIVERY"})
CAPTURE_KINDS: frozenset[RenditionName] = frozenset({"PREVIEW", "THUMBNAIL", "CAPTURE"})
ALL_KINDS = UPLOAD_KINDS | CAPTURE_KINDS


@dataclass(frozen=True)
class Job:
    """Look at one file, of the type its first bytes showed; write pictures into ``out_dir`` unless it is None.

    With ``zone`` its machine-readable zone is read instead, of a PDF the one on its first page.
    """

    path: Path
    content_type: str
    out_dir: Path | None
    kinds: frozenset[RenditionName]
    limits: Limits
    zone: bool = False

    def to_json(self) -> str:
        return json.dumps(
            {
                "path": str(self.path),
                "content_type": self.content_type,
                "out_dir": None if self.out_dir is None else str(self.out_dir),
                "kinds": sorted(self.kinds),
                "limits": asdict(self.limits),
                "zone": self.zone,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Job:
        data = json.loads(text)
        return cls(
            path=Path(data["path"]),
            content_type=data["content_type"],
            out_dir=None if data["out_dir"] is None else Path(data["out_dir"]),
            kinds=frozenset(data["kinds"]),
            limits=Limits(**data["limits"]),
            zone=data["zone"],
        )

    def wants(self, kind: RenditionName) -> bool:
        return self.out_dir is not None and kind in self.kinds


@dataclass(frozen=True)
class Picture:
    """One JPEG written into the job's folder; ``name`` is its file name there."""

    kind: RenditionName
    page: int
    name: str
    width: int
    height: int


@dataclass
class Facts:
    """What decoding showed. ``notes`` are sentences for a person, ``zone`` the lines that were asked for and read."""

    width: int | None = None
    height: int | None = None
    pages: int | None = None
    orientation: int = 1
    notes: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    zone: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Facts:
        pictures = [Picture(**picture) for picture in data["pictures"]]
        zone = None if data["zone"] is None else tuple(data["zone"])
        return cls(**{**data, "pictures": pictures, "zone": zone})


@dataclass(frozen=True)
class Usage:
    """What the decoding process took: processor seconds and its highest resident memory in bytes."""

    cpu_seconds: float
    peak_bytes: int
