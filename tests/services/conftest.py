from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.db.crypto import Keyring
from gateway.services.hearing import RecogniserEar
from gateway.services.recordings import Transcribing
from speech.lexicon import load_lexicon
from tests.console.clinic import Clinic
from tests.services.desk import Desk
from tests.services.keyed import Staff


@pytest.fixture
def desk(engine: Engine, keyring: Keyring) -> Desk:
    """The services, on SQLite and on PostgreSQL."""
    return Desk(engine, keyring)


@pytest.fixture
def hearing_desk(desk: Desk) -> Desk:
    """The desk with the real recogniser behind the job."""
    desk.transcribing = Transcribing(
        work=desk.work, carriers={"twilio": desk.carrier}, ear=RecogniserEar(load_lexicon())
    )
    return desk


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
