"""Line time: seconds that a caller lives through, scaled to seconds of the wall clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A scale between line time and wall time.

    speed: line seconds in one wall second; 1.0 is real time. patience_floor_s: the shortest wall
    time that anyone is given to react, so that a fast clock does not turn a slow machine's
    answer into silence.
    """

    speed: float = 1.0
    patience_floor_s: float = 0.25

    def wall_s(self, line_s: float) -> float:
        """Return the wall seconds in which `line_s` seconds pass on the line."""
        return line_s / self.speed

    def patience_s(self, line_s: float) -> float:
        """Return the wall seconds to wait for somebody's reaction within `line_s`."""
        return max(self.wall_s(line_s), min(line_s, self.patience_floor_s))

    def line_s(self, since_s: float, until_s: float | None = None) -> float:
        """Return the line seconds between two readings of `reading_s` (the second: now)."""
        end_s = self.reading_s() if until_s is None else until_s
        return (end_s - since_s) * self.speed

    @staticmethod
    def reading_s() -> float:
        return time.monotonic()

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    def sleep(self, line_s: float) -> None:
        time.sleep(self.wall_s(line_s))
