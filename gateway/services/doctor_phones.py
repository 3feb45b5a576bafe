"""A doctor's telephones: each is her own number, and they are rung one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select, update

from gateway.db.models import Doctor, DoctorPhone, Offer
from gateway.db.models.base import new_id
from gateway.domain.phone_numbers import UnknownCaller, mask_phone, parse_phone
from gateway.services.callers import Directory
from gateway.services.turning import BridgeLeg, Turning
from gateway.services.work import Unit, Work

# What the doctor hears before she decides, and her key.
WHISPER: Final = timedelta(seconds=55)
# The event of a doctor one of whose numbers the carrier cannot ring; the board shows it.
DEAD_NUMBER: Final = "dead_number"
# What the carrier says of a number that it cannot ring.
_DEAD: Final = "failed"


@dataclass(frozen=True, slots=True)
class BadPhone:
    """The number cannot be rung, or cannot be hers."""

    reason: str


@dataclass(frozen=True, slots=True)
class ListedPhone:
    """A telephone as staff see it, its number masked."""

    masked: str
    is_on_duty: bool


class DoctorPhones:
    """What staff do with a doctor's telephones."""

    def __init__(self, *, work: Work, directory: Directory) -> None:
        self._work = work
        self._directory = directory

    def listed(self, doctor_id: str) -> Sequence[ListedPhone]:
        """Her telephones in the order in which they are rung."""
        with self._work.begin() as unit:
            return [
                ListedPhone(mask_phone(it.phone_e164), it.on_duty) for it in of(unit, doctor_id)
            ]

    def add(self, doctor_id: str, number: str) -> BadPhone | None:
        """Add a telephone after her others; one that is hers already stays where it is."""
        phone = parse_phone(number)
        if isinstance(phone, UnknownCaller):
            return BadPhone(phone.reason)
        hashed = self._directory.phone_hash(phone)

        def take(unit: Unit) -> BadPhone | None:
            unit.lock(Doctor, Doctor.id == doctor_id)
            owner = owner_of(unit, hashed)
            if owner is not None:
                return None if owner.id == doctor_id else BadPhone("another doctor has this number")
            last = max(it.position for it in of(unit, doctor_id))
            enter(unit, doctor_id, phone, hashed, position=last + 1)
            unit.note("doctors", doctor_id, "phone_added")
            return None

        return self._work.run(take)

    def remove(self, doctor_id: str, number: str) -> BadPhone | None:
        """Take a telephone from her; never the last one, without which nobody could reach her."""
        phone = parse_phone(number)
        if isinstance(phone, UnknownCaller):
            return BadPhone(phone.reason)
        hashed = self._directory.phone_hash(phone)
        return self._work.run(lambda unit: remove(unit, doctor_id, hashed))


def of(unit: Unit, doctor_id: str) -> Sequence[DoctorPhone]:
    """Her telephones as they are rung: the one from which she went on duty, then by their order."""
    rows = select(DoctorPhone).where(DoctorPhone.doctor_id == doctor_id)
    return unit.db.scalars(
        rows.order_by(DoctorPhone.on_duty.desc(), DoctorPhone.position).execution_options(
            populate_existing=True
        )
    ).all()


def owner_of(unit: Unit, hashed: str) -> Doctor | None:
    """Return whose number this is, by its hash."""
    return unit.db.scalar(
        select(Doctor)
        .join(DoctorPhone, DoctorPhone.doctor_id == Doctor.id)
        .where(DoctorPhone.phone_hash == hashed)
    )


def enter(unit: Unit, doctor_id: str, phone: str, hashed: str, *, position: int = 1) -> None:
    unit.db.add(
        DoctorPhone(
            id=new_id(),
            doctor_id=doctor_id,
            phone_e164=phone,
            phone_hash=hashed,
            position=position,
            on_duty=False,
        )
    )
    unit.db.flush()


def remove(unit: Unit, doctor_id: str, hashed: str) -> BadPhone | None:
    """Take away the telephone of this hash; of two who do so at once the second finds one left."""
    unit.lock(Doctor, Doctor.id == doctor_id)
    hers = [it.phone_hash for it in of(unit, doctor_id)]
    if hashed not in hers:
        return BadPhone("it is not one of hers")
    if len(hers) == 1:
        return BadPhone("it is her last one; add another one first")
    unit.change(delete(DoctorPhone).where(DoctorPhone.phone_hash == hashed))
    unit.note("doctors", doctor_id, "phone_removed")
    return None


def ring_first(unit: Unit, doctor_id: str, hashed: str) -> None:
    """She has gone on duty from this telephone."""
    unit.change(
        update(DoctorPhone)
        .where(DoctorPhone.doctor_id == doctor_id)
        .values(on_duty=DoctorPhone.phone_hash == hashed)
        .execution_options(synchronize_session=False)
    )


def ring_next(turning: Turning, offer: Offer) -> BridgeLeg | None:
    """Have this turn ring the next of her telephones, with a lease for it; None: all were rung."""
    unit, rules = turning.unit, turning.unit.rules
    phone = next((it for it in of(unit, offer.doctor_id) if it.id not in offer.rung), None)
    if phone is None:
        return None
    offer.rung = {**offer.rung, phone.id: ""}
    offer.lease_until = unit.now + timedelta(seconds=rules.doctor.ring_seconds) + WHISPER
    offer.bridge_turn = turning.number
    return BridgeLeg(
        offer.id,
        phone.phone_e164,
        ring_s=rules.doctor.ring_seconds,
        longest_s=round(rules.talk.longest.total_seconds()),
    )


def ring_on(turning: Turning, offer: Offer) -> BridgeLeg | None:
    """Nobody took the patient at the telephone that rang: the next one's turn, if there is one."""
    said = turning.leg.dial_status
    offer.rung = {phone_id: before or said for phone_id, before in offer.rung.items()}
    if said == _DEAD:
        turning.unit.note("doctors", offer.doctor_id, DEAD_NUMBER)
    return ring_next(turning, offer)


def are_dead(offer: Offer) -> bool:
    """Tell whether the carrier could ring none of those that it was to ring."""
    return {*offer.rung.values()} == {_DEAD}
