"""Jobs that failed are shown with what they were and where, and nothing that a message quoted."""

from __future__ import annotations

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from gateway.dead_letters import DeadLetters
from gateway.services.work import QueueUnreachableError


@pytest.fixture
def redis(valkey_url: str) -> Redis:
    redis = Redis.from_url(valkey_url)
    DeadLetters(redis).forget()
    return redis


def fail(redis: Redis, job: str, subject: str, *, queue: str = "sms") -> None:
    named = Queue(queue, connection=redis, serializer=JSONSerializer)
    named.enqueue(job, subject, failure_ttl=60)
    work_off(redis, queue=queue)


def work_off(redis: Redis, *, queue: str = "voice") -> None:
    """In a process without the parts of jobs, so that each fails."""
    named = Queue(queue, connection=redis, serializer=JSONSerializer)
    worker = SimpleWorker([named], connection=redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")


def test_a_job_that_failed_is_shown_without_what_its_message_quoted(redis: Redis) -> None:
    fail(redis, "gateway.jobs.place_call", "row-1", queue="voice")  # nothing is installed here
    fail(redis, "builtins.int", "+919800000001 is no number")
    letters = DeadLetters(redis).all()
    by_purpose = {letter.purpose: letter for letter in letters}
    ours = by_purpose["place_call"]
    assert (ours.queue, ours.subject_id, ours.error) == ("voice", "row-1", "GatewayError")
    assert ours.place.startswith("gateway/jobs.py:")
    assert ours.failed_at is not None
    assert by_purpose["int"].error == "ValueError"
    assert "+91" not in by_purpose["int"].error + by_purpose["int"].place


def test_they_are_forgotten_when_asked(redis: Redis) -> None:
    fail(redis, "gateway.jobs.place_call", "row-1")
    assert DeadLetters(redis).forget() == 1
    assert not DeadLetters(redis).all()


def test_a_queue_that_is_gone_is_told() -> None:
    gone = DeadLetters(Redis(port=1))
    with pytest.raises(QueueUnreachableError):
        gone.all()
    with pytest.raises(QueueUnreachableError):
        gone.forget()
