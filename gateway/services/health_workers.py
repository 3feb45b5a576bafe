"""Health workers: who may present patients, from which centre, and who treats them there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from gateway.db.models import HealthWorker
from gateway.db.models.base import new_id
from gateway.domain.phone_numbers import UnknownCaller, parse_phone
from gateway.services.callers import Directory
from gateway.services.doctor_phones import BadPhone
from gateway.services.pins import make_pin
from gateway.services.work import Unit, Work


@dataclass(frozen=True, slots=True)
class NewHealthWorker:
    """phone in any Indian form. centre: its name and place. treating_name, treating_registration:
    the medical officer of the centre, who stays responsible for its patients.
    """

    name: str
    centre: str
    phone: str
    language: str
    treating_name: str
    treating_registration: str


class HealthWorkers:
    def __init__(self, *, work: Work, directory: Directory) -> None:
        self._work = work
        self._directory = directory

    def enrol(self, told: NewHealthWorker) -> str | BadPhone:
        """Add a health worker, or renew what is known of the one of this number; return her id."""
        phone = parse_phone(told.phone)
        if isinstance(phone, UnknownCaller):
            return BadPhone(phone.reason)
        with self._work.begin() as unit:
            worker = self.at(unit, phone)
            if worker is None:
                worker = HealthWorker(
                    id=new_id(),
                    phone_e164=phone,
                    phone_hash=self._directory.phone_hash(phone),
                    created_at=unit.now,
                )
                unit.db.add(worker)
            worker.name, worker.centre, worker.language = told.name, told.centre, told.language
            worker.treating_name = told.treating_name
            worker.treating_registration = told.treating_registration
            return worker.id

    def make_pin(self, phone: str) -> str | BadPhone:
        """Return a new PIN for the health worker of this number, to be shown once."""
        with self._work.begin() as unit:
            worker = self.at(unit, phone)
            if worker is None:
                return BadPhone("no health worker has this number")
            return make_pin(unit, worker.id, of=HealthWorker)

    def at(self, unit: Unit, number: str) -> HealthWorker | None:
        """Return whose registered number this is."""
        phone = parse_phone(number)
        if isinstance(phone, UnknownCaller):
            return None
        hashed = self._directory.phone_hash(phone)
        return unit.db.scalar(select(HealthWorker).where(HealthWorker.phone_hash == hashed))
