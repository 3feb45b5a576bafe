"""Hub and spoke: a health worker, by her PIN, presents the patient beside her to a doctor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Final

from gateway.db.models import Call, HealthWorker
from gateway.domain.phone_numbers import UnknownCaller, parse_phone
from gateway.domain.recording import RecordingPurpose
from gateway.services import openings, recordings
from gateway.services.areas import Numbers
from gateway.services.callers import Directory
from gateway.services.health_workers import HealthWorkers
from gateway.services.pins import Entry, check_pin, check_strangers_pin
from gateway.services.turning import CallState, Turning
from ivr_flows.engine.session import EffectDone, Json

# What holds for the call, whichever patient she presents in it.
_OF_THE_CALL: Final = frozenset({"language", "health_worker_id"})


@dataclass(frozen=True, slots=True)
class Spokes:
    """Knows her, and opens to her the people whom she presents.

    conferring: the carriers that can join three telephones.
    """

    workers: HealthWorkers
    directory: Directory
    numbers: Numbers
    conferring: Collection[str]

    def recall(self, turning: Turning) -> EffectDone:
        """Is this telephone a health worker's own?"""
        worker = self.workers.at(turning.unit, turning.leg.from_number)
        if worker is None:
            return EffectDone("unknown", {"language": turning.language})
        return EffectDone("known" if worker.pin_hash else "no_pin", {"language": worker.language})

    def enter(self, turning: Turning, *, number: int, pin: int) -> EffectDone:
        """Take her PIN, which the session forgets at once; number: as she keyed it, 0 for the
        telephone that she calls from. From here on the call is that of her own number, so that a
        shared telephone neither learns of her patients nor is called back.
        """
        unit = turning.unit
        told = str(number) if number else turning.leg.from_number
        worker = self.workers.at(unit, told)
        entry = (
            check_strangers_pin(unit, told) if worker is None else check_pin(unit, worker, str(pin))
        )
        facts: dict[str, Json] = {"pin": 0, "language": turning.language}
        if worker is not None and entry is Entry.RIGHT:
            self._make_hers(turning, worker)
            facts["language"] = worker.language
        return EffectDone(entry, facts)

    def _make_hers(self, turning: Turning, worker: HealthWorker) -> None:
        turning.state.health_worker_id = worker.id
        turning.caller = self.directory.caller_of(turning.unit, worker.phone_e164)
        if turning.caller is not None:
            turning.call.caller_id = turning.caller.id
        turning.unit.note(Call.__tablename__, turning.call.id, "health_worker_entered")

    def consent(self, turning: Turning) -> EffectDone:
        """The patient beside her agreed by a key; whatever was told of another one is over."""
        fresh = CallState()
        for field in fields(CallState):
            if field.name not in _OF_THE_CALL:
                setattr(turning.state, field.name, getattr(fresh, field.name))
        turning.state.consented_at = turning.unit.now.isoformat()
        turning.unit.note(Call.__tablename__, turning.call.id, "patient_consented")
        return EffectDone("ok")

    def household(self, turning: Turning, *, number: int) -> EffectDone:
        """Whose people are meant: those of the patient's own number, or, at 0 and at the health
        worker's own, those whom she presents because they have none.
        """
        if number == 0:
            turning.state.household_id = None
            return EffectDone("ok", {"can_join": False})
        phone = parse_phone(str(number))
        if isinstance(phone, UnknownCaller) or self.numbers.is_ours(phone):
            return EffectDone("bad", {"can_join": False})
        household = self.directory.caller_of(turning.unit, phone)
        hers = household is None or household.id == turning.call.caller_id
        turning.state.household_id = None if household is None or hers else household.id
        if household is not None:
            turning.unit.note("callers", household.id, "opened_by_health_worker")
        if turning.state.household_id is not None:
            openings.note(turning.unit, turning.call.id, turning.state.household_id)
        can_join = not hers and turning.call.carrier in self.conferring
        return EffectDone("ok", {"can_join": can_join})


def place_patient(turning: Turning, *, apart: bool) -> EffectDone:
    """Is the patient on another telephone than hers?"""
    turning.state.apart = apart
    return EffectDone("ok")


def list_specialities(turning: Turning) -> EffectDone:
    listed: list[Json] = list(turning.unit.rules.specialities)
    return EffectDone("ok", {"specialities": listed})


def choose_speciality(turning: Turning, *, speciality: str) -> EffectDone:
    known = speciality in turning.unit.rules.specialities
    turning.state.speciality = speciality if known else None
    return EffectDone("ok")


def keep_case(turning: Turning, *, recording_id: str) -> EffectDone:
    """Keep the case as she told it to the doctor: no machine listens to it."""
    patient_id = turning.state.patient_id
    purpose = RecordingPurpose.CASE
    if recordings.take_for(turning, recording_id, purpose, patient_id=patient_id):
        turning.state.recording_ids.append(recording_id)
    return EffectDone("ok")
