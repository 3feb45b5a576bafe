"""Workers: they take jobs from the named queues until they are told to stop."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from typing import Final

from rq import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from gateway import jobs
from gateway.container import Container
from gateway.foundations import patient_redis

log = logging.getLogger(__name__)

IDLE_CHECK_S: Final = 60.0
# A process that dies at once again must not eat the machine.
RESTART_GAP_S: Final = 1.0
STOP_S: Final = 20.0


def work(container: Container, queues: Sequence[str], *, burst: bool = False) -> None:
    """Work in this process, one job at a time: a speech model is loaded once, while it is used.

    A job that fails is kept by RQ for a day to be looked at; its intent is still in the database,
    so the sweeper hints it again.
    """
    _let_go_of_idle_models(container)
    _work(container, queues, burst=burst)


def work_together(container: Container, queues: Sequence[str], *, processes: int) -> None:
    """Work in several processes that share the memory of the speech models.

    They are loaded here, before the fork, and stay: what is only read is never copied. A process
    that dies, as Vosk can make one die, is followed by another. Why: docs/adr/0011.
    """
    container.ear.preload()
    stopping = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    fork = multiprocessing.get_context("fork")

    def start() -> ForkProcess:
        process = fork.Process(target=_forked, args=(container, queues))
        process.start()
        return process

    running = [start() for _ in range(processes)]
    while not stopping.is_set():
        wait([process.sentinel for process in running], timeout=RESTART_GAP_S)
        for place, process in enumerate(running):
            if not process.is_alive() and not stopping.is_set():
                log.error("worker_died", extra={"exit_code": process.exitcode})
                time.sleep(RESTART_GAP_S)
                running[place] = start()
    _stop(running)


def _forked(container: Container, queues: Sequence[str]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(os.getppid(),), name="parent", daemon=True).start()
    _work(container, queues, burst=False)


def _end_with(parent: int) -> None:
    """End this process when its parent was killed and could not tell it to."""
    while os.getppid() == parent:
        time.sleep(RESTART_GAP_S)
    os.kill(os.getpid(), signal.SIGTERM)


def _work(container: Container, queues: Sequence[str], *, burst: bool) -> None:
    jobs.install(container.job_parts())
    redis = patient_redis(container.redis_url)
    worker = SimpleWorker(
        [Queue(name, connection=redis, serializer=JSONSerializer) for name in queues],
        connection=redis,
        serializer=JSONSerializer,
        log_job_description=False,
    )
    worker.work(burst=burst, logging_level="WARNING", with_scheduler=False)


def _stop(running: Sequence[ForkProcess]) -> None:
    """Let each finish its job; what does not is killed, and the sweeper hints its job again."""
    for process in running:
        process.terminate()
    end = time.monotonic() + STOP_S
    for process in running:
        process.join(max(0.1, end - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()


def _let_go_of_idle_models(container: Container) -> None:
    def look() -> None:
        while True:
            time.sleep(IDLE_CHECK_S)
            container.ear.unload_idle()

    threading.Thread(target=look, name="idle-models", daemon=True).start()
