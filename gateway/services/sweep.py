"""The sweeper: whatever a lost hint, a dead process or a silent carrier left lying is picked up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, and_, exists, or_, select

from gateway.db.models import Call, Message, Offer, OutboundCall, Ticket, Turn
from gateway.domain.hours import Hours
from gateway.domain.rates import Traffic
from gateway.domain.states import (
    LIVE_OFFERS,
    MessageStatus,
    OfferStatus,
    OutboundStatus,
    Presence,
    TicketStatus,
)
from gateway.services import (
    aftercare,
    lines,
    offers,
    readings,
    recordings,
    rota,
    shifts,
    stranded,
    talks,
    tallies,
)
from gateway.services.aftercare_due import DueAftercare, end_lost
from gateway.services.aftercare_texts import AftercareTexts
from gateway.services.drafts import forget_drafts
from gateway.services.duty import Duty
from gateway.services.placing import Placing, urgency_rank
from gateway.services.ports import Carrier
from gateway.services.rates import Rates
from gateway.services.reopening import tell_unreached
from gateway.services.sending import Sending
from gateway.services.throttle import forget_old_tries
from gateway.services.tickets import line_is_engaged
from gateway.services.work import Job, QueueUnreachableError, Unit, Work

log = logging.getLogger(__name__)

BATCH: Final = 200
# So many talks, and so many calls that we placed, are asked after in one sweep, one request each.
MOST_ASKED: Final = 40
_NOT_TALKING: Final = tuple(status for status in LIVE_OFFERS if status is not OfferStatus.ACCEPTED)
# A holding patient's call speaks every few seconds; one that has not for this long has no line.
SILENT_FOR: Final = timedelta(seconds=90)
LONGEST_HELPLINE_CALL: Final = timedelta(hours=1)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of each were found and taken up; all zero in a healthy hour."""

    offers: int = 0
    lines: int = 0
    doctors: int = 0
    calls: int = 0
    messages: int = 0
    recordings: int = 0
    aftercare: int = 0


class Sweeper:
    """follow_up_days: after how many days we ask after a patient whose doctor named none."""

    def __init__(
        self,
        *,
        work: Work,
        sending: Sending,
        placing: Placing,
        carrier: str,
        follow_up_days: int,
        duty: Duty,
        carriers: Mapping[str, Carrier],
        hours: Hours,
        rates: Rates,
        texts: AftercareTexts,
    ) -> None:
        self._work = work
        self._sending = sending
        self._placing = placing
        self._follow_up_days = follow_up_days
        self._duty = duty
        self._carriers = carriers
        self._rates = rates
        self._texts = texts
        self._due = DueAftercare(carrier, hours, texts)

    def sweep(self) -> Swept:
        """Run once; safe to run twice at once, and at any time."""
        room = {job: self._room(job) for job in Job}
        with self._work.begin() as unit:
            silent_calls = _leased_out(unit, OutboundCall, OutboundStatus.PLACED)
        # Before the offers: an unanswered try counts on her ladder while its offer lives.
        for call_id in silent_calls[:MOST_ASKED]:
            self._placing.look(call_id)
        expired = self._each(_due_offers, offers.expire)
        lost = self._each(_silent_lines, _lose_silent_line)
        freed = self._work.run(rota.end_pauses) + self._work.run(shifts.keep_hours)
        freed += self._each(stranded.doctors, stranded.free_doctor)
        self._each(stranded.tickets, stranded.free_ticket)
        self._each(stranded.consultations, stranded.end_consultation)
        cared = self._work.run(self._care)
        with self._work.begin() as unit:
            swept = Swept(
                offers=expired,
                lines=lost,
                doctors=freed,
                aftercare=cared,
                calls=_hint_due_calls(unit, room, self._rates),
                messages=_hint_due_messages(unit),
                recordings=_hint_recordings(unit, room),
            )
            self._duty.tell_paused(unit)
            tallies.fold(unit)
            forget_old_tries(unit)
            forget_drafts(unit)
            if room[Job.DISPATCH]:
                unit.hint(Job.DISPATCH)
            lost_calls = _leased_out(unit, OutboundCall, OutboundStatus.PLACING)
            lost_messages = _leased_out(unit, Message, MessageStatus.SENDING)
            silent_talks = _silent_talks(unit)
        for call_id in lost_calls:
            self._placing.reconcile(call_id)
        for message_id in lost_messages:
            self._sending.reconcile(message_id)
        for offer_id, carrier, provider_call_id in silent_talks:
            asked = self._carriers.get(carrier)  # the account may be gone since
            ended = asked.has_ended(provider_call_id) if asked else None
            self._work.run(partial(talks.look_at_talk, offer_id=offer_id, ended=ended))
        lines.end_silent(self._work, self._carriers, most_asked=MOST_ASKED)
        return swept

    def wake(self) -> None:
        """Have a patient looked for, if a doctor's pause has ended since: a small question."""
        with self._work.begin() as unit:
            if rota.a_pause_is_over(unit):
                unit.hint(Job.DISPATCH)

    def _each(
        self, find: Callable[[Unit], Sequence[_T]], take_up: Callable[[Unit, _T], bool]
    ) -> int:
        """Take up each in a transaction of its own; return how many there still were.

        One for all would keep its locks while callers wait, and meet those of another sweeper. One
        that fails holds up no other.
        """
        with self._work.begin() as unit:
            found = find(unit)
        taken = 0
        for one in found:
            try:
                taken += self._work.run(partial(_take_up, one=one, by=take_up))
            except Exception:
                log.exception("not_taken_up", extra={"what": take_up.__name__, "which": one})
        return taken

    def _room(self, job: Job) -> int:
        """How many more hints are worth giving: what waits unworked needs no second hint.

        Without this the queue of a stopped worker would grow by every due row at every sweep.
        """
        try:
            return max(0, BATCH - self._work.queue.waiting(job))
        except QueueUnreachableError:
            return BATCH

    def _care(self, unit: Unit) -> int:
        aftercare.plan_follow_ups(unit, days=self._follow_up_days)
        readings.plan_readings(unit)
        readings.plan_cancelled(unit)
        tell_unreached(unit, self._texts.texts)
        self._texts.tell_missed(unit)
        return end_lost(unit) + self._due.take_up(unit)


