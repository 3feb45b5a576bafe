"""Jobs that failed, for a supervisor: what, of which row, when and where; nobody's data.

RQ keeps them for a day. The intent is a row, and the sweeper hints it again, but only so often
(`gateway.jobs`): then somebody has to look. Every job may run twice, so one may be tried again from
here as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job as RqJob
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from gateway.jobs import QUEUES
from gateway.services.work import QueueUnreachableError

MOST: Final = 100
_FRAME: Final = re.compile(r'File "(?P<path>[^"]+)", line (?P<line>\d+)')
_OURS: Final = re.compile(r"(?:gateway|speech|sms|ivr_flows)/.*")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """error: the class alone, since a message may quote a number. place: the last line of ours."""

    job_id: str
    queue: str
    purpose: str
    subject_id: str
    failed_at: datetime | None
    error: str
    place: str


@dataclass(frozen=True, slots=True)
class DeadLetters:
    redis: Redis

    def all(self) -> Sequence[DeadLetter]:
        """Return the newest, at most MOST. Errors: QueueUnreachableError."""
        try:
            found = [letter for queue in self._queues() for letter in _of(queue)]
        except RedisError as error:
            raise QueueUnreachableError("the job queue does not answer") from error
        beginning = datetime.min.replace(tzinfo=UTC)
        return sorted(found, key=lambda it: it.failed_at or beginning, reverse=True)[:MOST]

    def forget(self) -> int:
        """Drop all of them; return how many. Errors: QueueUnreachableError."""
        try:
            dropped = 0
            for queue in self._queues():
                registry = queue.failed_job_registry
                for job_id in registry.get_job_ids():
                    registry.remove(job_id, delete_job=True)
                    dropped += 1
        except RedisError as error:
            raise QueueUnreachableError("the job queue does not answer") from error
        return dropped

    def try_again(self, job_id: str) -> bool:
        """Put it back into its queue; False when it is none of the failed ones any more.

        Errors: QueueUnreachableError.
        """
        return self._do(job_id, lambda registry: registry.requeue(job_id))

    def discard(self, job_id: str) -> bool:
        """Drop it alone; what it was for may be hinted again. Errors: QueueUnreachableError."""
        return self._do(job_id, lambda registry: registry.remove(job_id, delete_job=True))

    def _do(self, job_id: str, act: Callable[[FailedJobRegistry], object]) -> bool:
        try:
            for queue in self._queues():
                registry = queue.failed_job_registry
                if job_id in registry.get_job_ids():
                    act(registry)
                    return True
        except (InvalidJobOperation, NoSuchJobError):
            return False  # somebody else was quicker
        except RedisError as error:
            raise QueueUnreachableError("the job queue does not answer") from error
        return False

    def _queues(self) -> Iterator[Queue]:
        for name in QUEUES:
            yield Queue(name, connection=self.redis, serializer=JSONSerializer)


def _of(queue: Queue) -> Iterator[DeadLetter]:
    ids = queue.failed_job_registry.get_job_ids()[-MOST:]
    jobs = RqJob.fetch_many(ids, connection=queue.connection, serializer=JSONSerializer)
    for job in jobs:
        if job is None:
            continue
        result = job.latest_result()
        told = (result.exc_string if result else None) or ""
        yield DeadLetter(
            job_id=job.id,
            queue=queue.name,
            purpose=str(job.func_name).rpartition(".")[2],
            subject_id=str(job.args[0]) if job.args else "",
            failed_at=job.ended_at and job.ended_at.replace(tzinfo=UTC),
            error=_error_of(told),
            place=_place_of(told),
        )


def _error_of(told: str) -> str:
    last = told.strip().splitlines()[-1:] or [""]
    return last[0].partition(":")[0].rpartition(".")[2]


def _place_of(told: str) -> str:
    """Return file and line of the last frame that is ours."""
    ours = [
        (part[0], found["line"])
        for found in _FRAME.finditer(told)
        if (part := _OURS.search(found["path"])) and "site-packages" not in found["path"]
    ]
    return ":".join(ours[-1]) if ours else ""
