"""A prescription is checked, issued once, texted, and heard again by telephone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Caller, Doctor, Event, Message, Patient, Prescription
from gateway.domain.formulary import DrugList, Medicine
from gateway.domain.indian_time import day_in_india
from gateway.services.issuing import FormUsed, Issued, NotHers, NotTalked, Preview, Refused
from gateway.services.prescription_document import Written
from gateway.services.prescription_texts import short_line, short_name
from gateway.services.prescriptions import CODE_LENGTH, CODE_SIGNS, Prescriptions, new_code
from sms.loader import load_catalogue
from sms.medicine import DoseUnit, MedicineLine, Pattern
from sms.render import LineMessage, Sms, line_message, render, spoken_line
from tests.console.clinic import Clinic
from tests.domain.formulary_file import shipped
from tests.services.data import ROOT
from tests.services.desk import Desk
from tests.services.line import Line
from tests.services.prescribing import medicine, written

FORMULARY = shipped()
KEY = "0" * 32
OTHER_KEY = "1" * 32


@pytest.fixture
def doctor_id(clinic: Clinic) -> str:
    return clinic.doctor()


@pytest.fixture
def consultation_id(clinic: Clinic, doctor_id: str) -> str:
    return clinic.consultation()


def prescriptions(desk: Desk) -> list[Prescription]:
    return [row for row in desk.all(Prescription) if isinstance(row, Prescription)]


def texts_of_rx(desk: Desk) -> list[Message]:
    return [m for m in desk.messages() if m.purpose_key.startswith("rx:")]


def refused_rules(done: object) -> list[str]:
    assert isinstance(done, Refused), done
    return [refusal.rule.value for refusal in done.refusals]


def test_an_issued_prescription_is_kept_whole_and_texted_line_by_line(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    two = written(medicine(), medicine("ORS", form="sachet", strength="21 g", dose="1 sos 3/day"))
    done = clinic.prescriptions.issue(consultation_id, two, doctor_id=doctor_id, key=KEY)
    assert isinstance(done, Issued)
    [kept] = prescriptions(clinic.desk)
    assert kept.code == done.code
    document = kept.document
    assert document["doctor"]["registration_number"] == "MH-12345"
    assert document["diagnosis"] == "viral fever"
    assert (document["mode"], document["visit"]) == ("audio", "first")
    assert document["patient"]["age_years"] == 34
    assert [m["line"]["medicine"] for m in document["medicines"]] == [
        "PARACETAMOL",
        "ORAL REHYDRATION SALTS",
    ]
    clinic.desk.work_off()
    bodies = [body for _, body, _ in clinic.desk.carrier.texts][-4:]
    assert done.code in bodies[0]
    assert "PARACETAMOL" in bodies[1]
    assert "ORAL REHYDRATION SALTS" in bodies[2]
    assert clinic.desk.texts.toll_free in bodies[3]


def test_the_same_form_issues_once_and_gives_the_same_code(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    first, second = (
        clinic.prescriptions.issue(consultation_id, written(), doctor_id=doctor_id, key=KEY)
        for _ in range(2)
    )
    assert first == second
    assert len(prescriptions(clinic.desk)) == 1
    assert len(texts_of_rx(clinic.desk)) == 3


def test_the_same_form_sent_at_once_on_several_connections_issues_once(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    def issue(_: int) -> object:
        return clinic.prescriptions.issue(consultation_id, written(), doctor_id=doctor_id, key=KEY)

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(issue, range(6)))
    assert len(set(map(str, done))) == 1
    assert len(prescriptions(clinic.desk)) == 1
    assert len(texts_of_rx(clinic.desk)) == 3


def test_a_used_form_with_other_words_issues_nothing_and_says_so(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    issue = clinic.prescriptions.issue
    first = issue(consultation_id, written(), doctor_id=doctor_id, key=KEY)
    assert isinstance(first, Issued)
    changed = written(medicine(days=5))
    assert issue(consultation_id, changed, doctor_id=doctor_id, key=KEY) == FormUsed(first.code)
    assert len(prescriptions(clinic.desk)) == 1
    another = issue(consultation_id, changed, doctor_id=doctor_id, key=OTHER_KEY)
    assert isinstance(another, Issued)
    assert another.code != first.code


def test_a_code_that_is_taken_is_drawn_again(clinic: Clinic, doctor_id: str) -> None:
    drawn = iter(["BBBBBBBB", "BBBBBBBB", "CCCCCCCC"])
    service = Prescriptions(
        work=clinic.desk.work,
        formulary=FORMULARY,
        texts=clinic.desk.texts,
        codes=lambda: next(drawn),
    )
    consultation_id = clinic.consultation()
    codes = [
        service.issue(consultation_id, written(), doctor_id=doctor_id, key=key)
        for key in (KEY, OTHER_KEY)
    ]
    assert codes == [Issued("BBBBBBBB"), Issued("CCCCCCCC")]


def test_codes_have_no_sign_that_is_taken_for_another() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert {len(code) for code in codes} == {CODE_LENGTH}
    assert set("".join(codes)) <= set(CODE_SIGNS)
    assert not set("0O1ILAEU") & set(CODE_SIGNS)


def test_a_refused_draft_issues_nothing_and_writes_nothing(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    draft = written(medicine("metformin"))
    done = clinic.prescriptions.issue(consultation_id, draft, doctor_id=doctor_id, key=KEY)
    assert refused_rules(done) == ["list_a_first"]
    assert not prescriptions(clinic.desk)
    assert not texts_of_rx(clinic.desk)
    visit = clinic.clinic.visit(consultation_id, doctor_id=doctor_id)
    assert visit is not None
    assert not visit.diagnosis


def _second_visit(clinic: Clinic, doctor_id: str) -> str:
    clinic.consultation("CA1")
    clinic.desk.rota.go_on_duty(doctor_id)
    return clinic.consultation("CA2")


def _seen_in_person(clinic: Clinic, consultation_id: str, doctor_id: str, *, days_ago: int) -> None:
    day = day_in_india(clinic.desk.clock()) - timedelta(days=days_ago)
    assert clinic.clinic.record_in_person_visit(consultation_id, doctor_id=doctor_id, day=day)


def test_a_refill_goes_through_on_a_proven_follow_up_only(clinic: Clinic, doctor_id: str) -> None:
    consultation_id = _second_visit(clinic, doctor_id)
    refill = written(medicine("metformin"), same_condition=True, current_medicines=("metformin",))

    def checked(asked: Written = refill) -> object:
        return clinic.prescriptions.check(consultation_id, asked, doctor_id=doctor_id)

    assert refused_rules(checked()) == ["list_a_first"], "never seen in person"
    _seen_in_person(clinic, consultation_id, doctor_id, days_ago=200)
    assert refused_rules(checked()) == ["list_a_first"], "too long ago"
    _seen_in_person(clinic, consultation_id, doctor_id, days_ago=20)
    assert refused_rules(checked(replace(refill, same_condition=False))) == ["list_a_first"]
    assert isinstance(checked(), Preview)


def test_a_doctor_who_never_spoke_with_the_patient_cannot_claim_a_follow_up(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    _seen_in_person(clinic, consultation_id, doctor_id, days_ago=20)
    refill = written(medicine("metformin"), same_condition=True)
    done = clinic.prescriptions.check(consultation_id, refill, doctor_id=doctor_id)
    assert refused_rules(done) == ["list_a_first"]


def test_another_doctors_consultation_is_nobodys_to_prescribe_from(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    other = clinic.doctor("ravi", "+919800000009")
    issue = clinic.prescriptions.issue
    assert issue(consultation_id, written(), doctor_id=other, key=KEY) == NotHers()
    assert issue("f" * 32, written(), doctor_id=doctor_id, key=KEY) == NotHers()
    assert not prescriptions(clinic.desk)


def test_nothing_is_prescribed_where_nobody_talked(clinic: Clinic, doctor_id: str) -> None:
    consultation_id = clinic.consultation(joined=False)
    done = clinic.prescriptions.issue(consultation_id, written(), doctor_id=doctor_id, key=KEY)
    assert done == NotTalked()
    assert not prescriptions(clinic.desk)


def test_a_patient_who_wants_no_sms_gets_none(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    with Session(clinic.desk.engine) as db, db.begin():
        db.execute(update(Patient).values(no_sms=True))
    done = clinic.prescriptions.issue(consultation_id, written(), doctor_id=doctor_id, key=KEY)
    assert isinstance(done, Issued)
    assert not texts_of_rx(clinic.desk)


def test_messages_in_roman_letters_stay_within_gsm7(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    with Session(clinic.desk.engine) as db, db.begin():
        db.execute(update(Caller).values(script="roman"))
    clinic.prescriptions.issue(consultation_id, written(), doctor_id=doctor_id, key=KEY)
    assert {message.encoding for message in texts_of_rx(clinic.desk)} == {"gsm7"}


def test_a_name_that_no_message_has_room_for_is_refused_before_anything_is_issued(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    with Session(clinic.desk.engine) as db, db.begin():
        db.get_one(Doctor, doctor_id).name = "V" * 31
    done = clinic.prescriptions.issue(consultation_id, written(), doctor_id=doctor_id, key=KEY)
    assert isinstance(done, Refused)
    assert [(r.variable, r.length) for r in done.untextable] == [("doctor", 31)]
    assert not prescriptions(clinic.desk)


def test_no_event_tells_more_than_that_it_was_issued(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    clinic.prescriptions.issue(consultation_id, written(), doctor_id=doctor_id, key=KEY)
    events = [e for e in clinic.desk.all(Event) if isinstance(e, Event)]
    issued = [e for e in events if e.subject == "prescriptions"]
    assert [(e.subject_id, e.name) for e in issued] == [
        (prescriptions(clinic.desk)[0].id, "issued")
    ]


def test_she_hears_her_prescription_when_she_calls_again(
    clinic: Clinic, doctor_id: str, consultation_id: str
) -> None:
    known = Prescriptions(
        work=clinic.desk.work,
        formulary=FORMULARY,
        texts=clinic.desk.texts,
        codes=lambda: "9BCDFGHJ",
    )
    known.issue(consultation_id, written(), doctor_id=doctor_id, key=KEY)
    line = Line(clinic.desk, "CA9").dial()
    line.press("menu.services", "menu.prescription")
    heard = line.pick()
    for _ in range(4):
        heard += line.wait()
    assert "Asha Rao" in heard
    assert "पैरासिटामोल" in heard
    assert "सुबह 1, रात 1" in heard
    assert "नौ, B, C, D, F, G, H, J" in heard


def test_a_patient_without_a_prescription_is_told_so(clinic: Clinic, doctor_id: str) -> None:
    clinic.consultation()
    line = Line(clinic.desk, "CA9").dial()
    line.press("menu.services", "menu.prescription")
    line.pick()
    assert line.at == "prescription/nothing"


def test_given_names_become_initials_where_room_is_short() -> None:
    assert short_name("Asha Rao", 30) == "Asha Rao"
    assert short_name("Venkataramana Subrahmanyam Iyer", 30) == "V. Subrahmanyam Iyer"
    assert short_name("Venkataramana Subrahmanyam Iyer", 16) == "V. S. Iyer"


def _prescribable() -> Iterator[tuple[Medicine, MedicineLine]]:
    for entry in FORMULARY.medicines:
        if entry.list not in (DrugList.O, DrugList.A, DrugList.B):
            continue
        for strength in entry.strengths:
            yield (
                entry,
                MedicineLine(
                    medicine=entry.name.upper(),
                    form=strength.form,
                    strength=strength.strength,
                    pattern=Pattern.AS_NEEDED,
                    unit=DoseUnit.ML,
                    days=90,
                    amount="2.5",
                    at_most=4,
                    names={"hi": entry.name_hi, "en": entry.name},
                ),
            )


@pytest.mark.parametrize(
    ("language", "script"), [("hi", "native"), ("hi", "roman"), ("en", "native")]
)
def test_every_medicine_that_may_be_prescribed_can_be_texted_and_heard(
    language: str, script: str
) -> None:
    catalogue = load_catalogue(ROOT / "config" / "sms.yaml")
    limit = catalogue.templates["prescription_line"].variables["medicine"]
    for entry, line in _prescribable():
        message = line_message(
            short_line(line, FORMULARY, limit),
            position=1,
            language=language,
            script=script,
            catalogue=catalogue,
        )
        assert isinstance(message, LineMessage), (entry.name, message)
        text = render(
            message.kind,
            language=language,
            script=script,
            values=message.values,
            catalogue=catalogue,
        )
        assert isinstance(text, Sms), (entry.name, text)
        said = spoken_line(line, position=1, language=language, catalogue=catalogue)
        assert isinstance(said, str), (entry.name, said)


def test_a_day_in_india_begins_at_half_past_six_in_the_evening_utc(clinic: Clinic) -> None:
    clock = clinic.desk.clock
    clock.now = clock.now.replace(hour=18, minute=29)
    assert day_in_india(clock()) == date(2026, 11, 23)
    clock.forward(60)
    assert day_in_india(clock()) == date(2026, 11, 24)
