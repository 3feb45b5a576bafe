"""A worker: takes jobs from the named queues until it is told to stop."""

from __future__ import annotations

from collections.abc import Sequence

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from gateway import jobs
from gateway.container import Container


def work(container: Container, queues: Sequence[str], *, burst: bool = False) -> None:
    """Work in this process, one job at a time: a speech model is loaded once and stays.

    A job that fails is kept by RQ for a day to be looked at; its intent is still in the database,
    so the sweeper hints it again.
    """
    jobs.install(container.job_parts())
    redis: Redis = container.redis
    worker = SimpleWorker(
        [Queue(name, connection=redis, serializer=JSONSerializer) for name in queues],
        connection=redis,
        serializer=JSONSerializer,
        log_job_description=False,
    )
    worker.work(burst=burst, logging_level="WARNING", with_scheduler=False)
