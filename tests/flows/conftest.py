"""Flows over real HTTP: the services and clients of the portal, the stand-in on a port of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.factories import make_account
from verifications.enums import ProviderKind
from verifications.models import ProviderAccount
from verifications.sandbox.testing import RunningSandbox, running_sandbox
from verifications.services import outcomes
from verifications.services.provider_calls import deliver_lane

KEYS = {ProviderKind.KRAKEN_EMBED: "kraken_embed", ProviderKind.PAYWARD_SERVICES: "payward_services"}


@dataclass(frozen=True)
class Flow:
    """A stand-in, the portal's address where documents are fetched, and a worker that runs when it is asked to."""

    stand_in: RunningSandbox
    host: str

    def account(self, kind: str = ProviderKind.KRAKEN_EMBED, **changes: Any) -> ProviderAccount:
        pair = self.stand_in.keys[KEYS[ProviderKind(kind)]]
        entered = {"key_id": pair["key_id"], "secret": pair["secret"], "allowed_document_hosts": (self.host,)}
        return make_account(kind, base_url=self.stand_in.base_url, **(entered | changes))

    def session_account(self, **changes: Any) -> ProviderAccount:
        pair = self.stand_in.keys["transmit_verify"]
        entered = {"key_id": pair["client_id"], "secret": pair["client_secret"], "base_url": self.stand_in.base_url}
        return make_account(ProviderKind.TRANSMIT_VERIFY, **(entered | changes))

    def link_account(self, **changes: Any) -> ProviderAccount:
        pair = self.stand_in.keys["capa_partner"]
        entered = {"secret": pair["key"], "webhook_secret": pair["webhook_secret"], "base_url": self.stand_in.base_url}
        return make_account(ProviderKind.CAPA_PARTNER, **(entered | {"enabled_countries": ("MX",)} | changes))

    def run_until(self, account: ProviderAccount, done: Callable[[], bool], *, seconds: float = 60) -> None:
        """Deliver what is due until ``done``; fails when that takes too long."""
        end = time.monotonic() + seconds
        while True:
            deliver_lane(key_id=account.key_id)
            if done():
                return
            assert time.monotonic() < end, "the flow did not come to its end"
            time.sleep(0.03)


@pytest.fixture
def flow(live_server: Any, tmp_path: Path, settings: Any, monkeypatch: Any) -> Iterator[Flow]:
    """Reviews take no time to speak of, and a call that was not processed goes again at once."""
    settings.PUBLIC_URL = live_server.url
    host = urlsplit(live_server.url).netloc
    monkeypatch.setattr(outcomes, "_backoff", lambda _number: 0.02)
    times = {"review_seconds": 0.2, "slow_seconds": 0.3, "hang_seconds": 0.3, "download_seconds": 5.0}
    with running_sandbox(tmp_path / "stand-in", allow_hosts=(host,), **times) as stand_in:
        yield Flow(stand_in, host)
