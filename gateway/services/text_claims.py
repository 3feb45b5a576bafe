"""Which texts go next: by lane and then by time, as many as the rate lets go, nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update

from gateway.db.models import Message
from gateway.domain.hours import Window
from gateway.domain.rates import Traffic
from gateway.domain.states import MessageStatus
from gateway.services.rates import Rates
from gateway.services.roads import Roads
from gateway.services.work import Unit, Work

SENDING_LEASE: Final = timedelta(seconds=30)
BATCH: Final = 64
# Why a text was not sent that was worth something for a while only.
TOO_LATE: Final = "too_late"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A text that this process alone may send, for as long as its lease runs."""

    message_id: str
    caller_id: str
    phone: str
    body: str
    segments: int
    attempts: int
    carrier: str


@dataclass(frozen=True, slots=True)
class Claim:
    """texts: one person's stand together, in their order. wait_s: until one that is due may go,
    where the rate let none go; None where none is due."""

    texts: tuple[Claimed, ...] = ()
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """lane_hours: of those lanes whose texts can wait, when they may go."""

    work: Work
    roads: Roads
    rates: Rates
    lane_hours: Mapping[int, Window]

    def next(self) -> Claim:
        """Take the texts that are next.

        The carrier is written before anything is asked of it, so that whoever comes after our
        death knows whom to ask.
        """
        carrier = self.roads.order()[0]
        with self.work.begin() as unit:
            self._hold_back(unit)
            due = _due(unit)
            if not due:
                return Claim()
            room = self.rates.room(unit, Traffic.TEXTS, carrier)
            going = _within(due, room.free)
            if not going:
                return Claim(wait_s=room.wait_s)
            texts = _take(unit, list(going), carrier)
            spent = sum(text.segments for text in texts)
            self.rates.spend(unit, Traffic.TEXTS, carrier, spent)
        return Claim(_in_order(texts, list(going)))

    def _hold_back(self, unit: Unit) -> None:
        """Texts that can wait are due when their hours begin; nothing but the row has to know."""
        for lane, window in self.lane_hours.items():
            if window.holds(unit.now):
                continue
            early = unit.db.scalars(
                select(Message.id)
                .where(
                    Message.status == MessageStatus.QUEUED,
                    Message.lane == lane,
                    Message.due_at <= unit.now,
                )
                .order_by(Message.due_at)
            ).all()
            opening = window.next_opening(unit.now)
            for place, message_id in enumerate(early):
                # One person's texts keep their order.
                due_at = opening + timedelta(microseconds=place)
                unit.change(
                    update(Message)
                    .where(Message.id == message_id, Message.status == MessageStatus.QUEUED)
                    .values(due_at=due_at)
                )
                unit.note("messages", message_id, "held_back")


def _due(unit: Unit) -> list[tuple[str, int]]:
    """Return the next of what is due, with their segments; what came too late is dropped."""
    while True:
        rows = unit.db.execute(
            select(Message.id, Message.segments, Message.expires_at)
            .where(Message.status == MessageStatus.QUEUED, Message.due_at <= unit.now)
            .order_by(Message.lane, Message.due_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        late = {row.id for row in rows if row.expires_at and row.expires_at <= unit.now}
        for message_id in late:
            unit.move(Message, message_id, MessageStatus.FAILED, error_code=TOO_LATE)
        if len(late) < len(rows) or not rows:
            return [(row.id, row.segments) for row in rows if row.id not in late]


def _within(due: list[tuple[str, int]], free: float) -> dict[str, int]:
    """Return the first of them that go: the last may spend more than there is, and is owed."""
    going: dict[str, int] = {}
    for message_id, segments in due:
        if free < 1:
            break
        going[message_id] = segments
        free -= segments
    return going


def _take(unit: Unit, ids: list[str], carrier: str) -> list[Claimed]:
    rows = unit.db.execute(
        update(Message)
        .where(Message.id.in_(ids), Message.status == MessageStatus.QUEUED)
        .values(
            status=MessageStatus.SENDING,
            carrier=carrier,
            lease_until=unit.now + SENDING_LEASE,
            attempts=Message.attempts + 1,
            sent_at=unit.now,
        )
        .returning(
            Message.id,
            Message.caller_id,
            Message.phone_e164,
            Message.body,
            Message.segments,
            Message.attempts,
        )
    ).all()
    for row in rows:
        unit.note("messages", row.id, MessageStatus.SENDING)
    return [Claimed(*row, carrier=carrier) for row in rows]


def _in_order(claimed: list[Claimed], ids: list[str]) -> tuple[Claimed, ...]:
    place = {message_id: number for number, message_id in enumerate(ids)}
    first: dict[str, int] = {}
    for text in sorted(claimed, key=lambda it: place[it.message_id]):
        first.setdefault(text.caller_id, place[text.message_id])
    return tuple(sorted(claimed, key=lambda it: (first[it.caller_id], place[it.message_id])))
