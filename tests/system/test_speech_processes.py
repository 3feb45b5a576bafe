"""Speech processes that share their models: one dies, another follows; told to stop, all stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import make_keys
from gateway import embedded
from gateway.db import migrate
from gateway.db.crypto import Keyring
from gateway.db.session import open_engine
from tests.system.desk import eventually

pytestmark = pytest.mark.slow


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    keys = make_keys()
    url = f"sqlite:///{tmp_path}/speech.sqlite3"
    migrate.upgrade(open_engine(url, keyring=Keyring.parse(keys["FIELD_KEYS"])))
    environment = {
        **os.environ, **keys, "DATA_DIR": str(tmp_path), "DATABASE_URL": url, "REDIS_URL": "",
        "DOORVANI_ENV": "development",
    }  # fmt: skip
    command = [sys.executable, "-m", "gateway.cli", "worker", "speech", "--processes", "2"]
    # Ours, since a worker that is killed cannot stop the one that it started.
    with embedded.valkey(tmp_path), subprocess.Popen(command, env=environment) as popen:
        yield popen
        popen.kill()


def forked(popen: subprocess.Popen[bytes]) -> set[int]:
    """The worker's own processes, none of another program."""
    children = Path(f"/proc/{popen.pid}/task/{popen.pid}/children").read_text().split()
    ours = _program(popen.pid)
    return {int(pid) for pid in children if _program(int(pid)) == ours}


def _program(pid: int) -> str:
    """The program that runs as the process; none where it has ended."""
    try:
        return str(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        return f"{pid} has ended"


def test_a_process_that_dies_is_followed_by_another(worker: subprocess.Popen[bytes]) -> None:
    eventually(lambda: len(forked(worker)) == 2, "two processes")
    before = forked(worker)
    os.kill(min(before), signal.SIGKILL)
    eventually(lambda: len(forked(worker) - before) == 1, "another process")
    assert len(forked(worker)) == 2


def test_told_to_stop_all_of_them_stop(worker: subprocess.Popen[bytes]) -> None:
    eventually(lambda: len(forked(worker)) == 2, "two processes")
    children = forked(worker)
    worker.terminate()
    assert worker.wait(30) == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_a_parent_that_is_killed_leaves_nobody_behind(worker: subprocess.Popen[bytes]) -> None:
    eventually(lambda: len(forked(worker)) == 2, "two processes")
    children = forked(worker)
    worker.kill()
    eventually(lambda: not [pid for pid in children if _runs(pid)], "both ended")


def _runs(pid: int) -> bool:
    """A process that ended and was not yet buried runs no more."""
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
