"""Aftercare as intents: planned, tried again, ended; calls and texts for it are other files'."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, update

from gateway.db.models import (
    Aftercare,
    Caller,
    Consultation,
    OutboundCall,
    Patient,
    Prescription,
    Ticket,
)
from gateway.db.models.base import new_id
from gateway.domain.aftercare import (
    AftercareKind,
    Dosing,
    ReachedBy,
    follow_up_due,
    last_day,
    lines_at,
    next_dosing,
    next_try,
)
from gateway.domain.indian_time import day_in_india
from gateway.domain.states import (
    OPEN_AFTERCARE,
    AftercareStatus,
    ConsultationStatus,
    OutboundStatus,
)
from gateway.services import messages
from gateway.services.prescription_document import lines_of
from gateway.services.turning import Turning
from gateway.services.work import Unit
from sms.medicine import MedicineLine

# A consultation older than this, of which nothing is planned yet, is asked after no more.
PLANNED_WITHIN: Final = timedelta(days=7)
BATCH: Final = 200
_STOPPED: Final = "stopped"


def plan_follow_ups(unit: Unit, *, days: int) -> int:
    """Plan to ask after everyone whom a doctor talked with; return how many were planned.

    Only where consent was keyed and neither texts nor calls are refused. The doctor's own
    `review_days` stand before `days`; 0 plans none where she named no day.
    """
    rows = unit.db.execute(
        select(Consultation, Caller.id)
        .join(Ticket, Ticket.id == Consultation.ticket_id)
        .join(Patient, Patient.id == Consultation.patient_id)
        # Whom a health worker presented is asked on her own telephone, where she has one.
        .join(Caller, Caller.id == func.coalesce(Patient.caller_id, Ticket.caller_id))
        .outerjoin(Aftercare, Aftercare.consultation_id == Consultation.id)
        .where(
            Consultation.status == ConsultationStatus.TALKED,
            Consultation.ended_at > unit.now - PLANNED_WITHIN,
            Aftercare.id.is_(None),
            Caller.consented_at.is_not(None),
            Caller.no_calls.is_(False),
            Patient.no_sms.is_(False),
            func.coalesce(Consultation.review_days, days) > 0,
        )
        .order_by(Consultation.ended_at)
        .limit(BATCH)
    ).all()
    return sum(_plan(unit, consultation, caller_id, days) for consultation, caller_id in rows)


def _plan(unit: Unit, consultation: Consultation, caller_id: str, days: int) -> bool:
    ended_at = consultation.ended_at or unit.now
    due_at = follow_up_due(ended_at, days=consultation.review_days or days)
    planned = unit.insert_once(
        Aftercare,
        unique="consultation_id",
        id=new_id(),
        kind=AftercareKind.FOLLOW_UP,
        caller_id=caller_id,
        patient_id=consultation.patient_id,
        consultation_id=consultation.id,
        status=AftercareStatus.PLANNED,
        attempts=0,
        due_at=max(due_at, unit.now),
        created_at=unit.now,
    )
    if not planned:
        return False
    # One person is asked once, after the newest of her consultations.
    before = unit.db.scalars(
        select(Aftercare.id).where(
            Aftercare.patient_id == consultation.patient_id,
            Aftercare.kind == AftercareKind.FOLLOW_UP,
            Aftercare.status == AftercareStatus.PLANNED,
            Aftercare.consultation_id != consultation.id,
        )
    ).all()
    for aftercare_id in before:
        unit.move(Aftercare, aftercare_id, AftercareStatus.OVER)
    return True


def plan_anew(unit: Unit, consultation_id: str) -> None:
    """The doctor named another day: what is planned and was not tried yet is planned again."""
    unit.change(
        delete(Aftercare).where(
            Aftercare.consultation_id == consultation_id,
            Aftercare.status == AftercareStatus.PLANNED,
            Aftercare.attempts == 0,
        )
    )


def reminders_of(turning: Turning, prescription: Prescription) -> str:
    """Return "runs" where it is reminded of, "may" where it could be, else "none"."""
    running = select(Aftercare.id).where(
        Aftercare.prescription_id == prescription.id,
        Aftercare.kind == AftercareKind.REMINDER,
        Aftercare.status.in_(OPEN_AFTERCARE),
    )
    if turning.unit.db.scalar(running) is not None:
        return "runs"
    known = turning.call.caller_id is not None
    return "may" if known and _dosing(turning.unit, prescription) else "none"


def remind(unit: Unit, prescription: Prescription, *, caller_id: str, by: ReachedBy) -> int:
    """Mean to call or text at each of its times; return the number of days left, 0 when none is.

    Asked for again it goes on, once, as was asked last.
    """
    dosing = _dosing(unit, prescription)
    if dosing is None:
        return 0
    values = {"by": by, "part": dosing.part, "due_at": dosing.at, "attempts": 0}
    made = unit.insert_once(
        Aftercare,
        unique=("prescription_id", "kind"),
        id=new_id(),
        kind=AftercareKind.REMINDER,
        caller_id=caller_id,
        patient_id=prescription.patient_id,
        prescription_id=prescription.id,
        status=AftercareStatus.PLANNED,
        created_at=unit.now,
        **values,
    )
    if not made:
        stopped = unit.db.scalar(
            select(Aftercare.id).where(
                Aftercare.prescription_id == prescription.id,
                Aftercare.kind == AftercareKind.REMINDER,
            )
        )
        unit.move(
            Aftercare,
            str(stopped),
            AftercareStatus.PLANNED,
            origins=(AftercareStatus.STOPPED,),
            **values,
        )
    lines, issued_on = lines_of(prescription.document), day_in_india(prescription.issued_at)
    last = last_day(lines, issued_on=issued_on) or issued_on
    return (last - day_in_india(unit.now)).days + 1


def lines_due(prescription: Prescription, row: Aftercare) -> list[MedicineLine]:
    """Return the medicines of the time of the day that the reminder is due for."""
    return lines_at(
        lines_of(prescription.document),
        row.part or "",
        issued_on=day_in_india(prescription.issued_at),
        day=day_in_india(row.due_at),
    )


def roll_on(unit: Unit, row: Aftercare) -> bool:
    """This time of the day is past: the reminder waits for the next, or is done.

    Return False when another has done it already.
    """
    dosing = _dosing(unit, unit.db.get_one(Prescription, row.prescription_id))
    if dosing is None:
        return unit.move(Aftercare, row.id, AftercareStatus.OVER)
    values = {"part": dosing.part, "due_at": dosing.at, "attempts": 0}
    if unit.move(
        Aftercare, row.id, AftercareStatus.PLANNED, origins=(AftercareStatus.CALLING,), **values
    ):
        return True
    planned = (Aftercare.status == AftercareStatus.PLANNED, Aftercare.due_at == row.due_at)
    rolled_on = unit.change(
        update(Aftercare).where(Aftercare.id == row.id, *planned).values(**values)
    )
    if rolled_on:
        unit.note("aftercare", row.id, "rolled_on")
    return bool(rolled_on)


def not_reached(unit: Unit, aftercare_id: str) -> bool:
    """A call for it reached nobody; return whether another is meant. Does nothing twice."""
    row = unit.db.get_one(Aftercare, aftercare_id, populate_existing=True)
    if row.status is not AftercareStatus.CALLING:
        return False
    # Whom a text has asked already is called once.
    at = None if _is_texted(row) else next_try(row.kind, attempts=row.attempts, now=unit.now)
    if at is not None:
        return unit.move(Aftercare, row.id, AftercareStatus.PLANNED, due_at=at)
    if row.kind is AftercareKind.REMINDER:
        roll_on(unit, row)
    else:
        unit.move(Aftercare, row.id, AftercareStatus.OVER)
    return False


def put_off(unit: Unit, aftercare_id: str) -> None:
    """Its hours had closed before the carrier took the call: it rang nobody, and was no try."""
    row = unit.db.get_one(Aftercare, aftercare_id, populate_existing=True)
    unit.move(
        Aftercare,
        row.id,
        AftercareStatus.ASKED if _is_texted(row) else AftercareStatus.PLANNED,
        origins=(AftercareStatus.CALLING,),
        attempts=Aftercare.attempts - 1,
        due_at=unit.now,
    )


def asked_by_text(unit: Unit, caller_id: str) -> Aftercare | None:
    """Return the question that a digit from this number answers; also when we call for it since."""
    return unit.db.scalar(
        select(Aftercare).where(
            Aftercare.caller_id == caller_id,
            Aftercare.kind == AftercareKind.FOLLOW_UP,
            Aftercare.by == ReachedBy.TEXT,
            Aftercare.status.in_((AftercareStatus.ASKED, AftercareStatus.CALLING)),
        )
    )


def keep_answer(unit: Unit, row: Aftercare, answer: str) -> None:
    """Keep how she is, sealed, for the doctor."""
    row.answer, row.answered_at = answer, unit.now
    unit.db.flush()
    unit.move(Aftercare, row.id, AftercareStatus.DONE)


def reminder_purpose(prescription_id: str | None) -> str:
    """Return what the keys of the texts that remind of a prescription begin with."""
    return f"reminder:{prescription_id}:"


def beginning_purpose(prescription_id: str) -> str:
    """Return the same for the texts that say that reminders begin."""
    return f"reminders_begin:{prescription_id}:"


def stop_all(unit: Unit, caller_id: str) -> None:
    """No more of it for this number, not even the call or text that is queued already."""
    _stop(unit, Aftercare.caller_id == caller_id)


def stop_texts(unit: Unit, caller_id: str) -> None:
    """She wants no more texts: reminders by text end, no answer to a text is awaited, and none is
    called for."""
    by_text = Aftercare.by == ReachedBy.TEXT
    _stop(unit, Aftercare.caller_id == caller_id, by_text)


def end_reminders(unit: Unit, *whose: ColumnElement[bool]) -> bool:
    """No more reminders; tell whether there were any."""
    return _stop(unit, Aftercare.kind == AftercareKind.REMINDER, *whose)


def stop_of_prescription(unit: Unit, prescription_id: str) -> None:
    """Nobody is reminded of this prescription any more, and it is read to nobody."""
    _stop(unit, Aftercare.prescription_id == prescription_id)
    # Those of its last time may wait though no reminder is planned any more.
    for purpose in (reminder_purpose(prescription_id), beginning_purpose(prescription_id)):
        messages.drop_queued(unit, purpose, why=_STOPPED)


def _stop(unit: Unit, *whose: ColumnElement[bool]) -> bool:
    rows = unit.db.scalars(
        select(Aftercare).where(*whose, Aftercare.status.in_(OPEN_AFTERCARE))
    ).all()
    for row in rows:
        unit.move(Aftercare, row.id, AftercareStatus.STOPPED)
        if row.kind is AftercareKind.REMINDER:
            messages.drop_queued(unit, reminder_purpose(row.prescription_id), why=_STOPPED)
    queued = unit.db.scalars(
        select(OutboundCall.id).where(
            OutboundCall.aftercare_id.in_([row.id for row in rows]),
            OutboundCall.status == OutboundStatus.QUEUED,
        )
    ).all()
    for outbound_id in queued:
        unit.move(OutboundCall, outbound_id, OutboundStatus.FAILED)
    return bool(rows)


def _is_texted(row: Aftercare) -> bool:
    """Has a text asked how she is?"""
    return row.kind is AftercareKind.FOLLOW_UP and row.by is ReachedBy.TEXT


def _dosing(unit: Unit, prescription: Prescription) -> Dosing | None:
    return next_dosing(
        lines_of(prescription.document),
        issued_on=day_in_india(prescription.issued_at),
        after=unit.now,
    )
