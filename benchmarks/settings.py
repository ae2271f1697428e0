"""The portal's settings with quiet logs, rings that go nowhere and one address more: an empty view."""

from __future__ import annotations

from compliance_portal.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
LOGGING = {"version": 1, "disable_existing_loggers": True, "root": {"level": "CRITICAL"}}
