"""``python -m verifications.sandbox --port 8001 --state var/sandbox --allow-host 127.0.0.1:8000``"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from .app import create_app
from .config import SandboxConfig
from .server import build_server


def parse_seconds(text: str) -> tuple[float, ...]:
    """``0,60,300`` as numbers; ValueError otherwise, which argparse words."""
    return tuple(float(part) for part in text.split(","))


def parse_arguments(arguments: list[str]) -> SandboxConfig:
    parser = argparse.ArgumentParser(prog="verifications.sandbox", description="A stand-in of the providers' APIs.")
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8001, help="port; 0 takes a free one (default %(default)s)")
    parser.add_argument("--state", type=Path, default=Path("var/sandbox"), help="directory of keys and users")
    parser.add_argument("--allow-host", action="append", default=[], help="host:port files may come from; repeatable")
    parser.add_argument("--review-seconds", type=float, default=2.0, help="how long a plain review takes")
    parser.add_argument("--long-review-seconds", type=float, default=60.0, help="how long the mark REVIEW takes")
    parser.add_argument("--slow-seconds", type=float, default=5.0, help="how long the mark SLOW takes")
    parser.add_argument("--hang-seconds", type=float, default=300.0, help="how long the mark HANG takes")
    parser.add_argument("--nonce-window", type=int, default=0, help="how far a late nonce may lie behind")
    parser.add_argument("--token-seconds", type=float, default=3600.0, help="how long a Transmit token works")
    parser.add_argument("--session-seconds", type=float, default=3600.0, help="how long a Transmit session is open")
    parser.add_argument("--link-seconds", type=float, default=3600.0, help="how long a Capa link can be opened")
    parser.add_argument(
        "--webhook-retry-seconds",
        type=parse_seconds,
        default="0,60,300,600,900",
        help="waits before the further tries of a Capa webhook (default %(default)s)",
    )
    options = parser.parse_args(arguments)
    return SandboxConfig(
        state_dir=options.state,
        allow_hosts=tuple(options.allow_host),
        review_seconds=options.review_seconds,
        long_review_seconds=options.long_review_seconds,
        slow_seconds=options.slow_seconds,
        hang_seconds=options.hang_seconds,
        nonce_window=options.nonce_window,
        token_seconds=options.token_seconds,
        session_seconds=options.session_seconds,
        link_seconds=options.link_seconds,
        webhook_retry_seconds=options.webhook_retry_seconds,
        bind=options.bind,
        port=options.port,
    )


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT. Exit codes: 0 stopped, 1 the port is taken, 2 wrong arguments."""
    logging.basicConfig(level=logging.INFO, format="sandbox %(message)s", stream=sys.stderr)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    config = parse_arguments(arguments)
    app = create_app(config)
    try:
        server = build_server(app, bind=config.bind, port=config.port)
    except (OSError, SystemExit):
        app.close()
        print(f"Port {config.port} on {config.bind} is in use.", file=sys.stderr)
        return 1

    def stop(_number: int, _frame: FrameType | None) -> None:
        app.sandbox.stopping.set()
        # shutdown() waits for the loop that this handler interrupts, so it needs a thread of its own.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"Stand-in of the providers on http://{config.bind}:{server.server_port}/", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    app.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
