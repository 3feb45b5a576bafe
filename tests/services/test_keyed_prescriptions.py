"""A doctor with nothing but keys prescribes: heard whole, issued by a key, kept meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import text as sql

from gateway.db.models import PrescriptionDraft
from gateway.services.drafts import KEPT_OPEN, MOST_MEDICINES, PRESCRIBED_WITHIN
from gateway.services.regimens import Kept, Regimens
from tests.console.clinic import Clinic
from tests.domain.formulary_file import diagnoses, shipped
from tests.services.data import DOCTOR
from tests.services.keyed import (
    CODES,
    ORS,
    PARACETAMOL,
    VIRAL_FEVER,
    Staff,
    heard,
    issued,
    listened,
    medicines,
    paracetamol,
)


def test_she_keys_it_hears_it_whole_and_issues_it(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    line.press("prescribe.more")
    line.key(ORS)
    line.pick(1)
    line.key("1#")
    line.press("prescribe.needed")
    line.key("02")
    line.press("prescribe.any_food")
    first, second = heard(line)
    assert "पैरासिटामोल" in first
    assert "खाने के बाद" in first
    assert "ओ आर एस" in second
    assert not issued(staff.desk)
    answer = line.press("prescribe.issue")
    [prescription] = issued(staff.desk)
    assert medicines(prescription) == [
        ("paracetamol", "tablet", "500 mg", "1-0-1", 5, "after food"),
        ("oral rehydration salts", "sachet", "21 g", "1 sos 3/day", 2, ""),
    ]
    assert prescription.document["diagnosis"] == "viral fever"
    assert "Hangup" in answer
    staff.desk.work_off()
    assert [m for m in staff.desk.messages() if m.purpose_key.startswith(f"rx:{prescription.id}")]


def test_the_same_key_twice_is_one_prescription(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    before = line.answer
    line.press("prescribe.issue")
    line.answer = before
    line.key("1")  # the carrier asks again
    assert len(issued(staff.desk)) == 1


def test_hanging_up_issues_nothing_and_the_next_call_goes_on(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.ends()
    assert not issued(staff.desk)
    line = staff.call()
    assert line.at == "prescribe/resume"
    line.press("prescribe.go_on")
    assert len(listened(line)) == 1
    line.press("prescribe.issue")
    assert len(issued(staff.desk)) == 1


def test_a_draft_is_kept_for_half_an_hour(staff: Staff) -> None:
    paracetamol(staff.begun())
    staff.desk.clock.forward(KEPT_OPEN.total_seconds() + 1)
    assert staff.call().at == "prescribe/fresh"


def test_she_begins_anew(staff: Staff) -> None:
    paracetamol(staff.begun())
    line = staff.call()
    line.press("prescribe.anew")
    assert line.at == "prescribe/fresh"
    assert not staff.desk.all(PrescriptionDraft)


def test_silence_and_throwing_away_issue_nothing(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.discard")
    assert not staff.desk.all(PrescriptionDraft)
    line = staff.begun()
    paracetamol(line)
    heard(line)
    for _ in range(3):
        line.wait()
    assert not issued(staff.desk)
    assert len(staff.desk.all(PrescriptionDraft)) == 1


def test_a_refused_medicine_is_named_with_its_rule_and_the_others_stay(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    line.press("prescribe.more")
    line.key(CODES["amoxicillin"])
    line.pick(0)
    line.key("1*1*1#", "05")
    line.press("prescribe.after_food")
    said = line.session["variables"]
    assert said["refused_for"] == ["unlisted"]
    assert said["medicine"] == "एमोक्सिसिलिन"
    assert len(heard(line)) == 1
    line.press("prescribe.issue")
    assert [m[0] for m in medicines(issued(staff.desk)[0])] == ["paracetamol"]


@pytest.mark.parametrize(
    ("dose", "why"),
    [("2*2*2#", []), ("3*3*3#", ["maximum"])],  # of 500 mg: 3 g and 4.5 g a day
)
def test_the_daily_maximum_and_its_neighbour(staff: Staff, dose: str, why: list[str]) -> None:
    line = staff.begun()
    paracetamol(line, dose=dose)
    assert line.session["variables"].get("refused_for", []) == why


def test_the_same_medicine_twice_is_refused_as_a_duplicate(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    line.press("prescribe.more")
    paracetamol(line)
    assert line.session["variables"]["refused_for"] == ["duplicate"]


@pytest.mark.parametrize(
    ("keys", "dose"),
    [
        ("1*0*1#", "1-0-1"),
        ("05*0*05#", "0.5-0-0.5"),
        ("105*0*1#", "1.5-0-1"),
        ("1*1#", "1-1"),
        ("1*1*1*1#", "1-1-1-1"),
    ],
)
def test_what_a_dose_of_keys_means(staff: Staff, keys: str, dose: str) -> None:
    line = staff.begun()
    paracetamol(line, dose=keys)
    heard(line)
    line.press("prescribe.issue")
    assert medicines(issued(staff.desk)[0])[0][3] == dose


@pytest.mark.parametrize("keys", ["1**1#", "*#", "0*0*0#", "99*0*0#", "1*1*1*1*1#", "50*50#"])
def test_what_is_no_dose_is_asked_again(staff: Staff, keys: str) -> None:
    line = staff.begun()
    line.key(PARACETAMOL)
    line.pick(0)
    line.key(keys)
    assert line.at == "prescribe/dose"


def test_a_liquid_is_keyed_in_millilitres(staff: Staff) -> None:
    line = staff.begun()
    line.key(PARACETAMOL, "3")  # the next two strengths
    assert "पीने की दवा" in line.session["variables"]["strengths"][3]["strength"]
    line.pick(1)
    assert line.session["variables"]["dose_asked"] == "dose.ml"
    line.key("10*0*205#", "03")
    line.press("prescribe.before_food")
    heard(line)
    line.press("prescribe.issue")
    [one] = medicines(issued(staff.desk)[0])
    assert one == ("paracetamol", "syrup", "120 mg/5 ml", "10ml-0-2.5ml", 3, "before food")


@pytest.mark.parametrize("code", ["1002", "9997", "50#"])
def test_a_code_that_is_none_is_asked_again(staff: Staff, code: str) -> None:
    line = staff.begun()
    line.key(code)
    assert line.at == "prescribe/medicine"


def test_a_diagnosis_that_is_none_is_asked_again(staff: Staff) -> None:
    line = staff.call()
    line.press("prescribe.write")
    line.key("105")
    assert line.at == "prescribe/diagnosis"


def test_a_set_of_hers_is_added_by_its_number(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.issue")
    [row] = issued(staff.desk)
    kept = Regimens(staff.desk.work).keep(row.code, "fever", doctor_id=row.doctor_id)
    assert isinstance(kept, Kept)
    line = staff.begun()
    line.key("11#")
    assert line.at == "prescribe/more"
    heard(line)
    line.press("prescribe.issue")
    first, second = issued(staff.desk)
    assert medicines(first) == medicines(second)


def test_a_medicine_is_taken_out_by_its_number(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    line.press("prescribe.more")
    line.key(ORS)
    line.pick(0)
    line.key("1#")
    line.press("prescribe.once", "prescribe.any_food")
    assert len(heard(line)) == 2
    line.press("prescribe.remove")
    line.key("03")
    assert line.at == "prescribe/ready"
    line.press("prescribe.remove")
    line.key("01")
    assert len(listened(line)) == 1


def test_the_last_medicine_taken_out_asks_for_one(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.remove")
    line.key("01")
    assert line.at == "prescribe/medicine"


def test_another_talk_is_named_by_its_token(staff: Staff, clinic: Clinic) -> None:
    desk = clinic.desk
    older = desk.consultations()[0].id
    desk.rota.go_on_duty(desk.doctors()[0].id)
    clinic.consultation("CA2", "+919800000003")
    line = staff.call()
    assert line.session["variables"]["token"] == "0002"
    line.press("prescribe.other")
    line.key("0077#")
    assert line.at == "prescribe/token"
    line.key("0001#")
    line.press("prescribe.write")
    line.key(VIRAL_FEVER)
    paracetamol(line)
    heard(line)
    line.press("prescribe.issue")
    assert [row.consultation_id for row in issued(desk)] == [older]


def test_an_old_talk_is_not_prescribed_from(staff: Staff) -> None:
    staff.desk.clock.forward(PRESCRIBED_WITHIN.total_seconds() + 1)
    assert staff.call().at == "prescribe/token"


def test_no_more_medicines_are_written_than_fit(staff: Staff) -> None:
    line = staff.begun()
    harmless = [m for m in shipped().by_code.values() if m.list == "O" and not m.avoid_with]
    assert len(harmless) > MOST_MEDICINES
    for medicine in harmless:
        line.key(str(medicine.code))
        if line.at == "prescribe/strengths":
            line.pick(0)
        line.key("1#")
        line.press("prescribe.once", "prescribe.any_food", "prescribe.more")
    [draft] = staff.desk.all(PrescriptionDraft)
    assert len(draft.told["written"]["medicines"]) == MOST_MEDICINES


def test_a_texted_yes_does_not_issue_what_was_keyed(staff: Staff) -> None:
    paracetamol(staff.begun())
    staff.desk.inbox.receive("twilio", "SM1", DOCTOR, body=f"YES {staff.pin}")
    assert not issued(staff.desk)
    assert [m.kind for m in staff.desk.messages() if m.purpose_key.startswith("in:")] == [
        "rx_nothing"
    ]


def test_what_she_texted_can_be_heard_and_issued_by_keys(staff: Staff) -> None:
    body = f"RX {staff.pin} viral fever: pcm 500 1-0-1 5d pc"
    staff.desk.inbox.receive("twilio", "SM1", DOCTOR, body=body)
    line = staff.call()
    line.press("prescribe.go_on")
    assert len(listened(line)) == 1
    line.press("prescribe.issue")
    assert len(issued(staff.desk)) == 1


def test_what_she_keys_is_sealed(staff: Staff) -> None:
    paracetamol(staff.begun())
    with staff.desk.engine.connect() as connection:
        [told] = connection.execute(sql("SELECT told FROM prescription_drafts")).scalars()
        sessions = connection.execute(sql("SELECT session FROM turns")).scalars().all()
    assert b"paracetamol" not in bytes(told)
    assert not any(b"VIRAL" in bytes(session).upper() for session in sessions)


def test_every_diagnosis_can_be_keyed_and_heard_in_hindi() -> None:
    assert len({one.name for one in diagnoses().diagnoses}) == len(diagnoses().by_code)
    assert all(not one.name_hi.isascii() for one in diagnoses().diagnoses)
