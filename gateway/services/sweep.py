"""The sweeper: whatever a lost hint, a dead process or a silent carrier left lying is picked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

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
from gateway.services.aftercare_due import DueAftercare, due, end_lost
from gateway.services.aftercare_texts import AftercareTexts
from gateway.services.drafts import forget_drafts
from gateway.services.duty import Duty
from gateway.services.placing import Placing, urgency_rank
from gateway.services.ports import Carrier
from gateway.services.rates import Rates
from gateway.services.reopening import tell_unreached
from gateway.services.rounds import Round
from gateway.services.sending import Sending
from gateway.services.throttle import forget_old_tries
from gateway.services.tickets import line_is_engaged
from gateway.services.work import Job, QueueUnreachableError, Unit, Work

BATCH: Final = 200
# So many talks, and so many calls that we placed, are asked after in one sweep, one request each.
MOST_ASKED: Final = 40
_NOT_TALKING: Final = tuple(status for status in LIVE_OFFERS if status is not OfferStatus.ACCEPTED)
# A holding patient's call speaks every few seconds; one that has not for this long has no line.
SILENT_FOR: Final = timedelta(seconds=90)
LONGEST_HELPLINE_CALL: Final = timedelta(hours=1)


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
        now = Round(self._work)
        # Before the offers: an unanswered try counts on her ladder while its offer lives.
        now.each(_silent_placings, self._placing.look)
        swept = Swept(
            offers=now.each_alone(_due_offers, offers.expire),
            lines=now.each_alone(_silent_lines, _lose_silent_line),
            doctors=self._free(now),
            aftercare=self._care(now),
            calls=now.do(self._hint_due_calls),
            messages=now.do(_hint_due_messages),
            recordings=now.do(self._hint_recordings),
        )
        now.do(self._duty.tell_paused)
        now.do(tallies.fold)
        now.do(forget_old_tries)
        now.do(forget_drafts)
        now.do(self._hint_dispatch)
        now.each(_lost_placings, self._placing.reconcile)
        now.each(_lost_texts, self._sending.reconcile)
        now.each(_silent_talks, self._look_at_talk)
        end_silent = partial(lines.end_silent, self._work, self._carriers, most_asked=MOST_ASKED)
        now.attempt(end_silent, what="end_silent")
        return swept

    def wake(self) -> None:
        """Have a patient looked for, if a doctor's pause has ended since: a small question."""
        with self._work.begin() as unit:
            if rota.a_pause_is_over(unit):
                unit.hint(Job.DISPATCH)

    def _room(self, job: Job) -> int:
        """How many more hints are worth giving: what waits unworked needs no second hint.

        Without this the queue of a stopped worker would grow by every due row at every sweep.
        """
        try:
            return max(0, BATCH - self._work.queue.waiting(job))
        except QueueUnreachableError:
            return BATCH

    def _free(self, now: Round) -> int:
        """Whoever is held by nothing any more, and doctors whose pause or shift is over."""
        freed = now.do(rota.end_pauses) + now.do(shifts.keep_hours)
        freed += now.each_alone(stranded.doctors, stranded.free_doctor)
        now.each_alone(stranded.tickets, stranded.free_ticket)
        now.each_alone(stranded.consultations, stranded.end_consultation)
        return freed

    def _care(self, now: Round) -> int:
        now.do(partial(aftercare.plan_follow_ups, days=self._follow_up_days))
        now.do(readings.plan_readings)
        now.do(readings.plan_cancelled)
        now.do(partial(tell_unreached, texts=self._texts.texts))
        now.do(self._texts.tell_missed)
        return now.do(end_lost) + now.each_alone(due, self._due.take_up)

    def _look_at_talk(self, silent: tuple[str, str | None, str | None]) -> None:
        offer_id, carrier, provider_call_id = silent
        asked = self._carriers.get(carrier or "")  # the account may be gone since
        ended = asked.has_ended(provider_call_id) if asked and provider_call_id else None
        self._work.run(partial(talks.look_at_talk, offer_id=offer_id, ended=ended))

    def _hint_due_calls(self, unit: Unit) -> int:
        """The most urgent first, and no more than the rate lets go now."""
        due = unit.db.execute(
            select(OutboundCall.id, OutboundCall.carrier)
            .where(OutboundCall.status == OutboundStatus.QUEUED, OutboundCall.due_at <= unit.now)
            .order_by(urgency_rank(), OutboundCall.due_at)
            .limit(self._room(Job.PLACE_CALL))
        ).all()
        free = {row.carrier: 0.0 for row in due}
        for carrier in free:
            free[carrier] = self._rates.room(unit, Traffic.CALLS, carrier).free
        for call_id, carrier in due:
            free[carrier] -= 1
            if free[carrier] >= 0:
                unit.hint(Job.PLACE_CALL, call_id)
        return len(due)

    def _hint_recordings(self, unit: Unit) -> int:
        ids = recordings.due(unit, limit=self._room(Job.TRANSCRIBE))
        for recording_id in ids:
            unit.hint(Job.TRANSCRIBE, recording_id)
        return len(ids)

    def _hint_dispatch(self, unit: Unit) -> None:
        if self._room(Job.DISPATCH):
            unit.hint(Job.DISPATCH)


def _silent_talks(unit: Unit) -> Sequence[tuple[str, str | None, str | None]]:
    """Talks of which nothing was heard for a lease: offer, carrier and its name for the call."""
    rows = unit.db.execute(
        select(Offer.id, Call.carrier, Call.provider_call_id)
        .join(Ticket, Ticket.id == Offer.ticket_id)
        # One without a line is held by its lease all the same.
        .outerjoin(Call, Call.id == Ticket.call_id)
        .where(Offer.status == OfferStatus.ACCEPTED, Offer.lease_until <= unit.now)
        .order_by(Offer.lease_until)
        .limit(MOST_ASKED)
    ).all()
    return [(row[0], row[1], row[2]) for row in rows]


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


def _silent_placings(unit: Unit) -> Sequence[str]:
    return _leased_out(unit, OutboundCall, OutboundStatus.PLACED)[:MOST_ASKED]


def _lost_placings(unit: Unit) -> Sequence[str]:
    return _leased_out(unit, OutboundCall, OutboundStatus.PLACING)


def _lost_texts(unit: Unit) -> Sequence[str]:
    return _leased_out(unit, Message, MessageStatus.SENDING)


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
