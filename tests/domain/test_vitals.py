"""Vital signs: what can be keyed, what it means, and what is asked again."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from gateway.domain.triage import Urgency
from gateway.domain.vitals import Finding, VitalRules
from ivr_flows.loading import load_flow_book

FILE = Path(__file__).parents[2] / "config" / "vitals.yaml"
ADULT, INFANT, NEWBORN = 34 * 365, 200, 20


@cache
def content() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read


@cache
def rules() -> VitalRules:
    return VitalRules.model_validate(content())


def found(question: str, keyed: int, *, age_days: int | None = ADULT) -> dict[str, Finding]:
    findings = rules().findings({question: keyed}, age_days=age_days)
    return {each.sign: each for each in findings}


def test_temperature_is_keyed_in_either_scale_and_kept_in_celsius() -> None:
    assert found("temperature", 985)["temperature"].value == 36.9
    assert found("temperature", 385)["temperature"].value == 38.5
    assert found("temperature", 1012)["temperature"].value == 38.4
    assert not found("temperature", 1012)["temperature"].usual


def test_one_number_gives_both_blood_pressures() -> None:
    both = found("blood_pressure", 190085)
    assert [(sign, each.value) for sign, each in both.items()] == [
        ("systolic", 190.0),
        ("diastolic", 85.0),
    ]
    assert both["systolic"].urgency is Urgency.URGENT
    assert both["diastolic"].usual


@pytest.mark.parametrize(
    ("question", "keyed"),
    [
        ("temperature", 98),  # the digit after the point was left out
        ("temperature", 1500),
        ("blood_pressure", 12080),  # 12 over 80: one digit is missing
        ("blood_pressure", 120800),
        ("oxygen", 101),
        ("pulse", 3),
        ("weight", 65),  # 6.5 kilograms, of an adult
        ("height", 160),  # nobody asks for it
    ],
)
def test_what_nobody_can_have_is_asked_again(question: str, keyed: int) -> None:
    assert not rules().is_possible(question, keyed, age_days=ADULT)


def test_what_is_possible_goes_by_age() -> None:
    assert rules().is_possible("weight", 65, age_days=INFANT)
    assert rules().is_possible("weight", 30, age_days=NEWBORN)
    assert not rules().is_possible("weight", 650, age_days=INFANT)
    assert rules().is_possible("weight", 650, age_days=None), "as of an adult"


YEAR = 365.25


@pytest.mark.parametrize(
    ("weight_kg", "years", "usual"),
    [
        (1.2, 2.5, (8.1, 20.9)),  # whole kilograms, keyed as tenths
        (8.0, 2.5, (8.1, 20.9)),
        (8.1, 2.5, None),
        (20.9, 2.5, None),
        (21.0, 2.5, (8.1, 20.9)),
        (3.2, 0.05, None),
        (9.2, 0.9, None),
        (12.0, 6.1, (13.5, 38.3)),
        (90.0, 11.9, None),
        (90.1, 11.9, (20.0, 90.0)),
    ],
)
def test_what_a_child_usually_weighs_goes_by_age(
    weight_kg: float, years: float, usual: tuple[float, float] | None
) -> None:
    assert rules().unusual("weight", weight_kg, age_days=round(years * YEAR)) == usual


def test_no_lost_digit_leaves_a_usual_weight_of_a_child() -> None:
    for months in range(12 * 12):
        low, high = rules().signs["weight"].band(round(months * YEAR / 12)).usual
        assert high / 10 < low
        assert low * 10 > high


def test_the_median_child_is_never_asked_about() -> None:
    # Girls and boys, of the WHO's weight-for-age tables, by age in months.
    medians = {
        0: (3.2, 3.3),
        1: (4.2, 4.5),
        6: (7.3, 7.9),
        12: (8.9, 9.6),
        24: (11.5, 12.2),
        60: (18.2, 18.3),
        84: (22.4, 22.9),
        119: (31.5, 30.9),
    }
    for months, weights in medians.items():
        for weight_kg in weights:
            days = round(months * YEAR / 12)
            assert rules().unusual("weight", weight_kg, age_days=days) is None


@pytest.mark.parametrize(
    ("question", "keyed", "age_days", "urgency"),
    [
        ("oxygen", 91, ADULT, Urgency.RED),
        ("oxygen", 92, ADULT, Urgency.URGENT),
        ("oxygen", 95, ADULT, Urgency.ROUTINE),
        ("temperature", 380, NEWBORN, Urgency.RED),
        ("temperature", 380, ADULT, Urgency.ROUTINE),
        ("pulse", 150, INFANT, Urgency.ROUTINE),
        ("pulse", 151, ADULT, Urgency.RED),
        ("sugar", 53, ADULT, Urgency.RED),
    ],
)
def test_a_dangerous_sign_makes_urgent(
    question: str, keyed: int, age_days: int, urgency: Urgency
) -> None:
    assert found(question, keyed, age_days=age_days)[question].urgency is urgency


def test_every_bound_has_its_source_and_awaits_a_clinician() -> None:
    assert all(sign.source for sign in rules().signs.values())
    assert rules().review == "to be reviewed by a clinician"


def test_every_sign_is_asked_for_and_told_in_every_language() -> None:
    for catalogue in load_flow_book().catalogues.values():
        for question in rules().questions:
            assert f"vital_ask.{question}" in catalogue.templates
            assert f"vital.{question}" in catalogue.templates


@pytest.mark.parametrize(
    "broken",
    [
        {"questions": ["temperature"]},
        {"questions": [*content()["questions"], "height"]},
        {"signs": {**content()["signs"], "pulse": {**content()["signs"]["pulse"], "bands": []}}},
        {
            "signs": {
                **content()["signs"],
                "pulse": {
                    **content()["signs"]["pulse"],
                    "bands": [{"possible": [60, 80], "usual": [50, 90]}],
                },
            }
        },
        {
            "signs": {
                **content()["signs"],
                "pulse": {
                    **content()["signs"]["pulse"],
                    "bands": [{"below_days": 9, "possible": [20, 300], "usual": [50, 90]}],
                },
            }
        },
    ],
)
def test_bounds_that_contradict_themselves_are_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VitalRules.model_validate({**content(), **broken})
