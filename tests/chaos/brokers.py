"""The run's own corner of a broker: emptied, and its connections cut, without touching anybody else's."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import redis
from kombu import Connection

QUEUE = "celery"


class Broker(Protocol):
    url: str

    def flush(self) -> None:
        """Everything that was said is forgotten."""

    def restart(self) -> None:
        """Everything is forgotten and every connection ends, as when the broker is started anew."""


class RedisBroker:
    """A database of the server that was empty; its clients are told by its number."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        for number in range(15, 0, -1):
            self.url = urlunsplit(parts._replace(path=f"/{number}"))
            self._number = number
            self._client = redis.Redis.from_url(self.url)
            if self._client.dbsize() == 0 and not self._others():
                return
        raise RuntimeError("no empty Redis database between 1 and 15")

    def flush(self) -> None:
        self._client.flushdb()

    def restart(self) -> None:
        self.flush()
        for client in self._others():
            with contextlib.suppress(redis.ResponseError):
                self._client.client_kill(client["addr"])

    def _others(self) -> list[dict[str, str]]:
        own = str(self._client.client_id())
        return [one for one in self._client.client_list() if one["db"] == str(self._number) and one["id"] != own]


class RabbitBroker:
    """A virtual host made for the run; needs ``rabbitmqctl``."""

    def __init__(self, url: str) -> None:
        self._name = f"chaos-{os.getpid()}-{secrets.token_hex(3)}"
        self.url = urlunsplit(urlsplit(url)._replace(path=f"/{self._name}"))
        user = urlsplit(url).username or "guest"
        _rabbitmqctl("add_vhost", self._name)
        _rabbitmqctl("set_permissions", "-p", self._name, user, ".*", ".*", ".*")

    def flush(self) -> None:
        with Connection(self.url) as connection, contextlib.suppress(Exception):
            connection.default_channel.queue_purge(QUEUE)

    def restart(self) -> None:
        self.flush()
        _rabbitmqctl("close_all_connections", "-p", self._name, "chaos")

    def remove(self) -> None:
        _rabbitmqctl("delete_vhost", self._name)


class FilesystemBroker:
    """The embedded broker's folder."""

    url = "filesystem://"

    def __init__(self, folder: Path) -> None:
        self._messages = folder / "broker" / "messages"

    def flush(self) -> None:
        for message in self._messages.glob("*.msg"):
            message.unlink(missing_ok=True)

    restart = flush


@contextlib.contextmanager
def open_broker(kind: str, url: str, folder: Path) -> Iterator[Broker]:
    """A broker for the block, empty afterwards."""
    if kind == "filesystem":
        yield FilesystemBroker(folder)
        return
    broker = RedisBroker(url) if kind == "redis" else RabbitBroker(url)
    try:
        yield broker
    finally:
        if isinstance(broker, RabbitBroker):
            broker.remove()
        else:
            broker.flush()


def _rabbitmqctl(*arguments: str) -> None:
    subprocess.run(["rabbitmqctl", "--quiet", *arguments], check=True, capture_output=True, timeout=60)
