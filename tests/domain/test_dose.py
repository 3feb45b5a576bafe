from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.dose import BadDose, Dose, DoseProblem, parse_dose, written
from sms.medicine import DayParts, DoseUnit, Pattern


def read(text: str, form: str = "tablet") -> Dose:
    dose = parse_dose(text, form=form)
    assert isinstance(dose, Dose), dose
    return dose


@pytest.mark.parametrize(
    ("text", "parts", "times", "per_day"),
    [
        ("1-0-1", DayParts("1", "0", "0", "1"), 2, "2"),
        ("1-1-1", DayParts("1", "1", "0", "1"), 3, "3"),
        ("1-1-1-1", DayParts("1", "1", "1", "1"), 4, "4"),
        ("1-1", DayParts("1", "0", "0", "1"), 2, "2"),
        (" 1 – 0 – 1 ", DayParts("1", "0", "0", "1"), 2, "2"),
        ("½-0-½", DayParts("1/2", "0", "0", "1/2"), 2, "1"),
        ("1/2-0-1 1/2", DayParts("1/2", "0", "0", "1 1/2"), 2, "2"),
        ("0.5-0-1½", DayParts("1/2", "0", "0", "1 1/2"), 2, "2"),
        ("BD", DayParts("1", "0", "0", "1"), 2, "2"),
        ("2 tabs tds", DayParts("2", "2", "0", "2"), 3, "6"),
        ("q6h", DayParts("1", "1", "1", "1"), 4, "4"),
        ("hs", DayParts(night="1"), 1, "1"),
    ],
)
def test_a_daily_dose_is_read_into_the_parts_of_the_day(
    text: str, parts: DayParts, times: int, per_day: str
) -> None:
    dose = read(text)
    assert (dose.pattern, dose.unit) == (Pattern.DAILY, DoseUnit.PIECE)
    assert dose.parts == parts
    assert dose.times_per_day == times
    assert dose.per_day == Fraction(per_day)


def test_when_needed_has_a_ceiling_even_where_none_is_written() -> None:
    assert read("sos").per_day == 4
    assert read("2 prn 3/day").per_day == 6
    assert read("1 sos 2/day").times_per_day == 2


def test_what_is_taken_at_one_time_is_what_is_taken_that_day() -> None:
    assert read("10 weekly", "sachet").per_day == 10
    assert read("2 stat").per_day == 2


@pytest.mark.parametrize(
    ("text", "form", "unit", "per_day"),
    [
        ("5ml-0-5ml", "syrup", DoseUnit.ML, "10"),
        ("2.5 ml tds", "syrup", DoseUnit.ML, "7.5"),
        ("1-0-1", "syrup", DoseUnit.ML, "10"),
        ("1 spoon bd", "syrup", DoseUnit.ML, "10"),
        ("1ml-0-1ml", "drops", DoseUnit.ML, "2"),
        ("2-2-2", "eye drops", DoseUnit.DROP, "6"),
        ("2 puffs bd", "inhaler", DoseUnit.PUFF, "4"),
        ("1-0-1", "cream", DoseUnit.APPLICATION, "2"),
    ],
)
def test_the_form_says_what_a_number_counts(
    text: str, form: str, unit: DoseUnit, per_day: str
) -> None:
    dose = read(text, form)
    assert (dose.unit, dose.per_day) == (unit, Fraction(per_day))


@pytest.mark.parametrize(
    ("text", "form", "problem"),
    [
        ("", "tablet", DoseProblem.NOT_A_DOSE),
        ("1", "tablet", DoseProblem.NOT_A_DOSE),
        ("twice", "tablet", DoseProblem.NOT_A_DOSE),
        ("1-0-1-0-1", "tablet", DoseProblem.PARTS),
        ("1--1", "tablet", DoseProblem.NO_AMOUNT),
        ("1-x-1", "tablet", DoseProblem.NO_AMOUNT),
        ("1/0-0-1", "tablet", DoseProblem.NO_AMOUNT),
        ("-1-0-1", "tablet", DoseProblem.NO_AMOUNT),
        ("0-0-0", "tablet", DoseProblem.NOTHING),
        ("0 sos", "tablet", DoseProblem.NOTHING),
        ("1 sos 0/day", "tablet", DoseProblem.NOTHING),
        ("5ml-0-5ml", "tablet", DoseProblem.OTHER_UNIT),
        ("2 puffs bd", "tablet", DoseProblem.OTHER_UNIT),
        ("5-5-5", "syrup", DoseProblem.UNIT_NEEDED),
        ("1-0-1", "drops", DoseProblem.UNIT_NEEDED),
        ("100-0-0", "tablet", DoseProblem.TOO_MUCH),
        ("50ml bd", "syrup", DoseProblem.TOO_MUCH),
    ],
)
def test_what_cannot_be_read_says_why(text: str, form: str, problem: DoseProblem) -> None:
    assert parse_dose(text, form=form) == BadDose(problem)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1", "1"), ("1/2", "1/2"), ("3/2", "1 1/2"), ("5/2", "2.5"), ("15/2", "7.5"), ("5", "5")],
)
def test_an_amount_is_written_as_a_patient_reads_it(amount: str, text: str) -> None:
    assert written(Fraction(amount)) == text


@given(
    st.text(alphabet="01259.-/½ mlsoqbdtxday", max_size=20), st.sampled_from(["tablet", "syrup"])
)
def test_any_text_has_an_answer_that_is_more_than_nothing(text: str, form: str) -> None:
    dose = parse_dose(text, form=form)
    assert isinstance(dose, BadDose) or dose.per_day > 0
