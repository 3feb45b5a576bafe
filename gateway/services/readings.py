"""A prescription whose texts did not arrive is read to the patient by a call; that one was taken
back is said so too."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from gateway.db.models import Aftercare, Caller, Message, Patient, Prescription
from gateway.db.models.base import new_id
from gateway.domain.aftercare import AftercareKind
from gateway.domain.states import AftercareStatus, MessageStatus
from gateway.services.aftercare import BATCH
from gateway.services.prescription_reading import newest_of
from gateway.services.work import Unit

# What the keys of a prescription's messages begin with; its id of 32 letters follows.
PURPOSE: Final = "rx:"
_ID_LENGTH: Final = 32
# The kind of the message that tells that a prescription was taken back.
CANCELLED: Final = "prescription_cancelled"
LOST: Final = (MessageStatus.FAILED, MessageStatus.UNDELIVERED)
_ON_ITS_WAY: Final = (MessageStatus.QUEUED, MessageStatus.SENDING)
# Messages that were lost longer ago are followed up no more.
LOST_WITHIN: Final = timedelta(days=2)
# A phone that was off for a moment has the rest by then, and is not rung amid its texts.
AFTER: Final = timedelta(minutes=5)
# Lanes are few; naming them lets the index of what is due find the lost ones by their time.
_LANES: Final = range(8)


def plan_readings(unit: Unit) -> int:
    """Plan a call for each prescription of which a message was lost for good; return how many.

    Once for a prescription, when none of its messages is still to be sent. One lost message is
    enough: a medicine that is missing is worse than none of them. Nobody is called who wants no
    texts or no calls; she hears it when she calls.
    """
    wanted = (
        Message.kind != CANCELLED,
        Prescription.cancelled_at.is_(None),
        Caller.texts_stopped_at.is_(None),
        Caller.no_calls.is_(False),
    )
    return _plan_lost(unit, AftercareKind.READING, *wanted)


def plan_cancelled(unit: Unit) -> int:
    """Plan a call for each prescription that was taken back without the patient's being told.

    She might go on taking what she shall not take, so she is called whatever else she wants no
    calls for, and though she wants no more texts since.
    """
    wanted = (Message.kind == CANCELLED, Prescription.cancelled_at.is_not(None))
    return _plan_lost(unit, AftercareKind.CANCELLED, *wanted)


def _plan_lost(unit: Unit, kind: AftercareKind, *wanted: ColumnElement[bool]) -> int:
    prescription_id = func.substr(Message.purpose_key, len(PURPOSE) + 1, _ID_LENGTH)
    other = aliased(Message)
    rows = unit.db.execute(
        select(Prescription.id, Prescription.patient_id, Caller.id)
        .distinct()
        .select_from(Message)
        .join(Prescription, Prescription.id == prescription_id)
        .join(Patient, Patient.id == Prescription.patient_id)
        .join(Caller, Caller.id == Patient.caller_id)
        .where(
            *wanted,
            Message.status.in_(LOST),
            Message.lane.in_(_LANES),
            Message.due_at > unit.now - LOST_WITHIN,
            Message.purpose_key.startswith(PURPOSE),
            # Whoever else may have been sent it, such as a health worker, is not the patient.
            Message.caller_id == Patient.caller_id,
            Caller.withdrawn_at.is_(None),
            Patient.no_sms.is_(False),
            ~exists().where(
                Aftercare.prescription_id == Prescription.id,
                Aftercare.kind == kind,
            ),
            ~exists().where(
                other.caller_id == Message.caller_id,
                other.purpose_key.startswith(PURPOSE + Prescription.id),
                other.status.in_(_ON_ITS_WAY),
            ),
        )
        .limit(BATCH)
    ).all()
    return sum(plan(unit, kind, *row) for row in rows)


def plan(
    unit: Unit, kind: AftercareKind, prescription_id: str, patient_id: str, caller_id: str
) -> bool:
    """Plan the call, once for a prescription; tell whether this one did."""
    aftercare_id = new_id()
    planned = unit.insert_once(
        Aftercare,
        unique=("prescription_id", "kind"),
        id=aftercare_id,
        kind=kind,
        caller_id=caller_id,
        patient_id=patient_id,
        prescription_id=prescription_id,
        status=AftercareStatus.PLANNED,
        attempts=0,
        due_at=unit.now + AFTER,
        created_at=unit.now,
    )
    if planned:
        unit.note("aftercare", aftercare_id, f"{kind}_planned")
    return planned


def call_for(prescription: Prescription) -> AftercareKind:
    """Return what a call says of it whose message was lost."""
    is_cancelled = prescription.cancelled_at is not None
    return AftercareKind.CANCELLED if is_cancelled else AftercareKind.READING


def stands(unit: Unit, row: Aftercare) -> bool:
    """Is what this call is to read still her newest prescription? True for any other call."""
    if row.kind is not AftercareKind.READING:
        return True
    newest = newest_of(unit, row.patient_id)
    return newest is not None and newest.id == row.prescription_id


def is_wanted(unit: Unit, row: Aftercare, caller: Caller) -> bool:
    """Whoever stopped the texts meanwhile is not called for one; True for any other call."""
    if row.kind is not AftercareKind.READING:
        return True
    return caller.texts_stopped_at is None and stands(unit, row)
