"""What the stand-in is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024 * 1024
FILE_LIMIT_BYTES = 150 * MIB
JSON_LIMIT_BYTES = 4 * MIB
MULTIPART_LIMIT_BYTES = 4 * FILE_LIMIT_BYTES
SPOOL_BYTES = MIB


@dataclass(frozen=True)
class SandboxConfig:
    """Settings of one stand-in.

    ``allow_hosts`` holds ``host`` or ``host:port`` entries from which files may be fetched. Times are seconds.
    ``nonce_window`` is in units of the nonce: 0 refuses every nonce that is not above the last accepted one.
    ``link_seconds`` is how long a Capa link can be opened; ``webhook_retry_seconds`` how long its webhooks wait before
    each further try. ``token_seconds`` is how long a token of Transmit Security works, ``session_seconds`` how long a
    person may take in one of its sessions.
    """

    state_dir: Path
    allow_hosts: tuple[str, ...] = ()
    review_seconds: float = 2.0
    long_review_seconds: float = 60.0
    slow_seconds: float = 5.0
    hang_seconds: float = 300.0
    nonce_window: int = 0
    file_limit: int = FILE_LIMIT_BYTES
    download_seconds: float = 20.0
    link_seconds: float = 3600.0
    token_seconds: float = 3600.0
    session_seconds: float = 3600.0
    webhook_retry_seconds: tuple[float, ...] = (0.0, 60.0, 300.0, 600.0, 900.0)
    bind: str = "127.0.0.1"
    port: int = 8001
    spool_dir: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spool_dir", self.state_dir / "incoming")
