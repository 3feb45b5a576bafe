"""Commands that run the service's processes."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from typing import Final

import click

from config.settings import load_settings
from gateway.commands.opening import container
from gateway.container import Container
from gateway.jobs import QUEUES
from gateway.logging import log_the_end

log = logging.getLogger(__name__)

# A doctor whose pause ends waits no longer than this for the search of her next patient.
LOOK_S: Final = 0.4


@click.command()
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--threads", default=8, show_default=True, help="Threads in each process.")
def web(workers: int, threads: int) -> None:
    """Serve the webhooks and the consoles."""
    with container() as parts:
        port = load_settings().port
        # Broken flows and texts are refused here, with their faults, before any process is started.
        _ = parts.book, parts.sms_catalogue
        # The embedded Valkey, where one is used, lives as long as this process.
        environment = {**os.environ, "REDIS_URL": parts.redis_url}
        gunicorn = [sys.executable, "-m", "gunicorn", "gateway.wsgi:app"]
        options = ["-k", "gthread", "-w", str(workers), "--threads", str(threads)]
        quiet = ["-b", f"0.0.0.0:{port}", "--access-logfile", "/dev/null", "--log-level", "warning"]
        command = [*gunicorn, *options, *quiet]
        if load_settings().redis_url:
            # It takes this process's place, so that whoever stops us stops it.
            os.execve(sys.executable, command, environment)  # noqa: S606  # our own module
        with subprocess.Popen(command, env=environment) as served:  # noqa: S603  # our own module, no shell
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda told, _frame: served.send_signal(told))
    sys.exit(served.returncode)


@click.command()
@click.argument("queues", nargs=-1, type=click.Choice(QUEUES))
@click.option("--burst", is_flag=True, help="Stop when the queues are empty.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="More than one share the memory of the speech models.",
)
def worker(queues: tuple[str, ...], burst: bool, processes: int) -> None:
    """Work off jobs; without names, of every queue."""
    from gateway.worker import work, work_together

    log_the_end()

    if burst and processes > 1:
        raise click.UsageError("--burst is for a single process")
    with container() as parts:
        if processes > 1:
            work_together(parts, queues or QUEUES, processes=processes)
        else:
            work(parts, queues or QUEUES, burst=burst)


@click.command()
@click.option("--every", type=float, help="Sweep again and again, so many seconds apart.")
def sweep(every: float | None) -> None:
    """Pick up what a lost hint or a dead process left lying."""
    log_the_end()
    with container() as parts:
        if every is None:
            swept = asdict(parts.sweeper.sweep())
            click.echo(" ".join(f"{name}={count}" for name, count in swept.items()))
            return
        while True:
            try:
                parts.sweeper.sweep()
                _rest(parts, every)
            except Exception:
                # Whatever it was, such as a database that is away, the next sweep finds it anew.
                log.exception("sweep_failed")
                time.sleep(every)


def _rest(parts: Container, every_s: float) -> None:
    """Between two sweeps: whose pause ends is given her next patient at once."""
    end = time.monotonic() + every_s
    while (left_s := end - time.monotonic()) > 0:
        time.sleep(min(LOOK_S, left_s))
        parts.sweeper.wake()
