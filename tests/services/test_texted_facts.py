"""By SMS: facts of the patient, what a rule needs; a prescription repeated, replaced, cancelled."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gateway.db.models import Patient, PrescriptionDraft
from gateway.services.drafts import KEPT_OPEN
from gateway.services.households import tell_pregnancy
from tests.console.clinic import PARACETAMOL, Clinic, shown
from tests.services.data import DOCTOR
from tests.services.desk import Desk
from tests.services.test_doctors_texts import FEVER, answers, clinic, issued, kinds, pin

__all__ = ["clinic", "pin"]

SYRUP = "fever: pcm syrup 120mg/5ml 5ml-5ml-5ml 3d"


@pytest.fixture
def child(desk: Desk, tmp_path: object) -> str:
    """A doctor has talked about a child of six; her PIN."""
    clinic = Clinic(desk, tmp_path)  # type: ignore[arg-type]  # pytest's own path
    clinic.doctor()
    clinic.consultation(age="06", who="household.own_child")
    return desk.rota.make_pin(desk.doctors()[0].id)


def give(desk: Desk, pin: str) -> str:
    """Issue one; return its code."""
    answers(desk, f"rx {pin} {FEVER}", "SMgive")
    answers(desk, f"yes {pin}", "SMgiveyes")
    desk.clock.forward(10)
    return issued(desk)[-1].code


def test_facts_stand_on_the_prescription_and_are_read_back(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    facts = "allergy penicillin, dust; on metformin; note rest and fluids; wt 52.5 kg; review 3d"
    told = answers(desk, f"rx {pin} {FEVER}; {facts}", "SM1")
    assert [m.kind for m in told] == [
        "prescription_line",
        "prescription_line_as_needed",
        *["rx_told"] * 5,
        "rx_unplaced",  # dust is no medicine
        "rx_confirm",
    ]
    assert "allergy penicillin, dust" in told[2].body
    answers(desk, f"yes {pin}", "SM2")
    [row] = issued(desk)
    patient = row.document["patient"]
    assert patient["allergies"] == ["penicillin", "dust"]
    assert patient["current_medicines"] == ["metformin"]
    assert patient["weight_kg"] == 52.5
    assert row.document["notes"] == "rest and fluids"
    assert desk.consultations()[0].review_days == 3


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        ("allergy paracetamol", "rx_refused"),
        ("allergy paracitamol", "rx_refused"),  # misspelt
        ("allergy penicillin", "rx_confirm"),
        ("pregnant yes", "rx_confirm"),  # paracetamol is allowed
        ("on crocin 500 2-2-2", "rx_confirm"),  # 4,000 mg with it, and no more
        ("on crocin 650 2-2-2", "rx_refused"),
    ],
)
def test_the_rules_use_the_facts(clinic: Clinic, pin: str, fact: str, kind: str) -> None:
    assert kinds(clinic.desk, f"rx {pin} fever: pcm 500 1-0-1 5d; {fact}", "SM1")[-1] == kind


def test_pregnancy_that_she_tells_is_heeded(clinic: Clinic, pin: str) -> None:
    cough = f"rx {pin} cough: bromhexine 8mg 1-0-1 5d"
    assert kinds(clinic.desk, f"{cough}; not pregnant", "SM1")[-1] == "rx_confirm"
    told = answers(clinic.desk, f"{cough}; pregnant", "SM2")
    assert [m.kind for m in told] == ["rx_refused"]
    assert "pregnancy" in told[0].body


@pytest.mark.parametrize(
    ("known", "kind"), [(None, "rx_ask"), (True, "rx_refused"), (False, "rx_confirm")]
)
def test_an_age_says_nothing_of_pregnancy(
    clinic: Clinic, pin: str, known: bool | None, kind: str
) -> None:
    """What a key told holds, and what nobody told is asked for."""
    with clinic.desk.work.begin() as unit:
        [patient] = unit.db.scalars(select(Patient))
        tell_pregnancy(unit, patient, pregnant=known)
    cough = f"rx {pin} cough: bromhexine 8mg 1-0-1 5d; age 25 f"
    assert kinds(clinic.desk, cough, "SM1")[-1] == kind


def test_of_a_man_no_pregnancy_is_kept(clinic: Clinic, pin: str) -> None:
    with clinic.desk.work.begin() as unit:
        [patient] = unit.db.scalars(select(Patient))
        tell_pregnancy(unit, patient, pregnant=True)
    kinds(clinic.desk, f"rx {pin} fever: pcm 500 1-0-1 5d; age 25 m", "SM1")
    [patient] = clinic.desk.patients()
    assert (patient.sex, patient.pregnant) == ("male", None)


@pytest.mark.parametrize(
    ("fact", "problem"),
    [
        ("wt heavy", "weight"),
        ("wt 0", "weight"),
        ("wt 4000", "weight"),
        ("allergy", "allergies"),
        ("on", "current"),
        ("pregnant maybe", "pregnant"),
        ("age 34", "age"),
        ("seen yesterday", "seen"),
        ("review 99d", "review"),
    ],
)
def test_a_fact_that_cannot_be_read_is_named(
    clinic: Clinic, pin: str, fact: str, problem: str
) -> None:
    [told] = answers(clinic.desk, f"rx {pin} fever: pcm 500 1-0-1 5d; {fact}", "SM1")
    assert told.kind == "rx_unreadable"
    assert f"2 ({problem})" in told.body


def test_what_a_rule_needs_is_asked_and_answered_by_another_text(desk: Desk, child: str) -> None:
    told = answers(desk, f"rx {child} {SYRUP}", "SM1")
    assert {m.kind for m in told} == {"rx_ask"}
    assert len(told) == 2  # an adult, and the weight
    assert kinds(desk, f"yes {child}", "SM2") == ["rx_nothing"]
    assert kinds(desk, f"rx {child} adult", "SM3") == ["rx_ask"]
    told = answers(desk, f"rx {child} wt 18kg", "SM4")
    assert [m.kind for m in told] == ["prescription_line", "rx_told", "rx_confirm"]
    answers(desk, f"yes {child}", "SM5")
    assert issued(desk)[0].document["patient"]["weight_kg"] == 18
    assert len(desk.all(PrescriptionDraft)) == 1


def test_the_weight_that_she_tells_sets_the_maximum(desk: Desk, child: str) -> None:
    over = "fever: pcm 500 1-1-1 3d; adult; wt 18"  # 1,500 mg; 60 mg a kilogram are 1,080
    told = answers(desk, f"rx {child} {over}", "SM1")
    assert [m.kind for m in told] == ["rx_refused"]
    assert "daily maximum" in told[0].body


def test_a_fact_that_makes_it_refused_leaves_nothing_to_say_yes_to(
    clinic: Clinic, pin: str
) -> None:
    desk = clinic.desk
    answers(desk, f"rx {pin} {FEVER}", "SM1")
    assert kinds(desk, f"rx {pin} allergy paracetamol", "SM2") == ["rx_refused"]
    assert kinds(desk, f"yes {pin}", "SM3") == ["rx_nothing"]
    assert not issued(desk)


def test_there_is_nothing_to_add_to(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    assert kinds(desk, f"rx {pin} wt 50kg", "SM1") == ["rx_nothing"]
    answers(desk, f"rx {pin} {FEVER}", "SM2")
    desk.clock.forward(KEPT_OPEN.total_seconds() + 1)
    assert kinds(desk, f"rx {pin} wt 50kg", "SM3") == ["rx_nothing"]


def test_it_is_cancelled_when_she_confirms_it(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    code = give(desk, pin)
    [told] = answers(desk, f"rx {pin} cancel", "SM1")
    assert told.kind == "rx_cancel"
    assert code in told.body
    assert issued(desk)[0].cancelled_at is None
    assert kinds(desk, f"yes {pin}", "SM2") == ["rx_taken_back"]
    assert issued(desk)[0].cancelled_at is not None
    assert kinds(desk, f"rx {pin} cancel {code}", "SM3") == ["rx_refused"]


@pytest.mark.parametrize("order", ["cancel", "cancel 7BQ2XK9M", "repeat"])
def test_there_is_none_to_take_back_or_repeat(clinic: Clinic, pin: str, order: str) -> None:
    assert kinds(clinic.desk, f"rx {pin} {order}", "SM1") == ["rx_none"]


def test_another_doctors_is_not_hers_to_cancel_or_replace(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    code = give(desk, pin)
    other = "+919800000009"
    hers = desk.doctor(other)
    others = desk.rota.make_pin(hers)
    assert kinds(desk, f"rx {others} cancel {code}", "SM1", sender=other) == ["rx_none"]
    replacing = f"rx {others} replace {code} {FEVER}"
    assert kinds(desk, replacing, "SM2", sender=other) == ["rx_none"]


def test_it_is_replaced_and_its_history_kept(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    code = give(desk, pin)
    told = kinds(desk, f"rx {pin} replace {code} fever: pcm 650 1-0-1 3d", "SM1")
    assert told == ["prescription_line", "rx_confirm"]
    assert issued(desk)[0].cancelled_at is None
    assert kinds(desk, f"yes {pin}", "SM2") == ["rx_issued"]
    old, new = sorted(issued(desk), key=lambda row: row.replaces_id is not None)
    assert old.cancelled_at is not None
    assert new.replaces_id == old.id
    assert kinds(desk, f"yes {pin}", "SM3") == ["rx_issued"]
    assert len(issued(desk)) == 2


@pytest.mark.parametrize("instead", [True, False])
def test_what_the_console_replaced_or_cancelled_meanwhile_is_not_replaced_by_a_text(
    clinic: Clinic, pin: str, *, instead: bool
) -> None:
    desk = clinic.desk
    code = give(desk, pin)
    answers(desk, f"rx {pin} replace {code} fever: pcm 650 1-0-1 3d", "SM1")
    browser, visit = clinic.signed_in(), desk.consultations()[0].id
    why = "cancelled"
    if instead:
        answer = browser.prescribe(visit, PARACETAMOL, replaces=code)
        why = "replaced by " + str(answer.location).rsplit("#rx-", 1)[1]
    else:
        browser.post(f"/console/prescription/{code}/cancel", page="/console")
    before = len(issued(desk))
    for number, late in enumerate((f"yes {pin}", f"rx {pin} wt 50kg", f"yes {pin}")):
        [told] = answers(desk, late, f"SMlate{number}")
        assert told.kind == "rx_refused"
        assert f"{code} अस्वीकार है: {why}." in told.body
    assert len(issued(desk)) == before
    for number, order in enumerate((f"replace {code} fever: pcm 650 1-0-1 3d", f"cancel {code}")):
        [told] = answers(desk, f"rx {pin} {order}", f"SMnew{number}")
        assert f"{code} अस्वीकार है: {why}." in told.body
    assert len(issued(desk)) == before


def test_what_a_text_replaced_meanwhile_the_console_does_not(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    code = give(desk, pin)
    answers(desk, f"rx {pin} replace {code} fever: pcm 650 1-0-1 3d", "SM1")
    answers(desk, f"yes {pin}", "SM2")
    [new] = [row.code for row in issued(desk) if row.cancelled_at is None]
    late = clinic.signed_in().prescribe(desk.consultations()[0].id, PARACETAMOL, replaces=code)
    assert late.status_code == 422
    assert f"{new} stands now" in shown(late.text, "overtaken")[0]
    assert len(issued(desk)) == 2


def test_the_last_of_this_patient_is_repeated(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    give(desk, pin)
    told = kinds(desk, f"rx {pin} repeat", "SM1")
    assert told == ["prescription_line", "prescription_line_as_needed", "rx_confirm"]
    answers(desk, f"yes {pin}", "SM2")
    first, second = issued(desk)
    assert first.document["medicines"] == second.document["medicines"]
    assert first.cancelled_at is None


def test_a_follow_up_by_text_opens_list_a(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    refill = f"rx {pin} diabetes: metformin 500 1-0-1 30d"
    assert kinds(desk, f"{refill}; on metformin; seen 1-10-2026", "SM1") == ["rx_refused"]
    desk.rota.go_on_duty(desk.doctors()[0].id)
    clinic.consultation("CA2")  # the second talk with her
    assert kinds(desk, f"{refill}; on metformin; seen 01/10/2026", "SM2")[-1] == "rx_confirm"
    assert kinds(desk, f"{refill}; on metformin; seen 2026-01-10", "SM3") == ["rx_refused"]


def test_the_doctor_is_the_only_one_who_may(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    give(desk, pin)
    assert kinds(desk, "rx 111111 cancel", "SM1", sender=DOCTOR) == ["duty_wrong_pin"]
    assert issued(desk)[0].cancelled_at is None


@pytest.mark.parametrize(
    ("second", "kind"),
    [
        ("anxiety: alprazolam 0.5 1-0-1 5d", "rx_refused"),
        ("fever: pcmx 500 1-0-1 5d", "rx_unreadable"),
        ("fever pcm", "rx_how"),
    ],
)
@pytest.mark.parametrize("said_yes", [False, True])
def test_a_yes_means_nothing_older_than_what_she_wrote_last(
    clinic: Clinic, pin: str, second: str, kind: str, *, said_yes: bool
) -> None:
    desk = clinic.desk
    answers(desk, f"rx {pin} {FEVER}", "SM1")
    if said_yes:
        answers(desk, f"yes {pin}", "SM2")
    desk.clock.forward(10)
    assert kinds(desk, f"rx {pin} {second}", "SM3")[-1] == kind
    desk.clock.forward(10)
    last = kinds(desk, f"yes {pin}", "SM4")
    assert last == (["rx_issued"] if said_yes and kind != "rx_refused" else ["rx_nothing"])
    assert len(issued(desk)) == said_yes
