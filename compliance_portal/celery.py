"""The Celery application: it only says "look now"; what there is to do stands in the database."""

from __future__ import annotations

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import setup_logging

from compliance_portal import embedded_broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_portal.settings")

embedded_broker.install()
if os.environ.get("ENVIRONMENT", "embedded") != "production":
    warnings.filterwarnings("ignore", category=SecurityWarning)  # a clone in a container runs as root

app = Celery("compliance_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**kwargs: object) -> None:
    """Leave logging as settings made it; Celery would otherwise print task arguments in a format of its own."""
