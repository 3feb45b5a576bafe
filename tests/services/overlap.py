"""Two transactions at the same time, the second begun while the first is open."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gateway.services.work import Unit
from tests.services.desk import Desk

_A = TypeVar("_A")
_B = TypeVar("_B")

# So long the second one has to run into the first.
OPEN_S = 0.3


def overlapping(
    desk: Desk, first: Callable[[Unit], _A], second: Callable[[Unit], _B]
) -> tuple[_A, _B]:
    """Return what both did; on SQLite, which has one writer, the second waits at its beginning."""

    def run() -> _B:
        with desk.work.begin() as unit:
            return second(unit)

    with ThreadPoolExecutor(1) as pool:
        with desk.work.begin() as unit:
            did = first(unit)
            unit.db.flush()
            other = pool.submit(run)
            time.sleep(OPEN_S)
        return did, other.result(timeout=15)
