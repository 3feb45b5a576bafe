"""A doctor's break: off the phone for a while, without leaving the rota."""

from __future__ import annotations

from gateway.db.models import Doctor
from gateway.domain.states import DoctorStatus
from gateway.services.work import Work


def take_break(work: Work, doctor_id: str) -> bool:
    """She is not rung until she is on duty again; refused while a patient is hers or she is off."""
    with work.begin() as unit:
        return unit.move(
            Doctor,
            doctor_id,
            DoctorStatus.PAUSED,
            origins=(DoctorStatus.AVAILABLE, DoctorStatus.WRAP_UP),
            unanswered_in_a_row=0,
        )
