"""Pregnancy: an answer is no silence, it grows old, and the doctor may correct what is known."""

from __future__ import annotations

import pytest

from gateway.domain.pregnancy import BELIEVED_FOR
from gateway.domain.rules import Rule
from gateway.services.clinic import ToldPerson
from gateway.services.issuing import Preview, Refused
from tests.console.clinic import Clinic
from tests.services.desk import Desk
from tests.services.line import NO_DANGER, Line, fever_by_keys, register, to_the_talk
from tests.services.prescribing import medicine, written

COUGH = written(medicine("bromhexine", strength="8 mg"))
OLD_S = BELIEVED_FOR.total_seconds() + 1


def first_call(desk: Desk, *, answer: str = "") -> Line:
    """A woman of 34 up to the tone; without an answer she lets the question pass."""
    line = Line(desk, "CA1").dial()
    line.choose_language()
    line.press("consent.agree", "household.self_female")
    line.key("34")
    assert line.at == "visit/ask_pregnant"
    if answer:
        line.press(answer)
    while line.at == "visit/ask_pregnant":
        line.wait()
    while line.at == "visit/ask_name":
        line.wait()
    return line


def next_call(desk: Desk, sid: str = "CA2") -> Line:
    """The same woman again, with fever by keys, up to what follows the token."""
    line = Line(desk, sid).dial()
    line.press("household.member")
    fever_by_keys(line)
    line.wait()
    return line


def rules_of_cough(clinic: Clinic, doctor_id: str) -> list[Rule]:
    [consultation] = clinic.desk.consultations()
    done = clinic.prescriptions.check(consultation.id, COUGH, doctor_id=doctor_id)
    if isinstance(done, Preview):
        return []
    assert isinstance(done, Refused)
    return [refusal.rule for refusal in done.refusals]


@pytest.mark.parametrize(
    ("answer", "kept", "rules"),
    [
        ("", None, [Rule.PREGNANCY_UNKNOWN]),
        ("answer.if_no", False, []),
        ("answer.if_yes", True, [Rule.PREGNANCY]),
    ],
)
def test_no_answer_is_not_a_no(
    clinic: Clinic, answer: str, kept: bool | None, rules: list[Rule]
) -> None:
    doctor_id = clinic.doctor()
    line = first_call(clinic.desk, answer=answer)
    if kept:
        line.press("tell.by_keys", "symptom.vaginal_bleeding", "duration.one")
        line.press("severity.mild", NO_DANGER)
    else:
        fever_by_keys(line)
    if line.at == "token/ask_connect":
        line.press("emergency.stay")
    [patient] = clinic.desk.patients()
    assert patient.pregnant is kept
    assert (patient.pregnant_told_at is None) is (kept is None)
    to_the_talk(clinic.desk, line)
    assert rules_of_cough(clinic, doctor_id) == rules


def test_an_old_answer_is_unknown_to_the_rules(clinic: Clinic) -> None:
    doctor_id = clinic.doctor()
    clinic.consultation()
    assert rules_of_cough(clinic, doctor_id) == []
    clinic.desk.clock.forward(OLD_S)
    assert rules_of_cough(clinic, doctor_id) == [Rule.PREGNANCY_UNKNOWN]


@pytest.mark.parametrize(("seconds", "asked"), [(OLD_S - 2, False), (OLD_S, True)])
def test_she_is_asked_again_when_the_answer_is_old(desk: Desk, seconds: float, asked: bool) -> None:
    first_call(desk, answer="answer.if_no").ends()
    desk.clock.forward(seconds)
    assert (next_call(desk).at == "token/ask_pregnant") is asked


def test_a_man_is_not_asked(desk: Desk) -> None:
    line = Line(desk, "CA1").dial()
    register(line, who="household.self_male", age="40")
    line.ends()
    desk.clock.forward(OLD_S)
    assert next_call(desk).at.startswith("waiting/")


def test_a_yes_moves_her_place_forward(desk: Desk) -> None:
    first_call(desk, answer="answer.if_no").ends()
    desk.clock.forward(OLD_S)
    line = next_call(desk)
    [ticket] = desk.tickets()
    assert ticket.urgency == "routine"
    line.press("answer.if_yes")
    [ticket], [patient] = desk.tickets(), desk.patients()
    assert ticket.urgency == "red"
    assert patient.pregnant
    line.wait()
    assert line.at.startswith("waiting/")


@pytest.mark.parametrize("answer", ["answer.if_no", ""])
def test_a_no_or_a_silence_keeps_her_place(desk: Desk, answer: str) -> None:
    first_call(desk, answer="answer.if_no").ends()
    desk.clock.forward(OLD_S)
    line = next_call(desk)
    if answer:
        line.press(answer)
    while line.at == "token/ask_pregnant":
        line.wait()
    assert line.at.startswith("waiting/")
    assert [ticket.urgency for ticket in desk.tickets()] == ["routine"]
    [patient] = desk.patients()
    told_now = patient.pregnant_told_at == desk.clock()
    assert told_now is bool(answer)


def test_the_doctor_corrects_in_any_visit_and_it_is_an_event(clinic: Clinic) -> None:
    doctor_id = clinic.doctor()
    clinic.consultation()
    [consultation], service = clinic.desk.consultations(), clinic.clinic
    told = ToldPerson(34, "female", pregnant=True)
    assert service.record_person(consultation.id, doctor_id=doctor_id, told=told)
    assert rules_of_cough(clinic, doctor_id) == [Rule.PREGNANCY]
    assert "patients:corrected" in clinic.desk.events()
    unasked = ToldPerson(34, "female", pregnant=None)
    assert service.record_person(consultation.id, doctor_id=doctor_id, told=unasked)
    assert rules_of_cough(clinic, doctor_id) == [Rule.PREGNANCY_UNKNOWN]


def test_the_same_age_again_leaves_an_infants_months(clinic: Clinic) -> None:
    doctor_id = clinic.doctor()
    line = Line(clinic.desk, "CA1").dial()
    register(line, who="household.own_child", age="00")
    fever_by_keys(line)
    if line.at == "token/ask_connect":
        line.press("emergency.stay")
    [before] = clinic.desk.patients()
    to_the_talk(clinic.desk, line)
    [consultation] = clinic.desk.consultations()
    told = ToldPerson(0, "male", pregnant=None)
    assert clinic.clinic.record_person(consultation.id, doctor_id=doctor_id, told=told)
    [after] = clinic.desk.patients()
    assert (after.sex, after.born_on) == ("male", before.born_on)
