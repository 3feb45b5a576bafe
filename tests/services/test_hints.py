"""Hints: a queue that is gone or hangs costs a webhook a moment, and no row."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis import Redis

from gateway.embedded import valkey
from gateway.foundations import REDIS_WAIT_S, impatient_redis
from gateway.jobs import RqHints
from gateway.services.work import Job, QueueUnreachableError, Work
from tests.services.desk import Desk


def hint_everything(work: Work) -> None:
    with work.begin() as unit:
        for job in Job:
            unit.hint(job, "x")


def test_a_queue_that_does_not_answer_is_asked_once_for_all_the_hints(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Job] = []

    def enqueue(job: Job, _subject_id: str) -> None:
        asked.append(job)
        raise QueueUnreachableError("stopped")

    monkeypatch.setattr(desk.queue, "enqueue", enqueue)
    hint_everything(desk.work)
    assert len(asked) == 1


def test_a_queue_that_hangs_costs_a_webhook_a_second(desk: Desk) -> None:
    # A Unix socket's path may be about 100 characters long, so not under pytest's own folder.
    with TemporaryDirectory(prefix="dv-vk-", dir="/tmp") as folder, valkey(Path(folder)) as url:
        pid = int(Redis.from_url(url).info("server")["process_id"])
        work = Work(
            sessions=desk.work.sessions,
            queue=RqHints(impatient_redis(url)),
            clock=desk.clock,
            rules=desk.work.rules,
        )
        hint_everything(work)
        os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            hint_everything(work)
            assert time.monotonic() - began < 2 * REDIS_WAIT_S
        finally:
            os.kill(pid, signal.SIGCONT)
