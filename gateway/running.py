"""All of Doorvani on one machine: its processes, started in order and stopped together."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import requests

from gateway.domain.errors import GatewayError

READY_S: Final = 40.0
STOP_S: Final = 8.0


@dataclass(slots=True)
class Process:
    """One of ours, with the end of its log for when it dies."""

    name: str
    popen: subprocess.Popen[bytes]
    log_path: Path

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])


@dataclass(slots=True)
class Stack:
    """The running processes; each writes its own log under `log_dir`."""

    log_dir: Path
    environment: Mapping[str, str]
    processes: list[Process] = field(default_factory=list)

    def start(self, name: str, arguments: Sequence[str]) -> Process:
        """Start `python -m …` under the stack's environment."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        path = self.log_dir / f"{name}.log"
        with path.open("ab") as log:
            popen = subprocess.Popen(  # noqa: S603  # our own modules, no shell
                [sys.executable, "-m", *arguments],
                env=dict(self.environment),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(name, popen, path)
        self.processes.append(process)
        return process

    def await_ready(self, url: str, process: Process) -> None:
        """Wait until the URL answers 200. Errors: GatewayError with the end of its log."""
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            if process.popen.poll() is not None:
                break
            try:
                if requests.get(url, timeout=2).status_code == requests.codes.ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise GatewayError(f"{process.name} did not start; its log ends:\n{process.tail()}")

    def dead(self) -> Process | None:
        """Return a process that has ended by itself, if one has."""
        return next((p for p in self.processes if p.popen.poll() is not None), None)

    def stop(self) -> None:
        """Stop all, the newest first; what does not listen is killed."""
        for process in reversed(self.processes):
            _signal(process.popen, kill=False)
        end = time.monotonic() + STOP_S
        for process in reversed(self.processes):
            try:
                process.popen.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process.popen, kill=True)
                process.popen.wait()


def _signal(popen: subprocess.Popen[bytes], *, kill: bool) -> None:
    if popen.poll() is None:
        popen.kill() if kill else popen.terminate()


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def everything(
    *, data_dir: Path, environment: Mapping[str, str], web_port: int, carrier_port: int
) -> Iterator[Stack]:
    """Yield simulator, web, workers and sweeper, all ready; stop them at the end.

    environment: our own settings, secrets and URLs included; they are given to every process.
    """
    stack = Stack(data_dir / "logs", {**os.environ, **environment})
    origin = f"http://127.0.0.1:{web_port}"
    try:
        carrier = stack.start(
            "simulator", ["simulator", "--port", str(carrier_port), "--gateway", origin]
        )
        web = stack.start("web", ["gateway.cli", "web", "--workers", "1"])
        stack.await_ready(f"http://127.0.0.1:{carrier_port}/phones", carrier)
        stack.await_ready(f"{origin}/readyz", web)
        for queue in ("voice", "sms", "speech"):
            stack.start(f"worker-{queue}", ["gateway.cli", "worker", queue])
        stack.start("sweeper", ["gateway.cli", "sweep", "--every", "2"])
        yield stack
    finally:
        stack.stop()
