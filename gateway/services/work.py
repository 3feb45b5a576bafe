"""A unit of work: one transaction, its transitions and events, and its hints after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, CursorResult, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from gateway.db.models import Base, Event
from gateway.domain.errors import GatewayError
from gateway.domain.states import Status, may_move
from gateway.domain.waiting_room import RoomRules

log = logging.getLogger(__name__)

Clock: TypeAlias = Callable[[], datetime]

# A loser finds what won at its second try; a third is for whoever meets two winners.
MOST_TRIES: Final = 3
# PostgreSQL's deadlock_detected and serialization_failure: it has undone the whole transaction.
_UNDONE: Final = frozenset({"40P01", "40001"})

_R = TypeVar("_R")
_M = TypeVar("_M", bound=Base)


class QueueUnreachableError(GatewayError):
    """The job queue does not answer."""


class Job(StrEnum):
    """Work done outside a request; each takes the id of the row that holds its intent, or none
    where it looks for itself what is due."""

    TRANSCRIBE = "transcribe"
    SEND_MESSAGES = "send_messages"
    PLACE_CALL = "place_call"
    CONNECT_OFFER = "connect_offer"
    OPEN_ROOM = "open_room"
    DISPATCH = "dispatch"


class Hints(Protocol):
    """Where a job is hinted; losing a hint loses time only, since the intent is a row."""

    def enqueue(self, job: Job, subject_id: str) -> None:
        """Errors: QueueUnreachableError."""
        ...

    def waiting(self, job: Job) -> int:
        """How many hints wait before one of this job's would be taken.

        Errors: QueueUnreachableError.
        """
        ...


@dataclass(slots=True)
class Unit:
    """One open transaction; rules: what holds in the waiting room."""

    db: Session
    now: datetime
    rules: RoomRules
    hints: list[tuple[Job, str]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def hint(self, job: Job, subject_id: str = "") -> None:
        """Have the job enqueued once this transaction is committed."""
        if (job, subject_id) not in self.hints:
            self.hints.append((job, subject_id))

    def note(self, subject: str, subject_id: str | int, name: str) -> None:
        """Write an event row with this transaction."""
        self.events.append(
            {"subject": subject, "subject_id": str(subject_id), "name": name, "at": self.now}
        )

    def move(
        self,
        model: type[Base],
        row_id: str | int,
        to: Status,
        *,
        origins: Collection[Status] | None = None,
        **values: Any,
    ) -> bool:
        """Compare-and-set the row's status, with its event; tell whether this one did it.

        Only transitions of the table are ever made; `origins` narrows them further.
        """
        kind = type(to)
        allowed = [s for s in kind if may_move(s, to) and (origins is None or s in origins)]
        table: Any = model
        statement = (
            update(model)
            .where(table.id == row_id, table.status.in_(allowed))
            .values(status=to, **values)
            .execution_options(synchronize_session=False)
        )
        moved = self.change(statement) == 1
        if moved:
            self.note(table.__tablename__, row_id, to.value)
        return moved

    def lock(self, model: type[_M], *conditions: ColumnElement[bool]) -> list[_M]:
        """Return these rows as they are now, and as they stay until the commit.

        They are locked in the order of their ids; which model comes before which: docs/states.md.
        On SQLite the transaction has the whole database already.
        """
        table: Any = model
        statement = select(model).where(*conditions).order_by(table.id)
        locked = statement.with_for_update(key_share=True)
        return list(self.db.scalars(locked.execution_options(populate_existing=True)))

    def insert_once(
        self, model: type[Base], *, unique: str | tuple[str, ...], **values: Any
    ) -> bool:
        """Insert a row unless one has these values of the unique columns; tell whether it did."""
        dialect = postgresql if self.db.get_bind().dialect.name == "postgresql" else sqlite
        columns = [unique] if isinstance(unique, str) else list(unique)
        statement = (
            dialect.insert(model)
            .values(**values)
            .on_conflict_do_nothing(index_elements=columns)
            .returning(getattr(model, columns[0]))
        )
        return self.db.execute(statement).first() is not None

    def change(self, statement: Any) -> int:
        """Execute an UPDATE or DELETE and return the number of rows it touched."""
        result = self.db.execute(statement)
        if not isinstance(result, CursorResult):
            raise GatewayError("change() takes statements that count their rows")
        return int(result.rowcount)


@dataclass(frozen=True, slots=True)
class Work:
    """Opens units of work."""

    sessions: sessionmaker[Session]
    queue: Hints
    clock: Clock
    rules: RoomRules

    def run(self, act: Callable[[Unit], _R]) -> _R:
        """Run the act in a transaction of its own and return what it returns.

        Who lost a race, to a row that another made first or in a deadlock, runs again from the
        beginning and finds what won; nothing of the lost try is left, neither rows nor hints.
        """
        for tries_left in reversed(range(MOST_TRIES)):
            try:
                with self.begin() as unit:
                    return act(unit)
            except DBAPIError as error:
                if not tries_left or not _lost_a_race(error):
                    raise
                log.info("race_lost")
        raise AssertionError("unreachable")

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open a transaction; commit it at the end, then enqueue what it hinted.

        A queue that cannot be reached is logged and left alone for this time, so that a webhook
        waits for it once at most: the sweeper finds the rows.
        """
        with self.sessions() as db:
            unit = Unit(db=db, now=self.clock(), rules=self.rules)
            with db.begin():
                yield unit
                if unit.events:
                    db.flush()
                    db.execute(insert(Event), unit.events)
        try:
            for job, subject_id in unit.hints:
                self._hint(job, subject_id)
        except QueueUnreachableError:
            log.warning("hints_lost", extra={"jobs": [job.value for job, _ in unit.hints]})

    def _hint(self, job: Job, subject_id: str) -> None:
        # One that waits will find this row as well; one that has begun might not.
        if job is Job.SEND_MESSAGES and self.queue.waiting(job):
            return
        self.queue.enqueue(job, subject_id)


def _lost_a_race(error: DBAPIError) -> bool:
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", "") in _UNDONE
