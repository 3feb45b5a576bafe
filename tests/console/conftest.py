"""The pages over the services' desk: real database, real flows, real templates."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.db.crypto import Keyring
from tests.console.clinic import Browser, Clinic
from tests.services.desk import Desk


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are held on one database; what they ask of it is held on both beside the services."""
    return sqlite_url


@pytest.fixture
def clinic(engine: Engine, keyring: Keyring, tmp_path: Path) -> Clinic:
    """The web application, with nobody in it yet."""
    return Clinic(Desk(engine, keyring), tmp_path)


@pytest.fixture
def browser(clinic: Clinic) -> Browser:
    """A doctor who is on duty, signed in."""
    clinic.doctor()
    return clinic.signed_in()
