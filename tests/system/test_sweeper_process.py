"""The sweeper's process outlives a database that is away, and tells an end as the log tells all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.db import migrate
from gateway.db.crypto import Keyring
from gateway.db.session import open_engine

COMMAND = (sys.executable, "-m", "gateway.cli", "sweep")


@pytest.fixture
def environment(tmp_path: Path, valkey_url: str) -> dict[str, str]:
    """A database without tables: whatever is asked of it fails."""
    return {
        **os.environ,
        "DOORVANI_ENV": "development",
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}",
        "REDIS_URL": valkey_url,
    }


@pytest.fixture
def sweeper(environment: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "log").open("wb") as told:
        process = subprocess.Popen([*COMMAND, "--every", "0.2"], env=environment, stderr=told)
        yield process
        process.kill()
        process.wait()


def events(log: Path) -> list[str]:
    return [json.loads(line)["event"] for line in log.read_text().splitlines()]


def test_a_sweeper_outlives_a_database_that_fails_and_goes_on_when_it_is_back(
    sweeper: subprocess.Popen[bytes], tmp_path: Path, keyring: Keyring
) -> None:
    log, end = tmp_path / "log", time.monotonic() + 60
    while events(log).count("sweep_failed") < 2 and time.monotonic() < end:
        time.sleep(0.2)
    assert events(log).count("sweep_failed") >= 2
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}", keyring=keyring)
    migrate.upgrade(engine)
    engine.dispose()
    time.sleep(2)
    failed = len(events(log))
    time.sleep(2)
    assert sweeper.poll() is None
    assert len(events(log)) == failed


def test_an_end_by_an_error_is_a_line_of_the_log(environment: dict[str, str]) -> None:
    done = subprocess.run(COMMAND, env=environment, capture_output=True, check=False, text=True)
    assert done.returncode == 1
    [line] = [json.loads(told) for told in done.stderr.splitlines()]
    assert line["event"] == "process_failed"
    assert line["error"][0]["type"] == "OperationalError"
