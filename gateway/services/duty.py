"""Going on and off duty by telephone: a call or a text from her own number, with her PIN.

A number is easily forged, so it opens nothing by itself; and whoever has seen a PIN needs her
number too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from gateway.db.models import Doctor, Event, Ticket
from gateway.domain.phone_numbers import UnknownCaller, parse_phone
from gateway.domain.states import DoctorStatus, TicketStatus
from gateway.services import doctor_phones, rota
from gateway.services.callers import Directory
from gateway.services.messages import Texts
from gateway.services.pins import Entry, check_pin
from gateway.services.turning import Turning
from gateway.services.work import Unit
from ivr_flows.engine.session import EffectDone
from sms.commands import Duty as Wanted

# A pause that is older than this is told no more: she will have seen to it.
TELL_PAUSED_WITHIN: Final = timedelta(hours=1)
# What the text has room for.
_MOST_TOLD: Final = 9999


@dataclass(frozen=True, slots=True)
class Duty:
    """languages: those that are shipped; a doctor is spoken to in the first of hers among them."""

    directory: Directory
    texts: Texts
    languages: Sequence[str]

    def recall(self, turning: Turning) -> EffectDone:
        """Whose number is it?"""
        doctor = self.doctor_at(turning.unit, turning.leg.from_number)
        if doctor is None:
            return EffectDone("unknown", {"language": turning.language})
        known = "known" if doctor.pin_hash else "no_pin"
        return EffectDone(known, {"language": self.language_of(doctor)})

    def enter(self, turning: Turning, pin: int) -> EffectDone:
        """Take her PIN, which the session forgets at once, and tell how she stands."""
        unit, doctor = turning.unit, self.doctor_at(turning.unit, turning.leg.from_number)
        entry = check_pin(unit, doctor, str(pin)) if doctor else Entry.WRONG
        if doctor is None or entry is not Entry.RIGHT:
            return EffectDone(entry, {"pin": 0, "waiting": 0})
        turning.state.doctor_id = doctor.id
        return EffectDone(_STANDS[doctor.status], {"pin": 0, "waiting": waiting_for(unit, doctor)})

    def set_duty(self, turning: Turning, wanted: str) -> EffectDone:
        """She keyed what she wants; busy while a patient is hers."""
        unit, doctor_id, number = turning.unit, turning.state.doctor_id, turning.leg.from_number
        now = self.move(unit, doctor_id, Wanted(wanted), number=number) if doctor_id else "busy"
        return EffectDone(now, {"minutes": unit.rules.doctor.break_minutes})

    def doctor_at(self, unit: Unit, number: str) -> Doctor | None:
        """Return whose registered number this is."""
        hashed = self._hash(number)
        return None if hashed is None else doctor_phones.owner_of(unit, hashed)

    def obey(
        self, unit: Unit, doctor: Doctor, wanted: Wanted, *, number: str
    ) -> tuple[str, Mapping[str, str]]:
        """Do what she texted from this number; return the kind of the answer and its values."""
        now = self.move(unit, doctor.id, wanted, number=number)
        told = {
            "on": {"waiting": str(min(waiting_for(unit, doctor), _MOST_TOLD))},
            "pause": {"minutes": str(unit.rules.doctor.break_minutes)},
        }
        return f"duty_{now}", told.get(now, {})

    def move(self, unit: Unit, doctor_id: str, wanted: Wanted, *, number: str) -> str:
        """Do what she wants, if it can be; return how she stands now: on, off, pause or busy.

        The telephone from which she goes on duty is the one that she has with her.
        """
        _MOVE[wanted](unit, doctor_id)
        status = unit.db.scalars(select(Doctor.status).where(Doctor.id == doctor_id)).one()
        stands = "pause" if status is DoctorStatus.PAUSED else _STANDS[status]
        hashed = self._hash(number)
        if wanted is Wanted.ON and stands == "on" and hashed is not None:
            doctor_phones.ring_first(unit, doctor_id, hashed)
        return stands

    def _hash(self, number: str) -> str | None:
        phone = parse_phone(number)
        return None if isinstance(phone, UnknownCaller) else self.directory.phone_hash(phone)

    def language_of(self, doctor: Doctor) -> str:
        shipped = (language for language in doctor.languages if language in self.languages)
        return next(shipped, self.languages[0])

    def tell_paused(self, unit: Unit) -> None:
        """Text every doctor whom unanswered rings have paused, once for each pause."""
        rows = unit.db.execute(
            select(Doctor, func.max(Event.id))
            .join(Event, Event.subject_id == Doctor.id)
            .where(
                Doctor.status == DoctorStatus.PAUSED,
                Doctor.resumes_at.is_(None),
                Event.subject == Doctor.__tablename__,
                Event.name == DoctorStatus.PAUSED.value,
                Event.at > unit.now - TELL_PAUSED_WITHIN,
            )
            .group_by(Doctor.id)
        ).all()
        for doctor, event_id in rows:
            first = doctor_phones.of(unit, doctor.id)[0]
            self.texts.queue(
                unit,
                "duty_unanswered",
                key=f"paused:{event_id}",
                caller=self.directory.caller_of(unit, first.phone_e164),
                language=self.language_of(doctor),
                values={},
            )


def waiting_for(unit: Unit, doctor: Doctor) -> int:
    """How many wait whom she can serve."""
    counted = select(func.count()).where(
        Ticket.status == TicketStatus.WAITING,
        Ticket.language.in_(doctor.languages),
        Ticket.speciality.in_(doctor.specialities),
    )
    return unit.db.scalar(counted) or 0


_MOVE: Final[Mapping[Wanted, Callable[[Unit, str], bool]]] = {
    Wanted.ON: rota.go_on_duty,
    Wanted.OFF: rota.go_off_duty,
    Wanted.PAUSE: rota.take_break,
}
_STANDS: Final[Mapping[DoctorStatus, str]] = {
    DoctorStatus.OFF_DUTY: "off",
    DoctorStatus.AVAILABLE: "on",
    DoctorStatus.WRAP_UP: "on",
    DoctorStatus.PAUSED: "paused",
    DoctorStatus.ENGAGED: "busy",
}
