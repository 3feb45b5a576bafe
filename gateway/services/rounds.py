"""A round of the sweeper: many things are taken up, and one that fails holds up no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from gateway.db.models import Doctor
from gateway.services.work import Unit, Work

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_R = TypeVar("_R")


class Round:
    """Each of its steps does by itself what it can; a failure is a line of the log.

    Errors: OperationalError from every step when the database is away: then none can be done. One
    that stays with a row while the database answers is that row's failure.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    def do(self, act: Callable[[Unit], int | None]) -> int:
        """Run the act in a transaction of its own; return how many it took up."""
        return self.attempt(partial(self._work.run, act), what=_name_of(act)) or 0

    def each(
        self, find: Callable[[Unit], Sequence[_T]], take_up: Callable[[_T], bool | None]
    ) -> int:
        """Take up each that is found; return how many there still were."""
        found = self.attempt(partial(self._work.run, find), what=_name_of(find)) or ()
        what = _name_of(take_up)
        return sum(bool(self.attempt(partial(take_up, one), what=what, which=one)) for one in found)

    def each_alone(
        self, find: Callable[[Unit], Sequence[_T]], take_up: Callable[[Unit, _T], bool]
    ) -> int:
        """As `each`, in a transaction of its own: one for all would keep its locks while callers
        wait, and meet those of another sweeper."""

        def alone(one: _T) -> bool:
            return self._work.run(lambda unit: take_up(unit, one))

        alone.__qualname__ = take_up.__qualname__
        return self.each(find, alone)

    def attempt(self, act: Callable[[], _R], *, what: str, which: object = None) -> _R | None:
        """Do it, or log why not."""
        try:
            return act()
        except Exception as error:
            if isinstance(error, OperationalError) and not self._database_answers():
                raise
            log.exception("not_taken_up", extra={"what": what, "which": which})
            return None

    def _database_answers(self) -> bool:
        """Ask it anew, for a table of ours: what stands in an error differs by driver and cause."""
        try:
            with self._work.begin() as unit:
                unit.db.execute(select(Doctor.id).limit(1))
        except SQLAlchemyError:
            return False
        return True


def _name_of(act: Callable[..., Any]) -> str:
    named = act.func if isinstance(act, partial) else act
    return str(getattr(named, "__qualname__", named))
