"""A prescription is taken back: nobody dispenses it, hears it or is reminded of it any more."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update

from gateway.db.models import Prescription
from gateway.domain.aftercare import AftercareKind
from gateway.services import aftercare, readings
from gateway.services.issuing import NoLongerStands, NotHers
from gateway.services.messages import Texts, drop_queued
from gateway.services.prescription_document import Chart
from gateway.services.work import Unit

_WHY: Final = "cancelled"
# Among the messages of its prescription, after every line.
_PLACE: Final = 99


def purpose_of(prescription_id: str) -> str:
    """Return what the keys of a prescription's messages begin with; its place follows."""
    return f"{readings.PURPOSE}{prescription_id}:"


def to_health_worker(purpose: str) -> str:
    """Return the same for the messages that go to whoever presented the patient."""
    return f"presented:{purpose}"


def to_replace(unit: Unit, chart: Chart, code: str) -> Prescription | NotHers | NoLongerStands:
    """Return what stands under this code in the consultation, locked until it is taken back."""
    found = unit.lock(
        Prescription,
        Prescription.code == code,
        Prescription.doctor_id == chart.doctor.id,
        Prescription.consultation_id == chart.consultation.id,
    )
    if not found:
        return NotHers()
    [old] = found
    return overtaken(unit, old) or old


def overtaken(unit: Unit, old: Prescription) -> NoLongerStands | None:
    """Return what stands instead of it, where it was taken back or replaced."""
    return None if old.cancelled_at is None else NoLongerStands(old.code, _instead_of(unit, old))


def _instead_of(unit: Unit, replaced: Prescription) -> str:
    """Return the code of what stands in its place, through all that were replaced since."""
    ids = [replaced.id]
    while ids:
        after = unit.db.scalars(
            select(Prescription)
            .where(Prescription.replaces_id.in_(ids))
            .order_by(Prescription.issued_at.desc())
        ).all()
        if standing := [row.code for row in after if row.cancelled_at is None]:
            return standing[0]
        ids = [row.id for row in after]
    return ""


def cancel(unit: Unit, prescription: Prescription, *, chart: Chart, texts: Texts) -> bool:
    """Take it back, with its reminders and unsent messages; False when it was before.

    Whoever may have read it is told by a message of its own. Who has stopped the texts may have
    heard it, and is called.
    """
    taken_back = unit.change(
        update(Prescription)
        .where(Prescription.id == prescription.id, Prescription.cancelled_at.is_(None))
        .values(cancelled_at=unit.now)
        .execution_options(synchronize_session=False)
    )
    if not taken_back:
        return False
    unit.note("prescriptions", prescription.id, "cancelled")
    aftercare.stop_of_prescription(unit, prescription.id)
    purpose = purpose_of(prescription.id)
    patient = chart.texted
    if patient is not None and patient.caller.texts_stopped_at is not None:
        kind, whose = AftercareKind.CANCELLED, (prescription.patient_id, patient.caller.id)
        readings.plan(unit, kind, prescription.id, *whose)
    readers = ((chart.texted, purpose), (chart.health_worker, to_health_worker(purpose)))
    for reader, key in readers:
        if drop_queued(unit, key, why=_WHY) and reader is not None:
            texts.queue(
                unit,
                readings.CANCELLED,
                key=f"{key}{_PLACE}",
                caller=reader.caller,
                language=reader.language,
                values={"code": prescription.code, "number": texts.toll_free},
            )
    return True
