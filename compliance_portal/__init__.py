"""Wires the portal together: settings, addresses, the Celery application."""

from compliance_portal.celery import app as celery_app

__all__ = ["celery_app"]
