"""What a rule needs of a child is asked of a doctor who keys: an adult beside it, its weight."""

from __future__ import annotations

import pytest

from gateway.db.models import PrescriptionDraft
from tests.console.clinic import Clinic
from tests.services.desk import Desk
from tests.services.keyed import (
    ORS,
    PARACETAMOL,
    Staff,
    heard,
    issued,
)
from tests.services.line import Line


def begun_for_child(clinic: Clinic, *, age: str) -> Line:
    """A doctor who has talked of a child writes a prescription for it."""
    clinic.doctor()
    clinic.consultation(age=age, who="household.own_child")
    return Staff(clinic.desk, clinic.desk.rota.make_pin(clinic.desk.doctors()[0].id)).begun()


def with_child(clinic: Clinic, *, age: str) -> Line:
    """She is asked for the child's weight, with a syrup in her draft."""
    line = begun_for_child(clinic, age=age)
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
    clinic: Clinic, age: str, keys: str, weight_kg: float
) -> None:
    line = with_child(clinic, age=age)
    line.key(keys)
    assert weight_issued(line) == weight_kg


def test_whole_kilograms_keyed_from_habit_are_said_back_and_keyed_again(clinic: Clinic) -> None:
    line = with_child(clinic, age="02")
    line.key("12#")
    assert line.at == "prescribe/odd_weight"
    assert "एक पॉइंट दो किलो" in line.answer
    assert weight_kept(clinic.desk) is None
    line.press("vitals.again")
    assert line.at == "prescribe/weight"
    line.key("120#")
    assert weight_issued(line) == 12


def test_an_unusual_weight_stands_when_she_says_that_it_is_right(clinic: Clinic) -> None:
    line = with_child(clinic, age="06")
    line.key("120#")
    line.press("heard.right")
    assert weight_issued(line) == 12


def test_each_weight_that_is_keyed_is_looked_at(clinic: Clinic) -> None:
    line = with_child(clinic, age="06")
    line.key("18#")
    line.press("vitals.again")
    line.key("1800#")
    assert line.at == "prescribe/odd_weight"
    line.press("heard.right")
    line.press("prescribe.hear")
    assert weight_kept(clinic.desk) == 180


def test_an_unusual_weight_that_nobody_confirms_is_not_kept(clinic: Clinic) -> None:
    line = with_child(clinic, age="02")
    line.key("12#")
    while "<Hangup" not in line.answer:
        line.wait()
    assert weight_kept(clinic.desk) is None
    assert not issued(clinic.desk)


def test_a_child_without_an_adult_is_refused_with_the_rule(clinic: Clinic) -> None:
    line = begun_for_child(clinic, age="06")
    line.key(ORS)
    line.pick(0)
    line.key("1#")
    line.press("prescribe.once", "prescribe.any_food", "answer.if_no")
    assert line.session["variables"]["refused_for"] == ["adult"]
    line.press("prescribe.hear")
    assert line.at == "prescribe/adult"


def test_the_weight_of_a_child_sets_the_maximum(clinic: Clinic) -> None:
    line = begun_for_child(clinic, age="06")
    line.key(PARACETAMOL)
    line.pick(0)
    line.key("1*1*1#", "03")  # 1,500 mg; at 60 mg a kilogram 18 kg take 1,080
    line.press("prescribe.after_food", "answer.if_yes")
    line.key("180#")
    assert line.session["variables"]["refused_for"] == ["maximum"]
