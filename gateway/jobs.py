"""RQ's entry points: an id in, one service call. The row is the intent, the job only a hint."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from gateway.domain.errors import GatewayError
from gateway.services.dispatch import Dispatch
from gateway.services.placing import Placing
from gateway.services.recordings import Transcribing
from gateway.services.rooms import Rooms
from gateway.services.sending import Sending
from gateway.services.work import Job, QueueUnreachableError

# One queue for each purpose, so that a flood of texts never delays a ringing doctor.
QUEUE_OF: Final[Mapping[Job, str]] = {
    Job.DISPATCH: "voice",
    Job.CONNECT_OFFER: "voice",
    Job.OPEN_ROOM: "voice",
    Job.PLACE_CALL: "voice",
    Job.SEND_MESSAGES: "sms",
    Job.TRANSCRIBE: "speech",
}
QUEUES: Final = tuple(dict.fromkeys(QUEUE_OF.values()))
# After this a job is taken for stuck and ended; what it was for is hinted again.
TIMEOUT_S: Final[Mapping[Job, int]] = {
    Job.DISPATCH: 60,
    Job.CONNECT_OFFER: 45,
    Job.OPEN_ROOM: 45,
    Job.PLACE_CALL: 45,
    # Twenty seconds of sending, and the last batch's requests.
    Job.SEND_MESSAGES: 90,
    # A model may have to be loaded, and audio of two minutes heard.
    Job.TRANSCRIBE: 180,
}
# A job that failed is not tried again before this; after the last of them it waits for somebody to
# look at it (the board), or a day. Gaps are longer by up to a quarter, each job's by its own part.
RETRY_GAPS_S: Final = (2.0, 10.0, 60.0, 300.0)
KEPT_S: Final = 24 * 3600


class RqHints:
    """Enqueues hints on RQ, one that waits for each purpose and row.

    The id of a job is its purpose, its row and its try: what waits already is not enqueued again,
    what failed keeps its place on the board, and the next try has an id of its own.
    """

    def __init__(
        self, redis: Redis, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._clock = clock
        self._queues = {
            name: Queue(name, connection=redis, serializer=JSONSerializer) for name in QUEUES
        }

    def enqueue(self, job: Job, subject_id: str) -> None:
        """Errors: QueueUnreachableError. Nothing is kept of a finished job: the row tells all."""
        try:
            for attempt in range(len(RETRY_GAPS_S) + 1):
                job_id = f"{job.value}-{subject_id}-{attempt}"
                if self._add(job, subject_id, job_id) or not self._is_passed(job, job_id, attempt):
                    return
            # All of its tries are taken: by failures, and then somebody has to look; or by
            # processes that died at it, or work without a row, and neither may ever stop it.
            if not subject_id or not self._has_failed(f"{job.value}-{subject_id}-{attempt}"):
                self._add(job, subject_id, None)
        except RedisError as error:
            raise QueueUnreachableError("the job queue does not answer") from error

    def _add(self, job: Job, subject_id: str, job_id: str | None) -> bool:
        """Enqueue it unless a job of this id is there; tell whether it was."""
        try:
            self._queues[QUEUE_OF[job]].enqueue(
                f"gateway.jobs.{job.value}",
                subject_id,
                job_id=job_id,
                unique=job_id is not None,
                job_timeout=TIMEOUT_S[job],
                result_ttl=0,
                failure_ttl=KEPT_S,
            )
        except DuplicateJobError:
            return False
        return True

    def _is_passed(self, job: Job, job_id: str, attempt: int) -> bool:
        """May the next try come, since this one has begun, or failed long enough ago?

        One that waits in the queue finds whatever the hint was for. What a process took out of the
        queue and died with still calls itself queued.
        """
        found = self._fetch(job_id)
        if found is None:
            return True  # it has ended since
        # As it was fetched: asked again, a job that has ended since raises.
        status = found.get_status(refresh=False)
        if status == JobStatus.QUEUED:
            return self._queues[QUEUE_OF[job]].get_job_position(job_id) is None
        if status != JobStatus.FAILED or not found.args[0] or attempt >= len(RETRY_GAPS_S):
            return True
        ended = (found.ended_at or self._clock()).replace(tzinfo=UTC)
        share = 1 + zlib.crc32(job_id.encode()) / 2**32 / 4
        return self._clock() - ended >= timedelta(seconds=RETRY_GAPS_S[attempt] * share)

    def _has_failed(self, job_id: str) -> bool:
        found = self._fetch(job_id)
        return found is not None and found.get_status(refresh=False) == JobStatus.FAILED

    def _fetch(self, job_id: str) -> RqJob | None:
        [queue, *_] = self._queues.values()
        try:
            return RqJob.fetch(job_id, connection=queue.connection, serializer=JSONSerializer)
        except NoSuchJobError:
            return None

    def waiting(self, job: Job) -> int:
        """Errors: QueueUnreachableError."""
        try:
            return int(self._queues[QUEUE_OF[job]].count)
        except RedisError as error:
            raise QueueUnreachableError("the job queue does not answer") from error


@dataclass(frozen=True, slots=True)
class JobParts:
    """The services that jobs call; the worker fills them in before it takes the first job."""

    transcribing: Transcribing
    sending: Sending
    placing: Placing
    dispatch: Dispatch
    rooms: Rooms


_installed: list[JobParts] = []


def install(parts: JobParts) -> None:
    """Give this process its parts; RQ calls plain functions, so they have to be kept here."""
    _installed[:] = [parts]


def _parts() -> JobParts:
    if not _installed:
        raise GatewayError("jobs run in a worker that was started by 'doorvani worker'")
    return _installed[0]


def transcribe(recording_id: str) -> None:
    _parts().transcribing.transcribe(recording_id)


def send_messages(_subject_id: str) -> None:
    _parts().sending.send_due()


def place_call(outbound_id: str) -> None:
    _parts().placing.place(outbound_id)


def connect_offer(offer_id: str) -> None:
    _parts().dispatch.connect(offer_id)


def open_room(offer_id: str) -> None:
    _parts().rooms.open(offer_id)


def dispatch(_subject_id: str) -> None:
    _parts().dispatch.dispatch()
