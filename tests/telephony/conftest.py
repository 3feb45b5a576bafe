"""A stub of the carrier, for what we ask of it; and the service, for what each carrier asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.container import Container
from tests.lent import lend
from tests.services.fakes import FakeCarrier, Queue
from tests.telephony.carrier_stub import Stub, running
from tests.telephony.service import (
    BRIDGING,
    CARRIERS,
    Desk,
    book,
    settings,
)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running() as server:
        yield server


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str, carrier: str) -> Iterator[Desk]:
    queue = Queue()
    default = carrier if carrier in BRIDGING else "twilio"
    parts = Container(settings(tmp_path, sqlite_url, default), hints=queue)
    lend(parts)
    parts.__dict__["book"] = book()
    asked = {name: FakeCarrier() for name in parts.roster.members}
    parts.__dict__["carriers"] = dict(asked)
    app = parts.web_app()
    app.testing = False
    yield Desk(parts, app.test_client(), queue, carrier, asked)
    parts.engine.dispose()
