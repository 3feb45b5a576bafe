"""A desk for each test; the servers are cheap, and nothing is shared between tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.desk import Desk, StubGateway, start_desk, twiml


@pytest.fixture
def gateway() -> Iterator[StubGateway]:
    stub = StubGateway()
    stub.answers |= {
        "/status": twiml(),
        "/done": twiml("<Hangup/>"),
        "/sms": twiml(),
        "/receipt": twiml(),
    }
    yield stub
    stub.stop()


@pytest.fixture
def desk(gateway: StubGateway) -> Iterator[Desk]:
    running = start_desk(gateway)
    yield running
    running.simulator.stop()