def _silent_talks(unit: Unit) -> list[tuple[str, str, str]]:
    """Talks of which nothing was heard for a lease: offer, carrier and its name for the call."""
    rows = unit.db.execute(
        select(Offer.id, Call.carrier, Call.provider_call_id)
        .join(Ticket, Ticket.id == Offer.ticket_id)
        .join(Call, Call.id == Ticket.call_id)
        .where(Offer.status == OfferStatus.ACCEPTED, Offer.lease_until <= unit.now)
        .order_by(Offer.lease_until)
        .limit(MOST_ASKED)
    ).all()
    return [(row[0], row[1], row[2]) for row in rows]


def _take_up(unit: Unit, *, one: _T, by: Callable[[Unit, _T], bool]) -> bool:
    return by(unit, one)


def _due_offers(unit: Unit) -> Sequence[str]:
    due = Offer.status.in_(_NOT_TALKING), Offer.lease_until <= unit.now
    return unit.db.scalars(select(Offer.id).where(*due).limit(BATCH)).all()


def _silent_lines(unit: Unit) -> Sequence[str]:
    """The calls of tickets that died without a word from the carrier."""
    waiting = select(Ticket.call_id).where(Ticket.call_id.is_not(None), _is_silent(unit.now))
    return [call_id for call_id in unit.db.scalars(waiting.distinct().limit(BATCH)) if call_id]


def _lose_silent_line(unit: Unit, call_id: str) -> bool:
    """Lose it, unless it has spoken: its turns wait for its lock, so none is being taken now."""
    unit.lock(Call, Call.id == call_id)
    still = select(Ticket.id).where(Ticket.call_id == call_id, _is_silent(unit.now))
    if unit.db.scalar(still.limit(1)) is None:
        return False
    lines.lose(unit, call_id)
    return True


def _is_silent(now: datetime) -> ColumnElement[bool]:
    """A call that talks of something else, with us, a doctor or an ambulance, is not dead."""
    spoke = exists().where(Turn.call_id == Ticket.call_id, Turn.created_at > now - SILENT_FOR)
    return and_(
        Ticket.status == TicketStatus.WAITING,
        or_(
            and_(
                Ticket.presence.in_((Presence.ARRIVING, Presence.HOLDING)),
                Ticket.seen_at <= now - SILENT_FOR,
                ~spoke,
            ),
            and_(
                Ticket.presence == Presence.HELPLINE,
                Ticket.seen_at <= now - LONGEST_HELPLINE_CALL,
            ),
        ),
        ~line_is_engaged(),
    )


def _hint_due_calls(unit: Unit, room: Mapping[Job, int], rates: Rates) -> int:
    """The most urgent first, and no more than the rate lets go now."""
    due = unit.db.execute(
        select(OutboundCall.id, OutboundCall.carrier)
        .where(OutboundCall.status == OutboundStatus.QUEUED, OutboundCall.due_at <= unit.now)
        .order_by(urgency_rank(), OutboundCall.due_at)
        .limit(room[Job.PLACE_CALL])
    ).all()
    free = {row.carrier: 0.0 for row in due}
    for carrier in free:
        free[carrier] = rates.room(unit, Traffic.CALLS, carrier).free
    for call_id, carrier in due:
        free[carrier] -= 1
        if free[carrier] >= 0:
            unit.hint(Job.PLACE_CALL, call_id)
    return len(due)


def _hint_due_messages(unit: Unit) -> int:
    """One hint is enough for all of them, and none is given while one waits."""
    ids = unit.db.scalars(
        select(Message.id)
        .where(Message.status == MessageStatus.QUEUED, Message.due_at <= unit.now)
        .limit(BATCH)
    ).all()
    if ids:
        unit.hint(Job.SEND_MESSAGES)
    return len(ids)


def _hint_recordings(unit: Unit, room: Mapping[Job, int]) -> int:
    ids = recordings.due(unit, limit=room[Job.TRANSCRIBE])
    for recording_id in ids:
        unit.hint(Job.TRANSCRIBE, recording_id)
    return len(ids)


def _leased_out(
    unit: Unit,
    model: type[OutboundCall] | type[Message],
    status: OutboundStatus | MessageStatus,
) -> list[str]:
    return list(
        unit.db.scalars(
            select(model.id)
            .where(model.status == status, model.lease_until <= unit.now)
            .order_by(model.lease_until)
            .limit(BATCH)
        )
    )
