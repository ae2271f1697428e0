"""The embedded broker: kombu's filesystem transport, made safe for several processes.

Kombu writes a message into the folder that consumers read, and locks it only after opening it: a consumer can take the
file while it is still empty and fails on it, which ends the worker. Here a message is written beside and renamed into
place, and what can't be read is left to the sweep: a message is only a doorbell (see ADR 0002).
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem

logger = logging.getLogger(__name__)

TABLE_TRIES = 20
TABLE_PAUSE = 0.05


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        """Write the message whole, then let it appear under the name that consumers look for."""
        folder = Path(self.data_folder_out)
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        draft = folder / f".{name}.draft"
        draft.write_text(json.dumps(payload))
        draft.replace(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002 - the signature of kombu
        """The next message that can be read; kombu has moved an unreadable one out of the way."""
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                logger.warning("The embedded broker dropped an unreadable message; the sweep finds what it spoke of.")

    def get_table(self, exchange: str) -> Any:
        return self._patiently(super().get_table, exchange)

    def _queue_bind(self, *args: Any) -> None:
        self._patiently(super()._queue_bind, *args)

    @staticmethod
    def _patiently(act: Any, *args: Any) -> Any:
        """Another process may be writing the table this moment: read it again when it is half there."""
        for _ in range(TABLE_TRIES):
            try:
                return act(*args)
            except ValueError:
                time.sleep(TABLE_PAUSE)
        return act(*args)


class Transport(filesystem.Transport):
    Channel = Channel


def install() -> None:
    """Let ``filesystem://`` mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
