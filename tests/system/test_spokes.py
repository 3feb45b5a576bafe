"""A health worker presents a patient to the doctor, over the running service."""

from __future__ import annotations

import time

import pytest

from gateway.demo.consultation import FIRST_CALL, Person, connected, hung_up, together
from gateway.services.health_workers import NewHealthWorker
from tests.system.desk import KEYPAD, PATIENCE_S, STAFF, Desk, eventually

pytestmark = pytest.mark.slow

WORKER, PATIENT = "+919800000194", "+919800000195"
SIGNS = {
    "vital_ask.temperature": "1012#",
    "vital_ask.pulse": "#",
    "vital_ask.blood_pressure": "150095#",
    "vital_ask.oxygen": "91#",
    "vital_ask.sugar": "#",
    "vital_ask.weight": "524#",
}


def worker(desk: Desk, **plan: str) -> Person:
    """A health worker on record, who knows what to key."""
    told = NewHealthWorker("Sunita Devi", "HWC Rampur", WORKER, "hi", "K. Mehta", "UP-77")
    assert isinstance(desk.parts.health_workers.enrol(told), str)
    pin = desk.parts.health_workers.make_pin(WORKER)
    assert isinstance(pin, str)
    keys = {
        **KEYPAD,
        **SIGNS,
        "spoke.pin": pin,
        "spoke.consent": "1",
        "spoke.patients_phone": "1",
        "spoke.patients_number": PATIENT.removeprefix("+91"),
        "spoke.beside": "1",
        "household.who": "5",
        "household.ask_sex": "1",
        "household.ask_age": FIRST_CALL["household.ask_age"],
        "heard.right": "1",
        "speciality.ask": "1",
        **plan,
    }
    her = desk.patient(WORKER)
    her.plan = keys
    return her


def test_signs_are_keyed_the_doctor_is_told_and_both_get_the_prescription(desk: Desk) -> None:
    her, doctor, patient = worker(desk), desk.doctor(), desk.patient(PATIENT)
    pin = desk.make_pin()
    desk.go_on_duty()
    her.phone.dial(STAFF)
    desk.meet(her, doctor)
    assert "presented.health_worker" in doctor.prompts
    assert any("oxygen" in text.lower() or "ऑक्सीजन" in text for text in doctor.heard)
    assert desk.talk_s(her) != []
    at_home, at_hers = len(patient.phone.inbox()), len(her.phone.inbox())
    doctor.phone.text(desk.settings.sms_sender, f"RX {pin} viral fever: pcm 500 1-0-1 5d pc")
    eventually(lambda: len(doctor.phone.inbox()) >= 2, "her line is read back")
    doctor.phone.text(desk.settings.sms_sender, f"YES {pin}")
    eventually(lambda: len(patient.phone.inbox()) == at_home + 3, "the patient has it")
    eventually(lambda: len(her.phone.inbox()) == at_hers + 4, "and so has the health worker")
    assert any("PARACETAMOL" in text["body"] for text in her.phone.inbox())


def test_the_patient_joins_from_another_telephone_and_all_three_meet(desk: Desk) -> None:
    her, doctor = worker(desk, **{"spoke.beside": "2"}), desk.doctor()
    patient = desk.patient(PATIENT)
    patient.plan = {"party.join": "1"}
    desk.go_on_duty()

    def doctor_takes() -> None:
        doctor.phone.wait_for("ringing", timeout_s=2 * PATIENCE_S)
        doctor.phone.answer()
        doctor.until(connected, timeout_s=PATIENCE_S)
        doctor.until(connected, timeout_s=PATIENCE_S)

    def patient_joins() -> None:
        patient.phone.wait_for("ringing", timeout_s=3 * PATIENCE_S)
        patient.phone.answer()
        patient.until(connected, timeout_s=PATIENCE_S)

    def she_presents() -> None:
        her.until(connected, timeout_s=2 * PATIENCE_S)
        her.until(connected, timeout_s=2 * PATIENCE_S)

    her.phone.dial(STAFF)
    together(she_presents, doctor_takes, patient_joins)
    eventually(lambda: len(desk.carrier_log("joined")) == 3, "three are in the room")
    # Of a talk in a room the clock on the wall is the measure.
    with desk.parts.work.begin() as unit:
        shortest_s = unit.rules.talk.shortest_seconds
    time.sleep(shortest_s + 1)
    doctor.phone.hang_up()
    together(
        lambda: her.until(hung_up, timeout_s=PATIENCE_S),
        lambda: patient.until(hung_up, timeout_s=PATIENCE_S),
    )
    assert desk.talk_s(her) != []
    eventually(lambda: desk.doctor_status() == "wrap_up", "the doctor writes it up")
    rung = [event for _, event in desk.events if event["kind"] == "ringing"]
    assert {event["from"] for event in rung} == {desk.settings.toll_free_number}, "masked"
