"""Hub and spoke: a health worker presents the patient beside her, by number, PIN and keys."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from gateway.db.models import Call, Caller, Presentation, Recording
from gateway.domain.states import DoctorStatus, OfferStatus, TicketStatus
from gateway.services import privacy
from gateway.services.rota import NewDoctor
from gateway.services.turning import CallState, Turning
from tests.services.data import PATIENT
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys, register, to_the_talk, whispered
from tests.services.line import to_the_token as calls_herself
from tests.services.spoke import (
    SIGNS,
    WORKER,
    dialled,
    enrolled,
    find_patient,
    key_signs,
    new_pin,
    presented,
    register_patient,
    to_the_patient,
    to_the_token,
)

SHARED = "+919800000099"
PATIENTS_NUMBER = PATIENT.removeprefix("+91")


# --- consent, and who the patient is -----------------------------------------------------------


@pytest.mark.parametrize("answer", ["refuses", "says nothing"])
def test_without_the_patients_yes_nothing_is_kept(desk: Desk, answer: str) -> None:
    pin = enrolled(desk)
    line = dialled(desk)
    line.key(pin)
    if answer == "refuses":
        line.press("answer.if_no")
    else:
        for _ in range(3):
            line.wait()
    assert "<Hangup" in line.answer
    assert not desk.patients()
    assert not desk.tickets()
    assert "calls:patient_consented" not in desk.events()


def test_her_yes_is_an_event_and_stands_with_the_ticket(desk: Desk) -> None:
    presented(desk)
    assert "calls:patient_consented" in desk.events()
    [presentation] = desk.all(Presentation)
    assert presentation.consented_at == desk.clock.now


def test_a_patient_of_a_known_number_is_chosen_among_its_people(desk: Desk) -> None:
    mother = Line(desk, "CAhome")
    calls_herself(mother)
    desk.doctor()
    to_the_talk(desk, mother)
    mother.ends()
    line = to_the_patient(desk, enrolled(desk), number=PATIENTS_NUMBER)
    find_patient(line)
    key_signs(line)
    to_the_token(line)
    [patient] = desk.patients()
    assert [ticket.patient_id for ticket in desk.tickets()] == [patient.id] * 2
    assert "callers:opened_by_health_worker" in desk.events()


def test_a_new_patient_is_registered_behind_her_own_number(desk: Desk) -> None:
    presented(desk, number=PATIENTS_NUMBER)
    [patient] = desk.patients()
    assert desk.one(Caller, patient.caller_id).phone_e164 == PATIENT
    assert patient.health_worker_id is None


def test_who_has_no_telephone_is_known_to_the_health_worker_apart_from_her_family(
    desk: Desk,
) -> None:
    presented(desk)
    [villager] = desk.patients()
    assert (villager.caller_id, villager.slot) == (None, 1)
    assert villager.health_worker_id is not None
    home = Line(desk, "CAhome", WORKER).dial()
    register(home)
    assert len(desk.patients()) == 2
    desk.sweep()
    again = dialled(desk, "CAagain")
    again.key(new_pin(desk))
    again.press("household.another", "answer.if_yes", "answer.if_no")
    assert [each["age_years"] for each in again.session["variables"]["members"]] == [34]


def test_a_number_that_cannot_be_is_asked_again(desk: Desk) -> None:
    pin = enrolled(desk)
    line = to_the_patient(desk, pin, number="1800000100")
    assert line.at == "spoke/ask_number"
    line.key("1111111111")
    assert line.at == "spoke/ask_number"
    line.key(PATIENTS_NUMBER)
    assert line.at == "spoke/ask_beside"


def test_whoever_puts_the_handset_down_leaves_nobody_in_the_waiting_room(desk: Desk) -> None:
    line = to_the_patient(desk, enrolled(desk))
    for _ in range(3):
        line.wait()
    assert "<Hangup" in line.answer
    assert not desk.tickets()


# --- waiting, and the talk ---------------------------------------------------------------------


def test_only_a_doctor_of_the_speciality_is_offered_her(desk: Desk) -> None:
    line = presented(desk, speciality="speciality.medicine")
    desk.doctor()
    line.wait()
    desk.work_off()
    assert not desk.offers()
    told = NewDoctor("S. Iyer", "MD", "MH-9", "+919800000003", ("hi",), specialities=("medicine",))
    specialist = desk.rota.enrol(told)
    assert isinstance(specialist, str)
    desk.rota.go_on_duty(specialist)
    desk.work_off()
    assert [offer.doctor_id for offer in desk.offers()] == [specialist]


def test_the_whisper_tells_of_her_and_of_what_is_out_of_bounds(desk: Desk) -> None:
    line = presented(desk)
    desk.doctor()
    line.wait()
    desk.work_off()
    line.redirected()
    told = whispered(line).session["variables"]
    assert told["presented"] == ["presented.health_worker"]
    assert told["signs"] == ["vital.temperature", "vital.blood_pressure", "vital.oxygen"]
    assert (told["oxygen"], told["systolic"]) == (91, 150)


def test_the_talk_is_one_consultation_and_the_treating_doctor_stays_on_record(desk: Desk) -> None:
    line = presented(desk)
    desk.doctor()
    to_the_talk(desk, line)
    assert line.at == "feedback/ask"
    assert [one.status for one in desk.consultations()] == ["talked"]
    assert desk.tickets()[0].status is TicketStatus.DONE
    assert desk.doctors()[0].status is DoctorStatus.WRAP_UP
    [presentation] = desk.all(Presentation)
    assert presentation.document["treating"] == {"name": "K. Mehta", "registration_number": "UP-77"}


def test_her_line_drops_and_she_finds_the_place_again_from_another_telephone(desk: Desk) -> None:
    line = presented(desk)
    line.wait()
    line.ends()
    [before] = desk.tickets()
    again = dialled(desk, "CAagain", SHARED)
    again.key(WORKER.removeprefix("+91"), new_pin(desk))
    assert again.at == "spoke/still_waiting"
    again.press("token.stay")
    [ticket] = desk.tickets()
    assert (ticket.id, ticket.joined_at) == (before.id, before.joined_at)


def test_a_dropped_line_is_called_back_on_her_own_number(desk: Desk) -> None:
    line = presented(desk)
    line.wait()
    line.ends()
    desk.doctor()
    desk.later(30)
    assert [phone for phone, _ in desk.carrier.calls] == [WORKER]


def test_two_patients_of_hers_wait_on_one_line_and_nothing_of_one_is_told_of_the_other(
    desk: Desk,
) -> None:
    line = presented(desk)
    line.wait()
    line.ends()
    again = dialled(desk, "CAagain")
    again.key(new_pin(desk))
    again.press("household.another", "answer.if_yes", "answer.if_no")
    register_patient(again, age="40")
    key_signs(again, dict.fromkeys(SIGNS, ""))
    again.say()
    again.press("speciality.general")
    fever_by_keys(again)
    first, second = desk.tickets()
    assert (first.urgency, second.urgency) == ("red", "routine")
    assert {first.call_id, second.call_id} == {second.call_id}
    documents = {row.ticket_id: row.document for row in desk.all(Presentation)}
    assert documents[second.id]["vitals"] == []


def test_a_patient_who_waits_at_home_is_presented_at_her_own_place(desk: Desk) -> None:
    home = Line(desk, "CAhome")
    calls_herself(home)
    home.wait()
    home.ends()
    desk.clock.forward(600)
    [before] = desk.tickets()
    line = to_the_patient(desk, enrolled(desk), number=PATIENTS_NUMBER)
    find_patient(line)
    key_signs(line)
    to_the_token(line)
    [ticket] = desk.tickets()
    assert (ticket.id, ticket.joined_at) == (before.id, before.joined_at)
    assert ticket.caller_id != before.caller_id, "it is the health worker who is called back"


def test_the_token_is_texted_to_the_health_worker(desk: Desk) -> None:
    presented(desk, number=PATIENTS_NUMBER)
    assert [(m.kind, m.phone_e164) for m in desk.messages()] == [("token_unattended", WORKER)]


def test_a_doctor_who_declines_leaves_her_waiting(desk: Desk) -> None:
    line = presented(desk)
    desk.doctor()
    line.wait()
    desk.work_off()
    line.redirected()
    line.post(dial_status="no-answer")
    assert desk.offers()[0].status is OfferStatus.NO_ANSWER
    assert desk.tickets()[0].status is TicketStatus.WAITING


# --- what the patient takes back ---------------------------------------------------------------


def test_what_was_presented_of_her_is_erased_with_all_else_of_hers(desk: Desk) -> None:
    presented(desk, number=PATIENTS_NUMBER).ends()
    desk.work_off()
    home = Line(desk, "CAhome").dial()
    with desk.work.begin() as unit:
        call = unit.db.query(Call).filter(Call.provider_call_id == home.sid).one()
        caller = unit.db.get_one(Caller, call.caller_id)
        privacy.erase(Turning(unit, call, caller, CallState(), home.leg(), 1, "hi"))
    assert not desk.all(Presentation)
    [ticket] = desk.tickets()
    assert ticket.status is TicketStatus.CANCELLED
    assert ticket.complaint["symptoms"] == []
    with Session(desk.engine) as db:
        assert [r.audio for r in db.query(Recording)] == [None]
