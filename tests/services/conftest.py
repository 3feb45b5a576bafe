from __future__ import annotations

import pytest
from sqlalchemy import Engine

from gateway.db.crypto import Keyring
from tests.services.desk import Desk


@pytest.fixture
def desk(engine: Engine, keyring: Keyring) -> Desk:
    """The services, on SQLite and on PostgreSQL."""
    return Desk(engine, keyring)
