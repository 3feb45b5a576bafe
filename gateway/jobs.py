"""RQ's entry points: an id in, one service call. The row is the intent, the job only a hint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from gateway.domain.errors import GatewayError
from gateway.services.dispatch import Dispatch
from gateway.services.outbound import Placing
from gateway.services.recordings import Transcribing
from gateway.services.sending import Sending
from gateway.services.work import Job, QueueUnreachableError

# One queue for each purpose, so that a flood of texts never delays a ringing doctor.
QUEUE_OF: Final[Mapping[Job, str]] = {
    Job.DISPATCH: "voice",
    Job.CONNECT_OFFER: "voice",
    Job.PLACE_CALL: "voice",
    Job.SEND_MESSAGES: "sms",
    Job.TRANSCRIBE: "speech",
}
QUEUES: Final = tuple(dict.fromkeys(QUEUE_OF.values()))
TIMEOUT_S: Final = 60


class RqHints:
    """Enqueues hints on RQ."""

    def __init__(self, redis: Redis) -> None:
        self._queues = {
            name: Queue(
                name, connection=redis, serializer=JSONSerializer, default_timeout=TIMEOUT_S
            )
            for name in QUEUES
        }

    def enqueue(self, job: Job, subject_id: str) -> None:
        """Errors: QueueUnreachableError. Nothing is kept of a finished job: the row tells all."""
        try:
            self._queues[QUEUE_OF[job]].enqueue(
                f"gateway.jobs.{job.value}",
                subject_id,
                result_ttl=0,
                failure_ttl=24 * 3600,
            )
        except RedisError as error:
            raise QueueUnreachableError("the job queue does not answer") from error

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


def dispatch(_subject_id: str) -> None:
    _parts().dispatch.dispatch()
