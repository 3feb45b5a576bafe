from __future__ import annotations

import pytest

from ivr_flows.definitions import load_contract
from ivr_flows.engine.contract import Contract
from ivr_flows.engine.flow import FlowBook
from ivr_flows.loading import load_flow_book


@pytest.fixture(scope="session")
def book() -> FlowBook:
    return load_flow_book()


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract()
