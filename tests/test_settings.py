"""With ENVIRONMENT=production nothing unsafe has a default: what is missing stops the start and is named."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMPLETE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "production-" + "k" * 50,
    "VAULT_MASTER_KEYS": "p1:" + base64.b64encode(b"p" * 32).decode(),
    "AUDIT_SIGNING_KEYS": "p1:" + base64.b64encode(b"s" * 32).decode(),
    "PUBLIC_URL": "https://portal.example.org",
    "ALLOWED_HOSTS": "portal.example.org",
    "DATABASE_URL": "postgres://portal@db.example.org/portal",
}


def _start(tmp_path: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own, with no environment but the one given; ``None`` leaves one out."""
    given = {**COMPLETE, "VAR_DIR": str(tmp_path / "var"), **changes}
    environment = {name: value for name, value in given.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", "import compliance_portal.settings as s; print(s.ENVIRONMENT, s.DEBUG)"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_production_starts_when_everything_is_set(tmp_path: Path) -> None:
    started = _start(tmp_path)

    assert (started.returncode, started.stdout.strip()) == (0, "production False"), started.stderr
    assert not (tmp_path / "var" / "secrets.json").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, None) for name in COMPLETE if name != "ENVIRONMENT"]
    + [(name, "") for name in ("SECRET_KEY", "VAULT_MASTER_KEYS", "AUDIT_SIGNING_KEYS", "PUBLIC_URL", "ALLOWED_HOSTS")],
)
def test_production_refuses_to_start_without(tmp_path: Path, name: str, value: str | None) -> None:
    started = _start(tmp_path, **{name: value})

    assert started.returncode != 0
    assert name in started.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "true"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "django-insecure-" + "x" * 60),
        ("ALLOWED_HOSTS", "*"),
        ("PUBLIC_URL", "http://portal.example.org"),
    ],
)
def test_production_refuses_an_unsafe_value(tmp_path: Path, name: str, value: str) -> None:
    started = _start(tmp_path, **{name: value})

    assert started.returncode != 0
    assert name in started.stderr.splitlines()[-1]


def test_an_unknown_environment_is_refused(tmp_path: Path) -> None:
    started = _start(tmp_path, ENVIRONMENT="prod")

    assert started.returncode != 0
    assert "ENVIRONMENT" in started.stderr.splitlines()[-1]


def test_a_clone_starts_with_nothing_set_and_keeps_its_secrets(tmp_path: Path) -> None:
    nothing: dict[str, str | None] = dict.fromkeys(COMPLETE)

    first = _start(tmp_path, **nothing)
    files = [tmp_path / "var" / name for name in ("secrets.json", "signing.json")]
    secrets = [file.read_text() for file in files]
    second = _start(tmp_path, **nothing)

    assert (first.returncode, first.stdout.strip()) == (0, "embedded False"), first.stderr
    assert second.returncode == 0
    assert [file.read_text() for file in files] == secrets
    assert [file.stat().st_mode & 0o077 for file in files] == [0, 0]


def test_a_portal_from_before_there_was_a_signing_key_gets_one_and_keeps_the_others(tmp_path: Path) -> None:
    nothing: dict[str, str | None] = dict.fromkeys(COMPLETE)
    _start(tmp_path, **nothing)
    signing, secrets = tmp_path / "var" / "signing.json", tmp_path / "var" / "secrets.json"
    before = secrets.read_text()
    signing.unlink()

    assert _start(tmp_path, **nothing).returncode == 0
    assert (signing.exists(), secrets.read_text()) == (True, before)
