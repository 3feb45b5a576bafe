"""A doctor with nothing but keys prescribes: heard whole, issued by a key, kept meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from gateway.db.models import Prescription, PrescriptionDraft, Slip
from gateway.services.drafts import KEPT_OPEN, MOST_MEDICINES, PRESCRIBED_WITHIN
from gateway.services.regimens import Kept, Regimens
from tests.console.clinic import PARACETAMOL as TYPED
from tests.console.clinic import Clinic
from tests.domain.formulary_file import diagnoses, shipped
from tests.services.desk import DOCTOR, STAFF, Desk, Line

VIRAL_FEVER = "104"
CODES = {medicine.name: str(code) for code, medicine in shipped().by_code.items()}
PARACETAMOL, ORS, ZINC = (
    CODES[name] for name in ("paracetamol", "oral rehydration salts", "zinc sulphate")
)


@pytest.fixture
def clinic(desk: Desk, tmp_path: Path) -> Clinic:
    """A doctor on duty who has talked with a woman of 34."""
    clinic = Clinic(desk, tmp_path)
    clinic.doctor()
    clinic.consultation()
    desk.work_off()
    return clinic


@dataclass
class Staff:
    """The doctor's calls to the staff line, each past her PIN and at the talk to prescribe from."""

    desk: Desk
    pin: str
    sids: Iterator[int] = field(default_factory=count)

    def call(self) -> Line:
        line = Line(self.desk, f"CAstaff{next(self.sids)}", number=DOCTOR, to=STAFF).dial()
        line.key(self.pin)
        line.press("duty.prescribe")
        return line

    def begun(self) -> Line:
        """A new prescription, its diagnosis keyed."""
        line = self.call()
        line.press("prescribe.write")
        line.key(VIRAL_FEVER)
        assert line.at == "prescribe/medicine"
        return line


@pytest.fixture
def staff(clinic: Clinic) -> Staff:
    return Staff(clinic.desk, clinic.desk.rota.make_pin(clinic.desk.doctors()[0].id))


def paracetamol(line: Line, *, dose: str = "1*0*1#", days: str = "05") -> None:
    line.key(PARACETAMOL)
    line.pick(0)
    line.key(dose, days)
    line.press("prescribe.after_food")


def heard(line: Line) -> list[str]:
    """Hear the whole of it, up to the question whether to issue it; return its lines."""
    line.press("prescribe.hear")
    return listened(line)


def listened(line: Line) -> list[str]:
    lines = []
    while line.at == "prescribe/line":
        lines.append(str(line.session["variables"]["line"]))
        line.wait()
    assert line.at == "prescribe/ready"
    return lines


def issued(desk: Desk) -> list[Prescription]:
    return sorted(desk.all(Prescription), key=lambda row: row.issued_at)


def medicines(prescription: Prescription) -> list[tuple[str, str, str, str, int, str]]:
    fields = ("name", "form", "strength", "dose", "days", "instructions")
    return [tuple(one[name] for name in fields) for one in prescription.document["medicines"]]


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


