"""Who is next for a doctor: one step of an index for each language and speciality that she has, and
one more for those of her own state.

The order is that of `domain/waiting_room.next_ticket`; here the database finds it, so that a
hundred thousand who wait cost no more than a thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all

from gateway.db.models import Doctor, Offer, Ticket
from gateway.domain.states import DoctorStatus, OfferStatus, Presence, TicketStatus
from gateway.domain.waiting_room import FreeDoctor, Waiting, place_for, same_state, suits
from gateway.services.tickets import line_is_engaged
from gateway.services.work import Unit

LET_GO: Final = (OfferStatus.DECLINED, OfferStatus.NO_ANSWER)
# Patients who are back and whose doctor is free; whoever is beyond them waits as all others do.
MOST_BACK: Final = 200

_Walk: TypeAlias = Select[int, datetime, str, str, "str | None", str]


@dataclass(slots=True)
class Turns:
    """The search within one transaction; what doctors of the same skills share is asked once."""

    unit: Unit
    _firsts: dict[object, Waiting | None] = field(default_factory=dict)

    def matches(self) -> Iterator[tuple[FreeDoctor, Waiting]]:
        """Yield free doctors with the ticket that is next for each.

        Doctors whose own patients have come back are first, then who has been free the longest.
        """
        doctors = self._free_doctors()
        back = self._back_with(doctors)
        for doctor in sorted(doctors, key=lambda it: it.doctor_id not in back):
            first = self._first(doctor)
            own = back.get(doctor.doctor_id)
            pair = [ticket for ticket in (own, first) if ticket is not None]
            if pair:
                yield doctor, self._earliest(pair, doctor)

    def reasons(self, doctor: FreeDoctor, ticket: Waiting, *, urgency: str) -> dict[str, Any]:
        """Say why this ticket is next, without anything that the patient told."""
        return {
            "urgency": urgency,
            "turn_at": ticket.turn_at.isoformat(),
            "head_start_minutes": self.unit.rules.head_start_minutes[urgency],
            "language": ticket.language,
            "speciality": ticket.speciality,
            "same_doctor": ticket.usual_doctor_id == doctor.doctor_id,
            "same_state": same_state(ticket, doctor),
        }

    def _free_doctors(self) -> Sequence[FreeDoctor]:
        let_go = self._let_go()
        busy_until = (
            select(func.max(Offer.ended_at)).where(Offer.doctor_id == Doctor.id).scalar_subquery()
        )
        rows = self.unit.db.execute(
            select(Doctor.id, Doctor.languages, Doctor.specialities, Doctor.registration_number)
            .where(Doctor.status == DoctorStatus.AVAILABLE)
            .order_by(busy_until.is_not(None), busy_until, Doctor.id)
        ).all()
        state_of = self.unit.rules.registration.state_of
        return [
            FreeDoctor(row[0], row[1], row[2], let_go.get(row[0], frozenset()), state_of(row[3]))
            for row in rows
        ]

    def _let_go(self) -> Mapping[str, frozenset[int]]:
        """The tickets that each doctor declined or did not answer lately."""
        rows = self.unit.db.execute(
            select(Offer.doctor_id, Offer.ticket_id).where(
                Offer.status.in_(LET_GO),
                Offer.ended_at > self.unit.now - self.unit.rules.spared_for,
            )
        ).all()
        found: dict[str, frozenset[int]] = {}
        for doctor_id, ticket_id in rows:
            found[doctor_id] = found.get(doctor_id, frozenset()) | {ticket_id}
        return found

    def _back_with(self, doctors: Sequence[FreeDoctor]) -> Mapping[str, Waiting]:
        """For each free doctor, the first of her own patients who wait."""
        rows = self.unit.db.execute(
            _waiting(self.unit)
            .join(Doctor, Doctor.id == Ticket.usual_doctor_id)
            .where(Doctor.status == DoctorStatus.AVAILABLE)
            .limit(MOST_BACK)
        ).all()
        free = {doctor.doctor_id: doctor for doctor in doctors}
        back: dict[str, list[Waiting]] = {}
        for ticket in (Waiting(*row) for row in rows):
            doctor = free.get(ticket.usual_doctor_id or "")
            if doctor is not None and suits(ticket, doctor):
                back.setdefault(doctor.doctor_id, []).append(ticket)
        return {name: self._earliest(found, free[name]) for name, found in back.items()}

    def _earliest(self, tickets: Iterable[Waiting], doctor: FreeDoctor) -> Waiting:
        return min(tickets, key=lambda it: (place_for(it, doctor, self.unit.rules), it.ticket_id))

    def _first(self, doctor: FreeDoctor) -> Waiting | None:
        """The first of those who wait, by what she shares with others; patients of hers apart."""
        state = doctor.state if self.unit.rules.same_state_head_start else ""
        skills = (frozenset(doctor.languages), frozenset(doctor.specialities), doctor.let_go, state)
        if skills not in self._firsts:
            lines = [
                first_where(
                    self.unit,
                    Ticket.language == language,
                    Ticket.speciality == speciality,
                    Ticket.id.not_in(doctor.let_go),
                    *of_state,
                )
                for language in sorted(set(doctor.languages))
                for speciality in sorted(set(doctor.specialities))
                for of_state in ((), (Ticket.state == state,))
                if state or not of_state
            ]
            found, anyone = _read(self.unit, lines), replace(doctor, doctor_id="")
            self._firsts[skills] = self._earliest(found, anyone) if found else None
        return self._firsts[skills]


def first_where(unit: Unit, *conditions: ColumnElement[bool]) -> _Walk:
    """The first in the line that these conditions name, of those who can be offered now."""
    return _waiting(unit).where(*conditions).limit(1)


def _waiting(unit: Unit) -> _Walk:
    return (
        select(
            Ticket.id,
            Ticket.turn_at,
            Ticket.language,
            Ticket.speciality,
            Ticket.usual_doctor_id,
            Ticket.state,
        )
        .where(Ticket.status == TicketStatus.WAITING, can_be_offered(unit.now), ~line_is_engaged())
        .order_by(Ticket.turn_at, Ticket.id)
    )


def can_be_offered(now: datetime) -> ColumnElement[bool]:
    """She holds, or it is time to call her back."""
    return or_(
        Ticket.presence == Presence.HOLDING,
        and_(Ticket.presence == Presence.AWAY, Ticket.call_back_due_at <= now),
    )


def is_there(ticket: Ticket, now: datetime) -> bool:
    """The same of a ticket that was read."""
    due_at = ticket.call_back_due_at
    if ticket.presence is Presence.AWAY:
        return due_at is not None and due_at <= now
    return ticket.presence is Presence.HOLDING


def _read(unit: Unit, walks: Sequence[_Walk]) -> list[Waiting]:
    """Take all steps in one statement."""
    if not walks:
        return []
    rows = unit.db.execute(union_all(*(select(walk.subquery()) for walk in walks))).all()
    return [Waiting(*row) for row in rows]
