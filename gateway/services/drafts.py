"""Prescriptions that wait for a doctor's yes: what she texted or keyed, until it is issued.

The row is the draft; a dropped line or a dead process loses nothing of it. It is issued under its
own id, so a yes said twice issues one prescription.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import delete, select

from gateway.db.models import Consultation, Prescription, PrescriptionDraft
from gateway.db.models.base import new_id
from gateway.db.models.waiting import token_of
from gateway.domain.states import ConsultationStatus
from gateway.services.prescription_document import Written
from gateway.services.prescriptions import id_of
from gateway.services.work import Unit

# A consultation is prescribed from by telephone for so long after it began.
PRESCRIBED_WITHIN: Final = timedelta(hours=24)
# So long she may think about what was read back, or call again after a line that dropped.
KEPT_OPEN: Final = timedelta(minutes=30)
KEPT: Final = timedelta(days=1)
MOST_MEDICINES: Final = 10
_WRITTEN: Final = TypeAdapter(Written)


@dataclass(frozen=True, slots=True)
class HeldDraft:
    """read_back: she has been told the whole of it by text, so her texted yes may issue it.

    cancels: the code of the prescription that a yes takes back; nothing is issued then.
    """

    id: str
    consultation_id: str
    written: Written
    read_back: bool = False
    cancels: str = ""


def open_draft(
    unit: Unit,
    doctor_id: str,
    consultation_id: str,
    written: Written,
    *,
    read_back: bool = False,
    cancels: str = "",
) -> HeldDraft:
    """Keep a new draft of hers; it is the one that she means from now on."""
    held = HeldDraft(new_id(), consultation_id, written, read_back, cancels)
    unit.db.add(
        PrescriptionDraft(
            id=held.id,
            doctor_id=doctor_id,
            consultation_id=consultation_id,
            told=_told(held),
            changed_at=unit.now,
        )
    )
    unit.db.flush()
    return held


def change_draft(unit: Unit, held: HeldDraft) -> None:
    """Keep it as it stands now."""
    row = unit.db.get_one(PrescriptionDraft, held.id)
    row.told, row.changed_at = _told(held), unit.now
    unit.db.flush()


def newest_draft(unit: Unit, doctor_id: str, *, texted: bool = False) -> HeldDraft | None:
    """Return the draft that she changed last, within `KEPT_OPEN`.

    texted: only if it was read back by text, issued or not: a yes that comes twice gets the answer
    of the first, and means nothing older. Otherwise only if it was not issued.
    """
    row = unit.db.scalar(
        select(PrescriptionDraft)
        .where(
            PrescriptionDraft.doctor_id == doctor_id,
            PrescriptionDraft.changed_at > unit.now - KEPT_OPEN,
        )
        .order_by(PrescriptionDraft.changed_at.desc())
        .limit(1)
    )
    if row is None:
        return None
    held = _held(row)
    if texted:
        return held if held.read_back else None
    issued = unit.db.get(Prescription, id_of(held.consultation_id, held.id))
    return None if issued or held.cancels else held


def take_for_unread(unit: Unit, doctor_id: str) -> None:
    """What she wrote last could not be read: a yes to it must not issue what stood before it."""
    held = newest_draft(unit, doctor_id)
    if held is not None and held.read_back:
        change_draft(unit, replace(held, read_back=False))


def draft_at(unit: Unit, doctor_id: str, draft_id: str) -> HeldDraft | None:
    """Return this draft of hers; None once it is issued, dropped or forgotten."""
    row = unit.db.get(PrescriptionDraft, draft_id)
    if row is None or row.doctor_id != doctor_id:
        return None
    issued = unit.db.get(Prescription, id_of(row.consultation_id, row.id))
    return None if issued else _held(row)


def drop_draft(unit: Unit, draft_id: str) -> None:
    unit.change(delete(PrescriptionDraft).where(PrescriptionDraft.id == draft_id))


def forget_drafts(unit: Unit) -> int:
    """Delete what is past confirming, issued or not; return how many."""
    old = PrescriptionDraft.changed_at < unit.now - KEPT
    return unit.change(delete(PrescriptionDraft).where(old))


def prescribed_for(unit: Unit, doctor_id: str, token: str = "") -> tuple[str, str] | None:
    """Return her newest consultation, of that token if one is named, and its token.

    Tokens come round: of two patients who bear it neither is guessed.
    """
    rows = unit.db.execute(
        select(Consultation.id, Consultation.ticket_id)
        .where(
            Consultation.doctor_id == doctor_id,
            Consultation.status != ConsultationStatus.NOT_JOINED,
            Consultation.started_at > unit.now - PRESCRIBED_WITHIN,
        )
        .order_by(Consultation.started_at.desc())
    ).all()
    visits = [row for row in rows if token in ("", token_of(row.ticket_id))]
    if not visits or (token and len({visit.ticket_id for visit in visits}) > 1):
        return None
    return visits[0].id, token_of(visits[0].ticket_id)


def standing(
    unit: Unit, doctor_id: str, *, consultation_id: str = "", patient_id: str = ""
) -> Prescription | None:
    """Return what she issued last and did not take back, in a consultation or to a patient."""
    narrowed = (
        Prescription.consultation_id == consultation_id
        if consultation_id
        else Prescription.patient_id == patient_id
    )
    return unit.db.scalar(
        select(Prescription)
        .where(Prescription.doctor_id == doctor_id, Prescription.cancelled_at.is_(None), narrowed)
        .order_by(Prescription.issued_at.desc())
        .limit(1)
    )


def issued_at(unit: Unit, doctor_id: str, code: str) -> Prescription | None:
    """Return what she issued under this code, though it may be taken back since."""
    return unit.db.scalar(
        select(Prescription).where(Prescription.code == code, Prescription.doctor_id == doctor_id)
    )


def _told(held: HeldDraft) -> dict[str, Any]:
    return {
        "written": _WRITTEN.dump_python(held.written, mode="json"),
        "read_back": held.read_back,
        "cancels": held.cancels,
    }


def _held(row: PrescriptionDraft) -> HeldDraft:
    written = _WRITTEN.validate_python(row.told["written"])
    return HeldDraft(
        row.id, row.consultation_id, written, row.told["read_back"], row.told["cancels"]
    )
