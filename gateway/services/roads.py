"""By which carrier a text goes: the first that works, and another while it fails or is slow.

Kept in the worker's memory: a process that has just begun asks the first carrier, and learns at its
first failures what the others know.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

# So many requests in a row that did not reach the carrier, or had no answer, close its road.
FAILURES: Final = 3
# After this long one request tries a closed road again.
CLOSED_S: Final = 60.0
# A carrier that takes longer on average is slow.
SLOW_S: Final = 3.0
# The newest answer's weight in the average.
_NEWEST: Final = 0.3


@dataclass(slots=True)
class _Road:
    name: str
    failures: int = 0
    average_s: float = 0.0
    closed_until: float = 0.0


@dataclass(slots=True)
class Roads:
    """The carriers for texts, the preferred one first; thread-safe."""

    names: Sequence[str]
    clock: Callable[[], float] = time.monotonic
    _roads: list[_Road] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self._roads = [_Road(name) for name in self.names]

    def order(self) -> list[str]:
        """Return all carriers, the one to ask first in front.

        Closed roads come last.
        """
        with self._lock:
            now = self.clock()
            ordered = sorted(self._roads, key=lambda road: road.closed_until > now)
            return [road.name for road in ordered]

    def report(self, name: str, *, took_s: float, worked: bool) -> None:
        """Note how a request went; a refusal of one text is an answer like any other.

        A slow road closes only where another is quicker: changing would help nobody else.
        """
        with self._lock:
            now = self.clock()
            road = next(road for road in self._roads if road.name == name)
            if road.closed_until > now:
                return  # it was under way when the road closed, and tells nothing new
            road.failures = 0 if worked else road.failures + 1
            road.average_s += _NEWEST * (took_s - road.average_s)
            slow = road.average_s > SLOW_S and self._other_is_open(road, now)
            if slow or road.failures >= FAILURES:
                # The failures stay, so that the one that tries it again closes it alone.
                road.closed_until, road.average_s = now + CLOSED_S, 0.0

    def _other_is_open(self, road: _Road, now: float) -> bool:
        return any(
            other is not road and other.closed_until <= now and other.average_s <= SLOW_S
            for other in self._roads
        )
