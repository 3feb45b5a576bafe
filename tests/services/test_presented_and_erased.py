"""What a health worker's calls hold of people goes with their number, and nothing else does."""

from __future__ import annotations

from sqlalchemy.orm import Session, undefer

from gateway.db.models import Call, Opening, Patient, Presentation, Recording, Turn
from gateway.domain.states import MessageStatus, TicketStatus
from gateway.services.calls import UnknownCall
from gateway.services.issuing import Issued
from gateway.services.prescriptions import Prescriptions
from tests.databases import ON_SQLITE
from tests.domain.formulary_file import shipped
from tests.services.data import DOCTOR, PATIENT
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys, to_the_talk, whispered
from tests.services.prescribing import written
from tests.services.spoke import (
    WORKER,
    dialled,
    enrolled,
    key_signs,
    new_pin,
    presented,
    register_patient,
    to_the_patient,
    to_the_token,
)

# One database is enough: what happens at the same moment is in test_races.
pytestmark = ON_SQLITE

PATIENTS_NUMBER = PATIENT.removeprefix("+91")
ANOTHERS_NUMBER = "9800000044"
# The temperature that `key_signs` keys.
FEVER = "1012"


def turns_of(desk: Desk, sid: str) -> list[Turn]:
    with Session(desk.engine) as db:
        calls = db.query(Call.id).filter(Call.provider_call_id == sid)
        return db.query(Turn).filter(Turn.call_id.in_(calls)).order_by(Turn.number).all()


def sealed_in(desk: Desk, sid: str) -> str:
    """All that the turns of a call hold of it, opened."""
    return " ".join(f"{turn.session}{turn.answer}" for turn in turns_of(desk, sid))


def erased_at_home(desk: Desk, sid: str = "CAhome") -> None:
    """The patient calls from her own telephone, and has everything erased."""
    line = to_the_last_key(desk, sid)
    line.press("answer.if_yes")
    line.ends()


def to_the_last_key(desk: Desk, sid: str = "CAhome") -> Line:
    line = Line(desk, sid).dial()
    if line.at == "inbound/choose_language":
        line.choose_language()
        line.press("consent.agree")
        line.ends()
        line = Line(desk, f"{sid}2").dial()
    if line.at != "inbound/services":
        line.press("menu.services")
    line.press("menu.privacy", "privacy.erase")
    return line


def presents_another(desk: Desk, sid: str = "CAother") -> Line:
    """The same health worker, in a later call, with somebody of another number."""
    line = dialled(desk, sid)
    line.key(new_pin(desk))
    if line.at == "spoke/still_waiting":
        line.press("household.another")
    line.press("answer.if_yes", "answer.if_yes")
    line.key(ANOTHERS_NUMBER)
    line.press("answer.if_yes")
    register_patient(line, age="61")
    key_signs(line)
    to_the_token(line)
    return line


def test_the_turns_of_a_health_workers_call_are_forgotten(desk: Desk) -> None:
    presented(desk, number=PATIENTS_NUMBER).ends()
    held = sealed_in(desk, "CAspoke")
    assert PATIENTS_NUMBER in held
    assert FEVER in held or "101" in held
    erased_at_home(desk)
    [first] = turns_of(desk, "CAspoke")
    assert (first.number, first.session) == (0, {})
    assert PATIENTS_NUMBER not in first.answer
    [call] = [call for call in desk.calls_made() if call.provider_call_id == "CAspoke"]
    assert call.ended_at is not None, "when it was stays, for counting"


def test_calls_of_hers_about_others_stay_whole(desk: Desk) -> None:
    presented(desk, number=PATIENTS_NUMBER).ends()
    desk.sweep()
    # Her first place is closed, so that the later call is of the other one alone.
    dialled(desk, "CAclose").ends()
    erased_at_home(desk)
    presents_another(desk).ends()
    before = sealed_in(desk, "CAother")
    assert ANOTHERS_NUMBER in before
    erased_at_home(desk, "CAhome3")
    assert sealed_in(desk, "CAother") == before
    _, other = desk.patients()
    assert other.sex == "female"
    ticket = desk.tickets()[-1]
    assert ticket.status is TicketStatus.WAITING
    assert ticket.complaint["symptoms"]
    assert [row.ticket_id for row in desk.all(Presentation)] == [ticket.id]


def test_a_call_in_which_she_found_the_place_again_is_forgotten_too(desk: Desk) -> None:
    line = presented(desk, number=PATIENTS_NUMBER)
    line.wait()
    line.ends()
    again = dialled(desk, "CAagain")
    again.key(new_pin(desk))
    again.press("token.stay")
    again.ends()
    erased_at_home(desk)
    assert [turn.number for turn in turns_of(desk, "CAagain")] == [0]


