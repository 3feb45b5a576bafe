from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.db.crypto import Keyring
from tests.console.clinic import Clinic
from tests.services.desk import Desk
from tests.services.keyed import Staff


@pytest.fixture
def desk(engine: Engine, keyring: Keyring) -> Desk:
    """The services, on SQLite and on PostgreSQL."""
    return Desk(engine, keyring)


@pytest.fixture
def clinic(desk: Desk, tmp_path: Path) -> Clinic:
    """The same with the web application in front of it, and nobody in it yet."""
    return Clinic(desk, tmp_path)


@pytest.fixture
def talked(clinic: Clinic) -> Clinic:
    """The same with a doctor on duty who has talked with a woman of 34."""
    clinic.doctor()
    clinic.consultation()
    clinic.desk.work_off()
    return clinic


@pytest.fixture
def staff(talked: Clinic) -> Staff:
    """That doctor at her telephone, with a PIN."""
    desk = talked.desk
    return Staff(desk, desk.rota.make_pin(desk.doctors()[0].id))
