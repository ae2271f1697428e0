"""What a run is asked to do."""

from __future__ import annotations

import argparse
import os
import random
from dataclasses import dataclass
from pathlib import Path

BROKERS = ("redis", "rabbitmq", "filesystem")


@dataclass(frozen=True)
class Options:
    """``kills``: how many worker processes have to die before the last submission may be made."""

    submissions: int
    workers: int
    seed: int
    kills: int
    database_url: str
    broker: str
    broker_url: str
    settle_seconds: float
    write: Path | None

    @property
    def on_postgres(self) -> bool:
        return self.database_url.startswith("postgres")


def parse_options(arguments: list[str]) -> Options:
    """Read the command line; exits with a sentence about what is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--submissions", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=4, help="worker processes, threads and prefork by turns")
    parser.add_argument("--seed", type=int, default=None, help="repeat the choices of another run")
    parser.add_argument("--kills", type=int, default=None, help="kill -9 of workers, a tenth of the submissions")
    parser.add_argument(
        "--database-url",
        default=os.environ.get("DATABASE_URL", ""),
        help="a PostgreSQL server that may create databases, or `sqlite` (default: DATABASE_URL)",
    )
    parser.add_argument("--broker", choices=BROKERS, default="redis")
    parser.add_argument("--broker-url", default="", help="default: REDIS_URL, or AMQP_URL for rabbitmq")
    parser.add_argument("--settle-seconds", type=float, default=600.0, help="most seconds for everything to end")
    parser.add_argument("--write", type=Path, default=None, help="a page whose table of the last run is replaced")
    chosen = parser.parse_args(arguments)
    if not chosen.database_url:
        parser.error("no database: set DATABASE_URL=postgres://user@host:port/postgres, or say --database-url sqlite")
    broker_url = chosen.broker_url or os.environ.get(
        {"redis": "REDIS_URL", "rabbitmq": "AMQP_URL"}.get(chosen.broker, ""), ""
    )
    if chosen.broker != "filesystem" and not broker_url:
        parser.error(f"no broker: set {'REDIS_URL' if chosen.broker == 'redis' else 'AMQP_URL'}, or give --broker-url")
    return Options(
        submissions=chosen.submissions,
        workers=chosen.workers,
        seed=random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed,
        kills=max(1, chosen.submissions // 10) if chosen.kills is None else chosen.kills,
        database_url=chosen.database_url,
        broker=chosen.broker,
        broker_url=broker_url,
        settle_seconds=chosen.settle_seconds,
        write=chosen.write,
    )
