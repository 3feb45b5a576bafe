"""A leg: one call between the carrier and one phone, and the ways to interrupt it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from simulator.audio import Clip


class CallStatus(StrEnum):
    """Twilio's call states."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def final(self) -> bool:
        return self in _FINAL


_FINAL = frozenset(
    {
        CallStatus.COMPLETED,
        CallStatus.BUSY,
        CallStatus.FAILED,
        CallStatus.NO_ANSWER,
        CallStatus.CANCELED,
    }
)


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_DIAL = "outbound-dial"


@dataclass(frozen=True, slots=True)
class Fetch:
    """A document to be asked of the gateway; params go on top of the call's own."""

    url: str
    method: str = "POST"
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inline:
    """A document that came with the request."""

    twiml: str


Source: TypeAlias = Fetch | Inline


@dataclass(frozen=True, slots=True)
class CallbackPlan:
    """Where a call's progress is reported, and which of its events."""

    url: str
    method: str
    events: frozenset[str]


CALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})


def plan_callbacks(url: str, method: str, *, events: tuple[str, ...]) -> CallbackPlan | None:
    """Plan the callbacks; no event asked for means `completed`.

    One unknown event name silences them all, as Twilio's API does behind its 201.
    """
    if not url:
        return None
    wanted = frozenset(events or ("completed",))
    return CallbackPlan(url, method, wanted if wanted <= CALL_EVENTS else frozenset())


class Interruption(Exception):  # noqa: N818 - the way a leg is steered, not a failure
    """The leg must stop what it does."""


class HungUp(Interruption):
    """The call has ended."""


class Redirected(Interruption):
    """The REST API sent the call elsewhere."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source


@dataclass(slots=True, eq=False)
class Call:
    """One leg. Every field is guarded by the exchange's lock, over which `changed` waits.

    far_end: the phone's number on this leg; own: the carrier's. Readings are the clock's, in wall
    seconds. recording: the line is being recorded, so what is said goes to `said`. willing: a
    dialled leg whose whisper has ended. left_dial: it was then sent elsewhere. peers: the legs that
    hear this one.
    """

    sid: str
    from_: str
    to: str
    direction: Direction
    far_end: str
    own: str
    changed: threading.Condition
    created_at: datetime
    source: Source | None = None
    fallback: Fetch | None = None
    callbacks: CallbackPlan | None = None
    parent: Call | None = None
    status: CallStatus = CallStatus.QUEUED
    ended_at: datetime | None = None
    started_at: datetime | None = None
    answered_s: float | None = None
    ended_s: float | None = None
    sequence: int = 0
    keys: deque[str] = field(default_factory=deque)
    said: deque[Clip] = field(default_factory=deque)
    recording: bool = False
    willing: bool = False
    left_dial: bool = False
    redirect: Source | None = None
    peers: set[Call] = field(default_factory=set)

    def wait(self, wall_s: float | None, until: Callable[[], bool] = lambda: False) -> bool:
        """Wait until `until` holds (True) or `wall_s` seconds have passed (False).

        Raises HungUp or Redirected as soon as the call is interrupted. `until` runs under the lock.
        """
        with self.changed:
            self.changed.wait_for(lambda: self._interrupted() or until(), wall_s)
            self.check()
            return until()

    def check(self) -> None:
        """Raise HungUp or Redirected if the call was interrupted; a redirect is taken once."""
        with self.changed:
            if self.status.final:
                raise HungUp
            if self.redirect is not None:
                source, self.redirect = self.redirect, None
                raise Redirected(source)

    def _interrupted(self) -> bool:
        return self.status.final or self.redirect is not None

    def touch(self) -> None:
        """Wake whoever waits for this leg, its parent's thread included."""
        with self.changed:
            self.changed.notify_all()
            if self.parent is not None:
                self.parent.changed.notify_all()

    def press(self, digits: str) -> None:
        with self.changed:
            self.keys.extend(digits)
            self.touch()

    def redirect_to(self, source: Source) -> None:
        with self.changed:
            self.redirect = source
            self.touch()
