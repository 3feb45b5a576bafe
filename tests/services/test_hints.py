"""Hints: a queue that is gone or hangs costs a webhook a moment, and no row."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from gateway.dead_letters import DeadLetters
from gateway.embedded import valkey
from gateway.foundations import REDIS_WAIT_S, impatient_redis, patient_redis
from gateway.jobs import QUEUES, TIMEOUT_S, RqHints
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


# One hint for each purpose and row, on a real queue


@pytest.fixture
def redis(valkey_url: str) -> Redis:
    redis = Redis.from_url(valkey_url)
    redis.flushall()
    return redis


def queued(redis: Redis, name: str = "voice") -> list[str]:
    return Queue(name, connection=redis, serializer=JSONSerializer).get_job_ids()


def fail_all(redis: Redis, name: str = "voice") -> None:
    """Work off what waits in a process without its parts, so that each job fails."""
    named = Queue(name, connection=redis, serializer=JSONSerializer)
    worker = SimpleWorker([named], connection=redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")


@dataclass
class Watch:
    """The clock of the hints, put forward from now."""

    ahead_s: float = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s)


def test_the_same_hint_is_queued_once_and_others_beside_it(redis: Redis) -> None:
    hints = RqHints(redis)
    for _ in range(5):
        hints.enqueue(Job.PLACE_CALL, "row-1")
        hints.enqueue(Job.DISPATCH, "")
    hints.enqueue(Job.PLACE_CALL, "row-2")
    assert queued(redis) == ["place_call-row-1-0", "dispatch--0", "place_call-row-2-0"]


def test_each_purpose_has_its_own_time_out(redis: Redis) -> None:
    hints = RqHints(redis)
    for job in Job:
        hints.enqueue(job, "row")
    found = {
        str(job.func_name).rpartition(".")[2]: job.timeout
        for name in QUEUES
        for job in Queue(name, connection=redis, serializer=JSONSerializer).jobs
    }
    assert found == {job.value: TIMEOUT_S[job] for job in Job}


def test_what_is_hinted_while_its_job_runs_is_queued_again_once(redis: Redis) -> None:
    hints = RqHints(redis)
    hints.enqueue(Job.DISPATCH, "")
    queue = Queue("voice", connection=redis, serializer=JSONSerializer)
    [running] = queue.jobs
    queue.remove(running)
    running.set_status(JobStatus.STARTED)
    for _ in range(3):
        hints.enqueue(Job.DISPATCH, "")
    assert queued(redis) == ["dispatch--1"]


def test_what_a_process_took_and_died_with_is_hinted_again(redis: Redis) -> None:
    hints = RqHints(redis)
    hints.enqueue(Job.DISPATCH, "")
    # Out of the queue, and nobody ever began with it.
    Queue("voice", connection=redis, serializer=JSONSerializer).remove("dispatch--0")
    hints.enqueue(Job.DISPATCH, "")
    assert queued(redis) == ["dispatch--1"]


def test_a_job_that_ends_while_it_is_looked_at_costs_no_turn(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hash is gone between two looks; the caller whose turn hinted is answered all the same."""
    hints = RqHints(redis)
    hints.enqueue(Job.DISPATCH, "")
    fetch = RqJob.fetch

    def fetch_and_end(job_id: str, **given: Any) -> RqJob:
        found = fetch(job_id, **given)
        redis.flushall()
        return found

    monkeypatch.setattr(RqJob, "fetch", fetch_and_end)
    hints.enqueue(Job.DISPATCH, "")
    assert queued(redis) == ["dispatch--1"]


def test_a_job_that_fails_is_tried_again_with_growing_gaps_and_then_waits_for_somebody(
    redis: Redis,
) -> None:
    watch = Watch()
    hints = RqHints(redis, watch)
    tries = []
    for second in range(0, 900):
        watch.ahead_s = second
        hints.enqueue(Job.PLACE_CALL, "row-1")
        if queued(redis):
            tries.append(second)
            fail_all(redis)
    assert len(tries) == 5
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == sorted(gaps)
    assert len(DeadLetters(redis).all()) == 5


def test_work_without_a_row_is_never_stopped_by_its_failures(redis: Redis) -> None:
    hints = RqHints(redis)
    for _ in range(9):
        hints.enqueue(Job.SEND_MESSAGES, "")
        assert len(queued(redis, "sms")) == 1
        fail_all(redis, "sms")


def test_a_row_is_not_stopped_by_processes_that_died_at_it(redis: Redis) -> None:
    hints = RqHints(redis)
    queue = Queue("voice", connection=redis, serializer=JSONSerializer)
    for _ in range(8):
        hints.enqueue(Job.PLACE_CALL, "row-1")
        [job] = queue.jobs
        queue.remove(job)
        job.set_status(JobStatus.STARTED)
    hints.enqueue(Job.PLACE_CALL, "row-1")
    assert len(queue.jobs) == 1


def test_a_failed_job_may_be_tried_again_or_discarded_by_hand(redis: Redis) -> None:
    hints = RqHints(redis)
    hints.enqueue(Job.PLACE_CALL, "row-1")
    hints.enqueue(Job.PLACE_CALL, "row-2")
    fail_all(redis)
    letters = DeadLetters(redis)
    assert letters.try_again("place_call-row-1-0")
    assert queued(redis) == ["place_call-row-1-0"]
    assert not letters.try_again("place_call-row-1-0")
    assert letters.discard("place_call-row-2-0")
    assert not letters.discard("place_call-row-2-0")
    assert not letters.all()
    # What was discarded may be hinted again.
    hints.enqueue(Job.PLACE_CALL, "row-2")
    assert "place_call-row-2-0" in queued(redis)


def test_a_worker_that_starts_while_the_queue_restarts_waits_for_it() -> None:
    with TemporaryDirectory(prefix="dv-vk-", dir="/tmp") as name:
        folder = Path(name)
        with valkey(folder) as url:
            pass
        with pytest.raises(RedisError):
            Redis.from_url(url).ping()
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(patient_redis(url).ping)
            time.sleep(1)
            with valkey(folder):
                assert asked.result(timeout=20)
