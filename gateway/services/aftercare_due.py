"""What is due of aftercare: rung or texted in its hours, once, as long as it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, exists, select, update

from gateway.db.models import Aftercare, Caller, Message, OutboundCall, Patient
from gateway.domain.aftercare import (
    WORTHLESS_AFTER,
    AftercareKind,
    ReachedBy,
)
from gateway.domain.hours import Hours, Window
from gateway.domain.states import AftercareStatus, OutboundStatus
from gateway.services import aftercare, outbound, readings, tickets
from gateway.services.aftercare_texts import AftercareTexts, question_purpose
from gateway.services.work import Unit

# Nobody is rung who is on the line, or whom we call for something else, and nobody is asked two
# things by text at once; we look again after this.
BUSY_FOR: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class DueAftercare:
    """carrier: rings what is due."""

    carrier: str
    hours: Hours
    texts: AftercareTexts

    def take_up(self, unit: Unit, aftercare_id: str) -> bool:
        """Ring or text what is due; tell whether it still was. Safe to run twice at once."""
        row = unit.db.scalar(select(Aftercare).where(Aftercare.id == aftercare_id, *_is_due(unit)))
        if row is not None:
            self._take_up(unit, row)
        return row is not None

    def _take_up(self, unit: Unit, row: Aftercare) -> None:
        window = self.hours.calls[row.kind]
        if not is_wanted(unit, row):
            unit.move(Aftercare, row.id, AftercareStatus.STOPPED)
        elif row.kind is AftercareKind.REMINDER:
            self._remind(unit, row, window)
        elif row.status is AftercareStatus.ASKED and _has_called(unit, row):
            unit.move(Aftercare, row.id, AftercareStatus.OVER)
        elif not window.holds(unit.now):
            _wait(unit, row, window.next_opening(unit.now) - unit.now)
        elif row.status is AftercareStatus.PLANNED and _is_asked_by_text(unit, row):
            self._ask(unit, row, window)
        elif _is_busy(unit, row.caller_id):
            _wait(unit, row, BUSY_FOR)
        else:
            self._ring(unit, row)

    def _remind(self, unit: Unit, row: Aftercare, window: Window) -> None:
        if unit.now - row.due_at > WORTHLESS_AFTER or not window.holds(unit.now):
            aftercare.roll_on(unit, row)
            return
        until = min(row.due_at + WORTHLESS_AFTER, window.next_closing(unit.now))
        if row.by is ReachedBy.TEXT and self.texts.remind(unit, row, until=until):
            return
        # It keeps its time while she is busy, so that it does not come hours late.
        if not _is_busy(unit, row.caller_id):
            self._ring(unit, row)

    def _ask(self, unit: Unit, row: Aftercare, window: Window) -> None:
        """One question at a time to a telephone, so that an answer is to that one."""
        if aftercare.asked_by_text(unit, row.caller_id) is not None:
            _wait(unit, row, BUSY_FOR)
        elif unit.move(
            Aftercare,
            row.id,
            AftercareStatus.ASKED,
            by=ReachedBy.TEXT,
            attempts=Aftercare.attempts + 1,
            due_at=unit.now + self.hours.answer_awaited,
        ):
            self.texts.ask(unit, row, until=window.next_closing(unit.now))

    def _ring(self, unit: Unit, row: Aftercare) -> None:
        if unit.move(
            Aftercare,
            row.id,
            AftercareStatus.CALLING,
            origins=(row.status,),
            attempts=Aftercare.attempts + 1,
            # What comes late, as after a sweeper that slept, is not lost as soon as it rings.
            due_at=unit.now,
        ):
            outbound.call_for_aftercare(unit, row, carrier=self.carrier)


def due(unit: Unit) -> Sequence[str]:
    """Return what is due, the longest due first."""
    return unit.db.scalars(
        select(Aftercare.id).where(*_is_due(unit)).order_by(Aftercare.due_at).limit(aftercare.BATCH)
    ).all()


def _is_due(unit: Unit) -> tuple[ColumnElement[bool], ...]:
    waits = AftercareStatus.PLANNED, AftercareStatus.ASKED
    return Aftercare.status.in_(waits), Aftercare.due_at <= unit.now


def end_lost(unit: Unit) -> int:
    """A call whose end the carrier never told counts as a try that reached nobody."""
    calls = unit.db.scalars(
        select(Aftercare.id)
        .where(
            Aftercare.status == AftercareStatus.CALLING,
            Aftercare.due_at <= unit.now - outbound.LONGEST_CALL,
            # One that no carrier took yet has not rung.
            ~exists().where(
                OutboundCall.aftercare_id == Aftercare.id,
                OutboundCall.status == OutboundStatus.QUEUED,
            ),
        )
        .limit(aftercare.BATCH)
    ).all()
    for aftercare_id in calls:
        aftercare.not_reached(unit, aftercare_id)
    return len(calls)


def is_wanted(unit: Unit, row: Aftercare) -> bool:
    """Has nothing been said since that speaks against it?"""
    caller = unit.db.get_one(Caller, row.caller_id)
    if caller.withdrawn_at is not None or not readings.is_wanted(unit, row, caller):
        return False
    no_sms = unit.db.get_one(Patient, row.patient_id).no_sms
    if row.kind is AftercareKind.REMINDER:
        # It was asked for by a key, whatever is said of calls.
        return row.by is ReachedBy.CALL or not (no_sms or caller.texts_stopped_at)
    # That she is not to take it on is neither a reminder nor a question after her.
    return not no_sms and (row.kind is AftercareKind.CANCELLED or not caller.no_calls)


def _has_called(unit: Unit, row: Aftercare) -> bool:
    """Was she on the line with us since the text? Then she could say how she is."""
    asked_at = unit.db.scalar(
        select(Message.created_at).where(Message.purpose_key == question_purpose(row.id))
    )
    called_at = unit.db.get_one(Patient, row.patient_id).last_called_at
    return asked_at is not None and called_at is not None and called_at > asked_at


def _is_asked_by_text(unit: Unit, row: Aftercare) -> bool:
    """Whoever last wanted reminders by text rather than calls is asked after by text too."""
    if row.kind is not AftercareKind.FOLLOW_UP:
        return False
    if unit.db.get_one(Caller, row.caller_id).texts_stopped_at is not None:
        return False
    wanted = (
        select(Aftercare.by)
        .where(
            Aftercare.patient_id == row.patient_id,
            Aftercare.kind == AftercareKind.REMINDER,
        )
        .order_by(Aftercare.created_at.desc())
        .limit(1)
    )
    return unit.db.scalar(wanted) is ReachedBy.TEXT


def _wait(unit: Unit, row: Aftercare, gap: timedelta) -> None:
    unit.change(
        update(Aftercare)
        .where(Aftercare.id == row.id, Aftercare.status == row.status)
        .values(due_at=unit.now + gap)
    )


def _is_busy(unit: Unit, caller_id: str) -> bool:
    return (
        outbound.has_open_call(unit, caller_id)
        or tickets.has_open(unit, caller_id)
        or outbound.is_on_the_line(unit, caller_id)
    )
