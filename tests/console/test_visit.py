"""One visit on the page: who it is, what was said and heard, and what the doctor corrects."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.db.models import Consultation, Offer, Prescription, Recording, Ticket
from tests.console.clinic import PARACETAMOL, Clinic, shown
from tests.services.line import Line, to_the_talk

AUDIO = b"RIFF-her-own-words"


def issued(clinic: Clinic) -> list[Prescription]:
    return [row for row in clinic.desk.all(Prescription) if isinstance(row, Prescription)]


def _with_recording(clinic: Clinic, consultation_id: str, **heard: object) -> str:
    with Session(clinic.desk.engine) as db, db.begin():
        consultation = db.get_one(Consultation, consultation_id)
        ticket = db.get_one(Ticket, consultation.ticket_id)
        assert ticket.call_id is not None
        recording = Recording(
            call_id=ticket.call_id,
            turn=1,
            patient_id=consultation.patient_id,
            carrier="twilio",
            language="hi",
            url="https://api.twilio.com/rec",
            seconds=3,
            audio=AUDIO,
            content_type="audio/wav",
            outcome="understood",
            heard={"text": "मुझे खांसी है", "confidence": 0.87, **heard},
            attempts=1,
            created_at=clinic.desk.clock(),
            due_at=clinic.desk.clock(),
        )
        db.add(recording)
        db.flush()
        ticket.complaint = {**ticket.complaint, "recording_ids": [recording.id]}
        return recording.id


def test_what_she_confirmed_stands_apart_from_what_a_machine_heard(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    recording_id = _with_recording(clinic, consultation_id)
    page = clinic.signed_in().get(f"/console/visit/{consultation_id}").text
    [confirmed], [heard] = shown(page, "confirmed"), shown(page, "transcript")
    assert "fever" in page
    assert "Confirmed by the patient" in page
    assert "Heard by machine" in page
    assert heard == "मुझे खांसी है"
    assert "खांसी" not in confirmed
    assert f'src="/console/recording/{recording_id}"' in page


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("speech", "then confirmed by key"),
        ("voice", "so was her yes"),
        ("keypad", "chosen on the keypad"),
    ],
)
def test_how_she_confirmed_it_is_told(clinic: Clinic, source: str, how: str) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    with clinic.desk.work.begin() as unit:
        ticket = unit.db.scalars(select(Ticket)).one()
        symptoms = [{"code": "itching", "source": source}]
        ticket.complaint = {**ticket.complaint, "symptoms": symptoms}
    page = clinic.signed_in().get(f"/console/visit/{consultation_id}").text
    [confirmed] = shown(page, "confirmed")
    assert how in confirmed


def test_without_a_model_the_page_says_that_no_machine_has_listened(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    recording_id = _with_recording(clinic, consultation_id)
    with Session(clinic.desk.engine) as db, db.begin():
        recording = db.get_one(Recording, recording_id)
        recording.outcome, recording.heard = "no_model", {}
    page = clinic.signed_in().get(f"/console/visit/{consultation_id}").text
    [said] = shown(page, "no-model")
    assert "No speech model" in said
    assert "understood nothing" not in page
    assert f'src="/console/recording/{recording_id}"' in page


def test_only_a_doctor_who_has_had_the_patient_hears_her(clinic: Clinic) -> None:
    clinic.doctor()
    recording_id = _with_recording(clinic, clinic.consultation())
    clinic.doctor("ravi", "+919800000009")
    hers = clinic.signed_in("asha").get(f"/console/recording/{recording_id}")
    assert (hers.data, hers.mimetype) == (AUDIO, "audio/wav")
    assert clinic.signed_in("ravi").get(f"/console/recording/{recording_id}").status_code == 404
    assert clinic.browser().get(f"/console/recording/{recording_id}").status_code == 302


def test_another_doctors_consultation_is_not_found(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    clinic.doctor("ravi", "+919800000009")
    browser = clinic.signed_in("ravi")
    page = f"/console/visit/{consultation_id}"
    for path in (page, f"{page}/issued", f"{page}/complaint", f"{page}/state"):
        assert browser.get(path).status_code == 404, path
    sent = browser.post(
        f"{page}/prescription", page="/console", key="0" * 32, action="issue", **PARACETAMOL
    )
    assert sent.status_code == 404
    assert browser.post(f"{page}/in-person", page="/console", day="2026-11-01").status_code == 404
    assert not issued(clinic)


def test_what_a_patient_or_a_doctor_wrote_never_becomes_markup(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    _with_recording(clinic, consultation_id, text="<script>alert(1)</script>")
    browser = clinic.signed_in()
    browser.prescribe(consultation_id, PARACETAMOL, diagnosis="<b>fever</b>", notes="<i>x</i>")
    page = browser.get(f"/console/visit/{consultation_id}").text
    assert issued(clinic)
    for markup in ("<script>alert", "<b>fever", "<i>x"):
        assert markup not in page


@pytest.mark.parametrize("day", ["2026-11-24", "yesterday", "2026-13-01"])
def test_a_visit_in_person_is_a_day_that_has_been(clinic: Clinic, day: str) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    page = f"/console/visit/{consultation_id}"
    browser = clinic.signed_in()
    browser.post(f"{page}/in-person", page=page, day=day)
    assert clinic.patient_of(consultation_id).last_in_person_on is None
    assert shown(browser.get(page).text, "notice-in_person_date")


def test_a_visit_in_person_is_recorded_and_cleared(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    page = f"/console/visit/{consultation_id}"
    browser = clinic.signed_in()
    browser.post(f"{page}/in-person", page=page, day="2026-11-23")
    assert str(clinic.patient_of(consultation_id).last_in_person_on) == "2026-11-23"
    browser.post(f"{page}/in-person", page=page, day="")
    assert clinic.patient_of(consultation_id).last_in_person_on is None


def unknown_person(clinic: Clinic) -> str:
    """A consultation with somebody from whom no key came but the last."""
    line = Line(clinic.desk, "CA1").dial()
    while line.at != "visit/tell_unknown":
        line.wait()
    line.say()
    to_the_talk(clinic.desk, line)
    return clinic.desk.consultations()[0].id


def test_the_doctor_sees_how_long_and_how_bad_by_key_apart_from_what_was_heard(
    clinic: Clinic,
) -> None:
    clinic.doctor()
    page = clinic.signed_in().get(f"/console/visit/{clinic.consultation()}").text
    assert shown(page, "told") == ["For 1 day; mild."]


def test_the_page_says_why_this_patient_was_next(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.signed_in()
    [why] = shown(browser.get(f"/console/visit/{clinic.consultation()}").text, "why-next")
    assert why.startswith("Was next for you: routine, first asked at ")
    assert "talked with you lately" not in why
    clinic.desk.later(3600)
    again = clinic.consultation("CA5")
    [why] = shown(browser.get(f"/console/visit/{again}").text, "why-next")
    assert why.endswith(", talked with you lately.")
    with clinic.desk.work.begin() as unit:
        unit.db.execute(update(Offer).values(reasons={"urgency": "routine", "same_state": True}))
    [why] = shown(browser.get(f"/console/visit/{again}").text, "why-next")
    assert why.endswith(", dialled a number of the state where you are registered.")


def test_of_an_unknown_person_nothing_is_prescribed_before_the_doctor_has_asked(
    clinic: Clinic,
) -> None:
    clinic.doctor()
    consultation_id = unknown_person(clinic)
    browser, path = clinic.signed_in(), f"/console/visit/{consultation_id}"
    assert shown(browser.get(path).text, "patient") == ["Person, age not told"]
    refused = browser.prescribe(consultation_id, PARACETAMOL).text
    assert 'data-rule="age_missing"' in refused
    assert 'data-rule="sex_missing"' in refused
    assert not issued(clinic)
    browser.post(f"{path}/person", page=path, age_years="34", sex="female")
    assert shown(browser.get(path).text, "patient") == ["Woman, 34 years, pregnancy not known"]
    assert browser.prescribe(consultation_id, PARACETAMOL).status_code == 303
    assert len(issued(clinic)) == 1


@pytest.mark.parametrize(
    ("age", "sex"), [("", "female"), ("34", ""), ("-1", "male"), ("126", "male"), ("x", "other")]
)
def test_an_unreadable_age_or_sex_is_not_recorded(clinic: Clinic, age: str, sex: str) -> None:
    clinic.doctor()
    path = f"/console/visit/{unknown_person(clinic)}"
    browser = clinic.signed_in()
    browser.post(f"{path}/person", page=path, age_years=age, sex=sex)
    assert shown(browser.get(path).text, "patient") == ["Person, age not told"]


@pytest.mark.parametrize(
    ("told", "then"),
    [
        ({"age_years": "12", "sex": "male"}, "Boy, 12 years"),
        ({"age_years": "34", "sex": "female", "pregnant": "yes"}, "Woman, 34 years, pregnant"),
        ({"age_years": "35", "sex": "female", "pregnant": "no"}, "Woman, 35 years"),
        ({"age_years": "34", "sex": "female"}, "Woman, 34 years, pregnancy not known"),
    ],
)
def test_what_was_keyed_is_corrected_in_any_visit(
    clinic: Clinic, told: dict[str, str], then: str
) -> None:
    clinic.doctor()
    path = f"/console/visit/{clinic.consultation()}"
    browser = clinic.signed_in()
    assert shown(browser.get(path).text, "patient") == ["Woman, 34 years"]
    browser.post(f"{path}/person", page=path, **told)
    assert shown(browser.get(path).text, "patient") == [then]


def test_another_doctor_records_no_age_of_this_patient(clinic: Clinic) -> None:
    clinic.doctor()
    path = f"/console/visit/{unknown_person(clinic)}"
    clinic.doctor("ravi", "+919800000009")
    browser = clinic.signed_in("ravi")
    answer = browser.post(f"{path}/person", page="/console", age_years="34", sex="female")
    assert answer.status_code == 404


@pytest.mark.parametrize("days", ["0", "61", "soon"])
def test_a_day_to_ask_after_her_that_is_none_is_told(clinic: Clinic, days: str) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    answer = browser.prescribe(consultation_id, PARACETAMOL, review_days=days)
    assert answer.status_code == 422
    assert not issued(clinic)
