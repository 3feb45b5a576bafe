"""Works off the texts that are meant: claimed together, sent side by side, each once.

The row is the intent. What a process claimed and never answered for runs out with its lease, and
then the carrier is asked before anything is sent again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import case, select, update

from gateway.db.models import Message
from gateway.domain.hours import Window
from gateway.domain.states import MessageStatus
from gateway.services.ports import Ambiguous, Carrier, NotSent, Placed, Placing, Refused
from gateway.services.roads import Roads
from gateway.services.work import Job, Unit, Work

log = logging.getLogger(__name__)

SENDING_LEASE: Final = timedelta(seconds=30)
# After a failure before the message left us; a message older than the last gap is of no use.
RETRY_GAPS: Final = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 1800))
# How long the carrier may take to show an accepted message in its own list.
CARRIER_SHOWS_WITHIN: Final = timedelta(minutes=2)
BATCH: Final = 64
THREADS: Final = 8
# No request begins so late that its answer could come after the lease.
BEGIN_WITHIN_S: Final = 12.0
# A job ends before RQ takes it for stuck, and hints the rest.
ROUND_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class _Claimed:
    message_id: str
    caller_id: str
    phone: str
    body: str
    attempts: int
    carrier: str | None


@dataclass(frozen=True, slots=True)
class _Sent:
    """What became of a claimed text; None when there was no time left to begin with it."""

    text: _Claimed
    result: Placing | None


class Sending:
    """carriers: those that texts may go by, the preferred one first. lane_hours: of those lanes
    whose texts can wait, when they may go."""

    def __init__(
        self,
        *,
        work: Work,
        carriers: Mapping[str, Carrier],
        roads: Roads,
        lane_hours: Mapping[int, Window],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work = work
        self._carriers = carriers
        self._roads = roads
        self._lane_hours = lane_hours
        self._clock = clock

    def send_due(self) -> None:
        """Send whatever is due, for a while; safe to run in several processes at once."""
        end = self._clock() + ROUND_S
        with ThreadPoolExecutor(THREADS) as pool:
            while batch := self._claim():
                until = self._clock() + BEGIN_WITHIN_S
                # A person's texts come in their order, so one thread sends them.
                hers = [list(texts) for _, texts in groupby(batch, key=lambda it: it.caller_id)]
                running = [pool.submit(self._send, texts, until) for texts in hers]
                failures = [error for one in running if (error := one.exception()) is not None]
                done = [one.result() for one in running if one.exception() is None]
                self._store([sent for texts in done for sent in texts])
                if failures:
                    raise failures[0]
                if self._clock() > end:
                    with self._work.begin() as unit:
                        unit.hint(Job.SEND_MESSAGES)
                    return

    def reconcile(self, message_id: str) -> None:
        """A try ended without a word (time-out, or our death): ask the carrier, then decide."""
        with self._work.begin() as unit:
            message = unit.db.get_one(Message, message_id)
            if message.status is not MessageStatus.SENDING:
                return
            carrier = self._carriers.get(message.carrier or self._roads.names[0])
            if carrier is None:
                # Of an account that is no more nothing can be asked, and it may have arrived.
                unit.move(Message, message_id, MessageStatus.FAILED, error_code="carrier_gone")
                return
        since = message.sent_at or message.created_at
        found = carrier.find_sms(message.phone_e164, message.body, since=since)
        with self._work.begin() as unit:
            match found:
                case Placed(provider_id):
                    unit.move(
                        Message,
                        message_id,
                        MessageStatus.SENT,
                        origins=(MessageStatus.SENDING,),
                        provider_message_id=provider_id,
                    )
                case None if unit.now - since >= CARRIER_SHOWS_WITHIN:
                    _again(unit, message_id, message.attempts)
                case _:
                    return

    def _claim(self) -> list[_Claimed]:
        """Take the texts that are next, by lane and then by time, nobody else's.

        The carrier is written before anything is asked of it, so that whoever comes after our
        death knows whom to ask.
        """
        with self._work.begin() as unit:
            self._hold_back(unit)
            due = (
                select(Message.id)
                .where(Message.status == MessageStatus.QUEUED, Message.due_at <= unit.now)
                .order_by(Message.lane, Message.due_at)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
            ids = unit.db.scalars(due).all()
            if not ids:
                return []
            rows = unit.db.execute(
                update(Message)
                .where(Message.id.in_(ids), Message.status == MessageStatus.QUEUED)
                .values(
                    status=MessageStatus.SENDING,
                    carrier=self._roads.order()[0],
                    lease_until=unit.now + SENDING_LEASE,
                    attempts=Message.attempts + 1,
                    sent_at=unit.now,
                )
                .returning(
                    Message.id,
                    Message.caller_id,
                    Message.phone_e164,
                    Message.body,
                    Message.attempts,
                    Message.carrier,
                )
            ).all()
            for row in rows:
                unit.note("messages", row.id, MessageStatus.SENDING)
        place = {message_id: number for number, message_id in enumerate(ids)}
        first = {row.caller_id: place[row.id] for row in sorted(rows, key=lambda r: -place[r.id])}
        claimed = [_Claimed(*row) for row in rows]
        return sorted(claimed, key=lambda it: (first[it.caller_id], place[it.message_id]))

    def _hold_back(self, unit: Unit) -> None:
        """Texts that can wait are due when their hours begin; nothing but the row has to know."""
        for lane, window in self._lane_hours.items():
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

    def _send(self, texts: Sequence[_Claimed], until: float) -> list[_Sent]:
        return [_Sent(text, self._ask(text, until)) for text in texts]

    def _ask(self, text: _Claimed, until: float) -> Placing | None:
        """Ask one carrier, and the next one only where the request never left us."""
        result: Placing | None = None
        for name in self._roads.order():
            began = self._clock()
            if began > until:
                break
            if name != text.carrier:
                self._note_carrier(text.message_id, name)
            result = self._carriers[name].send_sms(text.phone, text.body, intent=text.message_id)
            worked = isinstance(result, Placed | Refused)
            self._roads.report(name, took_s=self._clock() - began, worked=worked)
            if not isinstance(result, NotSent):
                break
        return result

    def _note_carrier(self, message_id: str, name: str) -> None:
        """Before it is asked, so that whoever comes after our death knows whom to ask."""
        with self._work.begin() as unit:
            unit.change(update(Message).where(Message.id == message_id).values(carrier=name))

    def _store(self, sent: Sequence[_Sent]) -> None:
        with self._work.begin() as unit:
            placed = {
                one.text.message_id: one.result.provider_id
                for one in sent
                if isinstance(one.result, Placed)
            }
            _sent(unit, placed)
            for one in sent:
                message_id = one.text.message_id
                match one.result:
                    case NotSent():
                        _again(unit, message_id, one.text.attempts)
                    case Refused(code, _):
                        _refused(unit, message_id, code)
                    case Ambiguous():
                        # It may be on its way: the lease runs on, then the carrier is asked.
                        unit.note("messages", message_id, "ambiguous")
                    case None:
                        _not_begun(unit, message_id)


def _sent(unit: Unit, placed: Mapping[str, str]) -> None:
    """A receipt may have come first, so the carrier's id is written whatever the status."""
    if not placed:
        return
    moved = unit.db.scalars(
        update(Message)
        .where(Message.id.in_(placed), Message.status == MessageStatus.SENDING)
        .values(
            status=MessageStatus.SENT,
            provider_message_id=case(placed, value=Message.id),
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    for message_id in moved:
        unit.note("messages", message_id, MessageStatus.SENT)
    for message_id in placed.keys() - set(moved):
        unit.change(
            update(Message)
            .where(Message.id == message_id)
            .values(provider_message_id=placed[message_id])
        )


def _refused(unit: Unit, message_id: str, code: str) -> None:
    unit.move(
        Message,
        message_id,
        MessageStatus.FAILED,
        origins=(MessageStatus.SENDING,),
        error_code=code,
    )
    log.error("sms_refused", extra={"message_id": message_id, "code": code})


def _not_begun(unit: Unit, message_id: str) -> None:
    """Its turn did not come within the lease; that was no try."""
    unit.move(
        Message,
        message_id,
        MessageStatus.QUEUED,
        origins=(MessageStatus.SENDING,),
        attempts=Message.attempts - 1,
    )


def _again(unit: Unit, message_id: str, attempts: int) -> None:
    if attempts > len(RETRY_GAPS):
        unit.move(Message, message_id, MessageStatus.FAILED, error_code="retries_exhausted")
        return
    unit.move(
        Message,
        message_id,
        MessageStatus.QUEUED,
        origins=(MessageStatus.SENDING,),
        due_at=unit.now + RETRY_GAPS[attempts - 1],
    )
