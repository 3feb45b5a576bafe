"""The embedded Valkey is ours alone, and lives as long as whoever started it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from redis import Redis

from gateway import embedded

OWNER = """
import sys, time
from pathlib import Path
from gateway import embedded
with embedded.valkey(Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(mkdtemp(prefix="dv-own-", dir="/tmp"))  # removed at the end
    yield made
    rmtree(made, ignore_errors=True)


def gone_within(url: str, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not embedded.answers(url):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_owner(folder: Path, how: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert owner.stdout is not None
    url = owner.stdout.readline().strip()
    assert embedded.answers(url)
    owner.send_signal(how)
    owner.wait(20)
    owner.stdout.close()
    assert gone_within(url, 10)


def test_it_ends_when_it_is_no_longer_wanted(folder: Path) -> None:
    with embedded.valkey(folder) as url:
        assert embedded.answers(url)
    assert not embedded.answers(url)


def test_one_that_was_killed_is_started_again(folder: Path) -> None:
    with embedded.valkey(folder) as url:
        with Redis.from_url(url) as redis:
            pid = redis.info("server")["process_id"]
        subprocess.run(["kill", "-9", str(pid)], check=True)
        assert gone_within(url, 5)
        with embedded.valkey(folder) as again:
            assert embedded.answers(again)


def test_embedded_valkey_listens_on_its_socket_alone(valkey_url: str) -> None:
    server = Redis.from_url(valkey_url).info("server")
    assert server["tcp_port"] == 0
