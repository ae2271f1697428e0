"""Asking for a session's page, and taking a step from it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.views.support import client_as
from verifications.models import VerificationSession


def page_of(session: VerificationSession, role: str = "administrator", *, client: Client | None = None) -> str:
    response = (client or client_as(role)).get(session.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def step(session: VerificationSession, name: str, *, client: Client | None = None, **data: str) -> Any:
    client = client or client_as("administrator")
    return client.post(f"/sessions/{session.public_id}/{name}/", data, follow=True)


def main_part(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]
