"""One stack for all tests here: starting it takes longer than most of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.settings import Environment, Settings, developer_secrets
from gateway import embedded
from gateway.commands.run import desk_settings, environment_of, prepare
from gateway.container import Container
from gateway.running import everything, free_port
from tests.system.desk import SPEED, STAFF, VOLUNTEERS, Desk


@pytest.fixture(scope="session")
def running() -> Iterator[Desk]:
    # A Unix socket's path may be about 100 characters long, so not under pytest's own folder.
    folder = Path("/tmp") / f"dv-system-{os.getpid()}"  # removed at the end
    folder.mkdir()
    plain = Settings(doorvani_env=Environment.DEVELOPMENT).model_copy(
        update={
            "data_dir": folder,
            "port": free_port(),
            "database_url": "",
            "redis_url": "",
            "volunteer_number": VOLUNTEERS,
            "staff_number": STAFF,
            **developer_secrets(folder),
        }
    )
    carrier_port = free_port()
    with ExitStack() as valkeys:
        valkeys.callback(shutil.rmtree, folder, ignore_errors=True)
        url = valkeys.enter_context(embedded.valkey(folder))
        settings = desk_settings(plain, redis_url=url, carrier_port=carrier_port)
        parts = Container(settings)
        prepare(parts)
        with everything(
            data_dir=folder,
            environment={**environment_of(settings), "SIMULATOR_SPEED": str(SPEED)},
            web_port=settings.port,
            carrier_port=carrier_port,
        ) as stack:
            yield Desk(settings, parts, stack, valkeys)
        parts.engine.dispose()


@pytest.fixture
def desk(running: Desk) -> Iterator[Desk]:
    """The running service with nobody on the line, and its doctor off duty."""
    running.tidy()
    running.events.clear()
    yield running
    running.tidy()
