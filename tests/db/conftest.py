"""These tests change the schema, so each has a database of its own."""

from __future__ import annotations

import pytest


@pytest.fixture
def postgres_url(own_postgres_url: str) -> str:
    return own_postgres_url
