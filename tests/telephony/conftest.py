"""A stub of the carrier for the tests of what we ask of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.telephony.carrier_stub import Stub, running


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running() as server:
        yield server