def test_she_repeats_what_she_gave_this_patient(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.issue")
    line = staff.call()
    assert line.at == "prescribe/issued_before"
    line.press("prescribe.repeat")
    assert len(listened(line)) == 1
    line.press("prescribe.issue")
    first, second = issued(staff.desk)
    assert medicines(first) == medicines(second)
    assert first.cancelled_at is None


def test_there_is_nothing_to_repeat(staff: Staff) -> None:
    line = staff.call()
    line.press("prescribe.repeat")
    assert line.at == "prescribe/fresh"


def test_she_puts_another_in_its_place(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.issue")
    line = staff.call()
    line.press("prescribe.change", "prescribe.correct")
    listened(line)
    line.press("prescribe.remove")
    line.key("01")
    paracetamol(line, dose="1*1*1#")
    heard(line)
    line.press("prescribe.issue")
    first, second = issued(staff.desk)
    assert first.cancelled_at is not None
    assert second.replaces_id == first.id
    assert medicines(second)[0][3] == "1-1-1"


@pytest.mark.parametrize("instead", [True, False])
@pytest.mark.parametrize("late", ["prescribe.issue", "prescribe.more"])
def test_what_the_console_replaced_or_cancelled_meanwhile_is_not_replaced_by_keys(
    staff: Staff, clinic: Clinic, late: str, *, instead: bool
) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.issue")
    line = staff.call()
    line.press("prescribe.change", "prescribe.correct")
    listened(line)
    [old] = issued(staff.desk)
    browser = clinic.signed_in()
    if instead:
        browser.prescribe(old.consultation_id, TYPED, replaces=old.code)
    else:
        browser.post(f"/console/prescription/{old.code}/cancel", page="/console")
    before = [row.code for row in issued(staff.desk)]
    line.press(late)
    if late == "prescribe.more":
        paracetamol(line)
    assert [row.code for row in issued(staff.desk)] == before
    assert "यह अधूरा पर्चा अब नहीं है" in line.answer
    assert ("दवा का कोड है" in line.answer) == instead
    assert line.at == ("prescribe/issued_before" if instead else "prescribe/fresh")
    if instead:
        assert line.session["variables"]["code"] == before[-1]


def test_she_takes_the_last_one_back_when_she_is_sure(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.issue")
    line = staff.call()
    line.press("prescribe.change", "prescribe.take_back", "answer.if_no")
    assert issued(staff.desk)[0].cancelled_at is None
    line.press("prescribe.change", "prescribe.take_back", "answer.if_yes")
    assert issued(staff.desk)[0].cancelled_at is not None
    assert staff.call().at == "prescribe/fresh"


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


def with_child(desk: Desk, folder: Path, *, age: str) -> Line:
    """A doctor who has talked of a child is asked for its weight, with a syrup in her draft."""
    clinic = Clinic(desk, folder)
    clinic.doctor()
    clinic.consultation(age=age, who="household.own_child")
    staff = Staff(desk, desk.rota.make_pin(desk.doctors()[0].id))
    line = staff.begun()
    line.key(PARACETAMOL, "3")
    line.pick(1)
    line.key("5*5*5#", "03")
    line.press("prescribe.after_food")
    assert line.at == "prescribe/adult"
    line.press("answer.if_yes")
    assert line.at == "prescribe/weight"
    return line


def weight_issued(line: Line) -> float | None:
    """Issue what is in the draft; return the weight on it."""
    assert line.at == "prescribe/more"
    heard(line)
    line.press("prescribe.issue")
    [row] = issued(line.desk)
    assert row.document["patient"]["with_adult"]
    weight_kg: float | None = row.document["patient"]["weight_kg"]
    return weight_kg


def weight_kept(desk: Desk) -> float | None:
    [draft] = desk.all(PrescriptionDraft)
    weight_kg: float | None = draft.told["written"]["weight_kg"]
    return weight_kg


@pytest.mark.parametrize(("age", "keys", "weight_kg"), [("06", "180#", 18), ("02", "115#", 11.5)])
def test_what_a_rule_needs_of_a_child_is_asked_for(
    desk: Desk, tmp_path: Path, age: str, keys: str, weight_kg: float
) -> None:
    line = with_child(desk, tmp_path, age=age)
    line.key(keys)
    assert weight_issued(line) == weight_kg


def test_whole_kilograms_keyed_from_habit_are_said_back_and_keyed_again(
    desk: Desk, tmp_path: Path
) -> None:
    line = with_child(desk, tmp_path, age="02")
    line.key("12#")
    assert line.at == "prescribe/odd_weight"
    assert "एक पॉइंट दो किलो" in line.answer
    assert weight_kept(desk) is None
    line.press("vitals.again")
    assert line.at == "prescribe/weight"
    line.key("120#")
    assert weight_issued(line) == 12


def test_an_unusual_weight_stands_when_she_says_that_it_is_right(
    desk: Desk, tmp_path: Path
) -> None:
    line = with_child(desk, tmp_path, age="06")
    line.key("120#")
    line.press("heard.right")
    assert weight_issued(line) == 12


def test_each_weight_that_is_keyed_is_looked_at(desk: Desk, tmp_path: Path) -> None:
    line = with_child(desk, tmp_path, age="06")
    line.key("18#")
    line.press("vitals.again")
    line.key("1800#")
    assert line.at == "prescribe/odd_weight"
    line.press("heard.right")
    line.press("prescribe.hear")
    assert weight_kept(desk) == 180


def test_an_unusual_weight_that_nobody_confirms_is_not_kept(desk: Desk, tmp_path: Path) -> None:
    line = with_child(desk, tmp_path, age="02")
    line.key("12#")
    while "<Hangup" not in line.answer:
        line.wait()
    assert weight_kept(desk) is None
    assert not issued(desk)


def test_a_child_without_an_adult_is_refused_with_the_rule(desk: Desk, tmp_path: Path) -> None:
    clinic = Clinic(desk, tmp_path)
    clinic.doctor()
    clinic.consultation(age="06", who="household.own_child")
    staff = Staff(desk, desk.rota.make_pin(desk.doctors()[0].id))
    line = staff.begun()
    line.key(ORS)
    line.pick(0)
    line.key("1#")
    line.press("prescribe.once", "prescribe.any_food", "answer.if_no")
    assert line.session["variables"]["refused_for"] == ["adult"]
    line.press("prescribe.hear")
    assert line.at == "prescribe/adult"


def test_the_weight_of_a_child_sets_the_maximum(desk: Desk, tmp_path: Path) -> None:
    clinic = Clinic(desk, tmp_path)
    clinic.doctor()
    clinic.consultation(age="06", who="household.own_child")
    staff = Staff(desk, desk.rota.make_pin(desk.doctors()[0].id))
    line = staff.begun()
    line.key(PARACETAMOL)
    line.pick(0)
    line.key("1*1*1#", "03")  # 1,500 mg; at 60 mg a kilogram 18 kg take 1,080
    line.press("prescribe.after_food", "answer.if_yes")
    line.key("180#")
    assert line.session["variables"]["refused_for"] == ["maximum"]


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


# A slip instead


def slips(desk: Desk) -> list[Slip]:
    return desk.all(Slip)


def test_where_a_rule_refuses_she_sends_the_patient_by_keys(staff: Staff) -> None:
    line = staff.begun()
    line.key(CODES["amoxicillin"])
    line.pick(0)
    line.key("1*1*1#", "05")
    line.press("prescribe.any_food")
    assert line.session["variables"]["refused_for"]
    line.press("refer.begin")
    assert "स्वास्थ्य केंद्र" in line.answer
    line.pick(0)
    line.pick(1)
    assert "आज" in line.answer
    assert not slips(staff.desk)
    line.press("answer.if_yes")
    [slip] = slips(staff.desk)
    assert (slip.document["place"], slip.document["when"]) == ("health_centre", "today")
    assert slip.document["reason"] == "viral fever"
    staff.desk.work_off()
    [text] = [m for m in staff.desk.messages() if m.kind == "referral"]
    assert "Rao" in text.body
    # The draft that she had begun is still there.
    assert line.at == "prescribe/resume"


def test_to_the_place_for_danger_nobody_is_sent_later(staff: Staff) -> None:
    line = staff.call()
    line.press("refer.begin")
    line.key("3")  # to the next two places
    line.pick(1)
    assert len(line.session["variables"]["times"]) == 1
    line.pick(0)
    line.press("answer.if_yes")
    [slip] = slips(staff.desk)
    assert (slip.document["place"], slip.document["when"]) == ("nearest_hospital", "at_once")
    assert slip.document["reason"] == ""


def test_a_no_sends_nobody_and_a_dropped_line_neither(staff: Staff) -> None:
    line = staff.call()
    line.press("refer.begin")
    line.pick(0)
    line.pick(0)
    line.press("answer.if_no")
    line.press("refer.begin")
    line.pick(0)
    line.pick(0)
    line.ends()
    assert not slips(staff.desk)


def test_the_same_slip_twice_in_a_call_is_one(staff: Staff) -> None:
    line = staff.call()
    for _ in range(2):
        line.press("refer.begin")
        line.pick(0)
        line.pick(0)
        line.press("answer.if_yes")
    staff.desk.work_off()
    assert len(slips(staff.desk)) == 1
    assert [m.kind for m in staff.desk.messages()].count("referral") == 1
