"""Whether this process can do its work: asks the database (and its schema) and the job queue."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.db import migrate


@dataclass(frozen=True, slots=True)
class Readiness:
    engine: Engine
    redis: Redis

    def problems(self) -> dict[str, str]:
        """Return what does not answer, with what to do; empty when all is well."""
        problems: dict[str, str] = {}
        try:
            if not migrate.is_current(self.engine):
                problems["database"] = "behind: run 'doorvani db upgrade'"
        except SQLAlchemyError:
            problems["database"] = "does not answer: see DATABASE_URL"
        try:
            self.redis.ping()
        except RedisError:
            problems["queue"] = "does not answer: see REDIS_URL"
        return problems
