"""The journal: everything that happens, in order, for phones, audits and the event log page."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

KEPT_EVENTS = 50_000
KEPT_EVENTS_OF_A_PHONE = 2_000


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. phone: the number that lived through it. call: the leg's SID."""

    id: int
    at: datetime
    kind: str
    phone: str | None
    call: str | None
    facts: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        named = {
            "id": self.id,
            "at": self.at.isoformat(timespec="milliseconds"),
            "kind": self.kind,
        }
        if self.phone is not None:
            named["phone"] = self.phone
        if self.call is not None:
            named["call"] = self.call
        return named | dict(self.facts)


class Journal:
    """An append-only, bounded log under the exchange's lock.

    Ids grow without gaps and outlive `clear`, so that a reader's place is never taken for another.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._grown = threading.Condition(lock)
        self._ids = itertools.count(1)
        self._all: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._of_phone: defaultdict[str, deque[Event]] = defaultdict(
            lambda: deque(maxlen=KEPT_EVENTS_OF_A_PHONE)
        )
        self._listeners: list[Callable[[Event], None]] = []

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every later event; it runs under the lock and must not block."""
        with self._grown:
            self._listeners.append(listener)

    def add(
        self, kind: str, *, phone: str | None = None, call: str | None = None, **facts: Any
    ) -> Event:
        with self._grown:
            event = Event(next(self._ids), datetime.now(UTC), kind, phone, call, facts)
            self._all.append(event)
            if phone is not None:
                self._of_phone[phone].append(event)
            for listener in self._listeners:
                listener(event)
            self._grown.notify_all()
            return event

    def after(self, event_id: int, *, phone: str | None = None, wait_s: float = 0) -> list[Event]:
        """Return the events later than `event_id`, waiting up to `wait_s` wall seconds for one."""
        with self._grown:
            log = self._all if phone is None else self._of_phone[phone]
            if wait_s > 0:
                self._grown.wait_for(lambda: bool(log) and log[-1].id > event_id, wait_s)
            return _later(log, event_id)

    def clear(self) -> None:
        with self._grown:
            self._all.clear()
            for log in self._of_phone.values():
                log.clear()


def _later(log: deque[Event], event_id: int) -> list[Event]:
    newest_first: Iterable[Event] = itertools.takewhile(
        lambda event: event.id > event_id, reversed(log)
    )
    return list(newest_first)[::-1]
