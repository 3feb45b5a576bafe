"""Whom a health worker is offered: all whom she may know, and nobody else's name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from gateway.db.models import Patient
from tests.databases import ON_SQLITE
from tests.services.data import PATIENT
from tests.services.desk import Desk
from tests.services.line import Line, register
from tests.services.spoke import (
    WORKER,
    dialled,
    enrolled,
    find_patient,
    key_signs,
    presented,
    register_patient,
    to_the_patient,
    to_the_token,
)

# The database does not matter here.
pytestmark = ON_SQLITE

PATIENTS_NUMBER = PATIENT.removeprefix("+91")
OTHER_WORKER = "+919800000017"


def presents_again(desk: Desk, *, number: str = "", phone: str = WORKER) -> Line:
    """Another call of a health worker, up to the first question about the patient."""
    line = dialled(desk, f"CA{len(desk.calls_made())}", phone)
    pin = desk.health_workers.make_pin(phone)
    assert isinstance(pin, str)
    line.key(pin)
    if line.at == "spoke/still_waiting":
        line.press("household.another")
    line.press("answer.if_yes", "answer.if_yes" if number else "answer.if_no")
    if number:
        line.key(number)
        line.press("answer.if_yes")
    return line


def add_men(desk: Desk, slots: range, **whose: str | None) -> None:
    """Men of 70 in these places of a household, or of a health worker's people."""
    with Session(desk.engine) as db, db.begin():
        db.add_all(
            Patient(
                **whose,
                slot=slot,
                sex="male",
                born_on=desk.clock.now.date() - timedelta(days=70 * 366),
                created_at=desk.clock.now + timedelta(seconds=slot),
            )
            for slot in slots
        )


def with_many_newer_ones(desk: Desk) -> None:
    """After the woman of 34 she has presented men of 70, more of them than are listed."""
    presented(desk).ends()
    [woman] = desk.patients()
    add_men(desk, range(2, 20), health_worker_id=woman.health_worker_id)


def names_played(line: Line) -> int:
    return sum(bool(member["name"]) for member in line.session["variables"]["members"])


def says_her_name_at_home(desk: Desk) -> None:
    """A woman of 34 calls herself, and says her name."""
    home = Line(desk, "CAhome").dial()
    home.choose_language()
    home.press("consent.agree", "household.self_female")
    home.key("34")
    home.press("answer.if_no")
    assert home.at == "visit/ask_name"
    home.say()
    home.ends()
    desk.work_off()


def test_an_older_patient_without_a_telephone_is_found_by_sex_and_age(desk: Desk) -> None:
    with_many_newer_ones(desk)
    line = presents_again(desk)
    listed = line.session["variables"]["members"]
    assert {member["sex"] for member in listed} == {"male"}, "she is not among the newest"
    before = len(desk.patients())
    find_patient(line, age="36")
    key_signs(line)
    to_the_token(line)
    assert len(desk.patients()) == before, "nobody is registered twice"
    [woman] = [one for one in desk.patients() if one.sex == "female"]
    assert desk.tickets()[-1].patient_id == woman.id


@pytest.mark.parametrize(("sex", "age"), [("female", "40"), ("female", "25"), ("male", "34")])
def test_nobody_of_another_sex_or_age_is_offered(desk: Desk, sex: str, age: str) -> None:
    presented(desk).ends()
    line = presents_again(desk)
    line.press("household.new", f"household.{sex}")
    line.key(age)
    assert line.at in {"visit/ask_pregnant", "visit/ask_name"}


def test_the_nearest_in_age_is_first_and_somebody_new_can_be_registered(desk: Desk) -> None:
    presented(desk).ends()
    line = presents_again(desk)
    register_patient(line, age="40")
    line.ends()
    line = presents_again(desk)
    line.press("household.new", "household.female")
    line.key("38")
    offered = [member["age_years"] for member in line.session["variables"]["members"]]
    assert offered == [40]
    line.press("household.new", "answer.if_no")
    line.skip_name()
    line.ends()
    line = presents_again(desk)
    line.press("household.new", "household.female")
    line.key("40")
    offered = [member["age_years"] for member in line.session["variables"]["members"]]
    assert offered == [40, 38]


def test_a_number_tells_no_name_of_anybody_whom_she_has_not_presented(desk: Desk) -> None:
    says_her_name_at_home(desk)
    line = to_the_patient(desk, enrolled(desk), number=PATIENTS_NUMBER)
    assert line.at == "visit/ask_sex", "nobody is listed"
    line.press("household.female")
    line.key("34")
    assert (line.at, names_played(line)) == ("visit/who_matches", 0)
    line.pick()
    key_signs(line)
    to_the_token(line)
    line.ends()
    assert len(desk.patients()) == 1, "she is no second person"
    again = presents_again(desk, number=PATIENTS_NUMBER)
    assert (again.at, names_played(again)) == ("visit/who", 1), "now she is known to her"


def test_one_health_worker_is_not_offered_anothers_people(desk: Desk) -> None:
    presented(desk).ends()
    presents_again(desk, number=PATIENTS_NUMBER).ends()
    enrolled(desk, OTHER_WORKER)
    other = presents_again(desk, phone=OTHER_WORKER)
    other.press("household.female")
    other.key("34")
    assert other.at == "visit/ask_pregnant", "of no number, and of no patients of hers"


def test_a_household_that_is_full_at_home_refuses_no_health_worker(desk: Desk) -> None:
    home = Line(desk, "CAhome").dial()
    register(home)
    home.ends()
    [first] = desk.patients()
    add_men(desk, range(2, 13), caller_id=first.caller_id)
    line = to_the_patient(desk, enrolled(desk), number=PATIENTS_NUMBER)
    register_patient(line, age="70")
    assert line.at == "presenting/ask_vital"