def test_of_a_call_with_two_patients_nothing_is_left_since_no_turn_tells_whose_it_is(
    desk: Desk,
) -> None:
    line = presented(desk, number=PATIENTS_NUMBER)
    line.wait()
    line.ends()
    presents_another(desk).ends()
    erased_at_home(desk)
    assert [turn.number for turn in turns_of(desk, "CAother")] == [0]
    kept = desk.tickets()[-1]
    assert kept.status is TicketStatus.WAITING, "the other patient's place is hers"
    assert kept.complaint["symptoms"]
    with Session(desk.engine) as db:
        audio = db.query(Recording).options(undefer(Recording.audio)).all()
    assert {r.outcome for r in audio if r.patient_id is None} == {"erased"}


def test_erasing_twice_changes_nothing_more(desk: Desk) -> None:
    presented(desk, number=PATIENTS_NUMBER).ends()
    erased_at_home(desk)
    after = sealed_in(desk, "CAspoke"), len(desk.all(Opening)), len(desk.patients())
    erased_at_home(desk, "CAhome3")
    assert (sealed_in(desk, "CAspoke"), len(desk.all(Opening)), len(desk.patients())) == after


def test_a_call_that_goes_on_meanwhile_goes_on_and_keeps_nothing(desk: Desk) -> None:
    pin = enrolled(desk)
    line = to_the_patient(desk, pin, number=PATIENTS_NUMBER)
    register_patient(line)
    erased_at_home(desk)
    key_signs(line)
    line.press("heard.right")
    line.say("https://api.twilio.com/case")
    line.press("speciality.general")
    answer = fever_by_keys(line)
    assert "<Hangup" in answer, "her token is no longer open"
    assert not desk.tickets()
    assert not desk.messages()
    desk.work_off()
    line.ends()
    assert [turn.number for turn in turns_of(desk, "CAspoke")] == [0]
    with Session(desk.engine) as db:
        said = db.query(Recording).options(undefer(Recording.audio)).all()
        assert {(r.audio, r.url, r.outcome) for r in said} == {(None, "", "erased")}


def test_somebody_registered_behind_the_erased_number_meanwhile_is_forgotten(desk: Desk) -> None:
    line = to_the_patient(desk, enrolled(desk), number=PATIENTS_NUMBER)
    erased_at_home(desk)
    register_patient(line)
    line.ends()
    [patient] = desk.patients()
    assert (patient.sex, patient.born_on, patient.caller_id) == ("unknown", None, None)


def test_a_place_that_is_held_meanwhile_is_closed_and_told_so(desk: Desk) -> None:
    line = presented(desk, number=PATIENTS_NUMBER)
    line.wait()
    erased_at_home(desk)
    assert turns_of(desk, "CAspoke")[-1].number > 0, "the line is still open"
    assert "<Hangup" in line.wait()
    line.ends()
    assert [turn.number for turn in turns_of(desk, "CAspoke")] == [0]


def test_what_a_doctor_heard_of_her_before_taking_her_is_forgotten(desk: Desk) -> None:
    line = presented(desk, number=PATIENTS_NUMBER)
    desk.doctor()
    line.wait()
    desk.work_off()
    line.redirected()
    doctor = whispered(line)
    assert "fever" in sealed_in(desk, doctor.sid)
    erased_at_home(desk)
    assert "fever" in sealed_in(desk, doctor.sid), "she is listening"
    offer_id = desk.offers()[0].id
    doctor.ends()
    [first] = turns_of(desk, doctor.sid)
    assert (first.session, first.answer) == ({}, "")
    repeated = desk.calls.receive_whisper("twilio", offer_id, Line(desk, doctor.sid, DOCTOR).leg())
    assert isinstance(repeated, UnknownCall)


def test_a_late_repetition_of_a_forgotten_turn_is_answered_and_changes_nothing(desk: Desk) -> None:
    line = presented(desk, number=PATIENTS_NUMBER)
    call_id, number = line.next_turn
    line.ends()
    erased_at_home(desk)
    for late in (1, number):
        said = desk.calls.resume("twilio", call_id, late, line.leg(digits="1"))
        assert isinstance(said, UnknownCall)


def test_texts_to_the_health_worker_about_her_are_forgotten_and_the_unsent_not_sent(
    desk: Desk,
) -> None:
    line = presented(desk, number=PATIENTS_NUMBER)
    doctor_id = desk.doctor()
    to_the_talk(desk, line)
    line.ends()
    desk.work_off()
    [consultation] = desk.consultations()
    prescriptions = Prescriptions(work=desk.work, formulary=shipped(), texts=desk.texts)
    issued = prescriptions.issue(
        consultation.id,
        written(),
        doctor_id=doctor_id,
        key="k",
    )
    assert isinstance(issued, Issued), issued
    to_worker = [m for m in desk.messages() if m.purpose_key.startswith("presented:")]
    assert to_worker
    assert {m.status for m in to_worker} == {MessageStatus.QUEUED}
    erased_at_home(desk)
    desk.work_off()
    after = [m for m in desk.messages() if m.purpose_key.startswith("presented:")]
    assert {(m.body, m.status, m.phone_e164) for m in after} == {("", MessageStatus.FAILED, WORKER)}
    [patient] = desk.all(Patient)
    assert patient.sex == "female", "a doctor met her, and the law keeps that"
