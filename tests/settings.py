"""Settings of a test run: SQLite in memory unless DATABASE_URL says otherwise, tasks run on the spot or not at all."""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path

VAR = Path(tempfile.mkdtemp(prefix="portal-tests-"))
os.environ["ENVIRONMENT"] = "test"
os.environ["VAR_DIR"] = str(VAR)
os.environ["PUBLIC_URL"] = "http://127.0.0.1:8000"
os.environ["SECRET_KEY"] = "tests-only-" + "x" * 50
os.environ["VAULT_MASTER_KEYS"] = "t1:" + base64.b64encode(b"k" * 32).decode()
os.environ["AUDIT_SIGNING_KEYS"] = "a1:" + base64.b64encode(b"s" * 32).decode()
os.environ["ANCHOR_DIR"] = ""
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")

from compliance_portal.settings import *  # noqa: E402, F403

WATCH_DIRECT_WRITES = False  # tests make their rows as they please; those of the watch switch it on
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
