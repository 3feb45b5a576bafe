from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from gateway.domain.triage import (
    DAYS_A_YEAR,
    Assessment,
    Conditions,
    PatientFacts,
    Rule,
    TriageRules,
    Urgency,
    assess,
)

CONFIG = Path(__file__).parents[2] / "config"
PROMPTS = Path(__file__).parents[2] / "ivr_flows" / "locale"
RULES = TriageRules.model_validate(
    yaml.safe_load((CONFIG / "triage.yaml").read_text(encoding="utf-8"))
)
LEXICON = yaml.safe_load((CONFIG / "symptoms.yaml").read_text(encoding="utf-8"))["symptoms"]
FLAG = {entry["code"]: entry["red_flag"] for entry in LEXICON}
ADULT_DAYS = int(34 * DAYS_A_YEAR)


def assessed(
    codes: Collection[str],
    *,
    age_days: int | None = ADULT_DAYS,
    pregnant: bool = False,
    duration_days: int | None = None,
    danger_answer: bool = False,
    severe: Collection[str] = (),
) -> Assessment:
    return assess(
        codes,
        facts=PatientFacts(age_days=age_days, sex="female", pregnant=pregnant),
        duration_days=duration_days,
        danger_answer=danger_answer,
        severe=severe,
        rules=RULES,
    )


def fired(assessment: Assessment) -> set[str]:
    return {reason.rule for reason in assessment.reasons}


def meeting(rule: Rule, code: str | None) -> Assessment:
    """Assess the mildest patient for whom the row should fire."""
    when = rule.when
    age_days = ADULT_DAYS
    if when.age_days_below is not None:
        age_days = when.age_days_below - 1
    if when.age_years_below is not None:
        age_days = int(when.age_years_below * DAYS_A_YEAR) - 1
    if when.age_years_from is not None:
        age_days = int(when.age_years_from * DAYS_A_YEAR)
    codes = [code] if code else []
    codes += sorted(rule.together_with)[:1]
    return assessed(
        codes,
        age_days=age_days,
        pregnant=bool(when.pregnant),
        duration_days=when.duration_days_from,
        danger_answer=bool(when.danger_answer),
        severe=codes if when.severe else (),
    )


def codes_of(rule: Rule) -> list[str | None]:
    codes: list[str | None] = [*sorted(RULES.sometimes if rule.sometimes else rule.codes)]
    return codes or [None]


ROWS = [(rule, code) for rule in RULES.rules for code in codes_of(rule)]


@pytest.mark.parametrize(("rule", "code"), ROWS, ids=lambda v: v.id if isinstance(v, Rule) else v)
def test_every_row_fires_for_each_of_its_codes(rule: Rule, code: str | None) -> None:
    found = meeting(rule, code)
    assert rule.id in fired(found)
    assert list(Urgency).index(found.urgency) <= list(Urgency).index(rule.urgency)
    assert set(rule.advice) <= set(found.advice)


CONDITIONAL = [rule for rule in RULES.rules if rule.when != Conditions() or rule.together_with]


@pytest.mark.parametrize("rule", CONDITIONAL, ids=lambda rule: rule.id)
def test_no_row_fires_when_its_conditions_do_not_hold(rule: Rule) -> None:
    codes = [code for code in codes_of(rule) if code]
    young = rule.when.age_years_from is not None
    assert rule.id not in fired(assessed(codes, age_days=400 if young else ADULT_DAYS))


@pytest.mark.parametrize("rule", CONDITIONAL, ids=lambda rule: rule.id)
def test_no_row_fires_on_a_fact_that_is_not_known(rule: Rule) -> None:
    codes = [code for code in codes_of(rule) if code]
    assert rule.id not in fired(assessed(codes, age_days=None, duration_days=None))


def test_just_too_old_and_just_too_short_do_not_count() -> None:
    assert "under_two_months" in fired(assessed([], age_days=60))
    assert "under_two_months" not in fired(assessed([], age_days=61))
    assert "long_fever" in fired(assessed(["fever"], duration_days=7))
    assert "long_fever" not in fired(assessed(["fever"], duration_days=6))


@pytest.mark.parametrize("code", sorted(code for code, flag in FLAG.items() if flag == "always"))
def test_a_red_flag_is_red_for_everyone(code: str) -> None:
    for age_days in (None, 30, 400, ADULT_DAYS, int(80 * DAYS_A_YEAR)):
        assert assessed([code], age_days=age_days).urgency is Urgency.RED


@pytest.mark.parametrize("code", sorted(code for code, flag in FLAG.items() if flag == "sometimes"))
def test_a_sometimes_flag_turns_red_when_the_notes_say_so(code: str) -> None:
    assert assessed([code]).urgency is not Urgency.RED
    assert assessed([code], severe=[code]).urgency is Urgency.RED
    assert assessed([code], duration_days=14).urgency is Urgency.RED
    assert assessed([code], age_days=200).urgency is Urgency.RED
    assert assessed([code], pregnant=True).urgency is Urgency.RED


@pytest.mark.parametrize("code", sorted(code for code, flag in FLAG.items() if flag == "never"))
def test_what_is_no_flag_is_never_red_by_itself(code: str) -> None:
    assert assessed([code], duration_days=3, severe=[code]).urgency is not Urgency.RED


def test_the_sometimes_list_is_the_lexicons() -> None:
    assert RULES.sometimes == {code for code, flag in FLAG.items() if flag == "sometimes"}


def test_no_row_names_a_code_that_no_caller_can_say() -> None:
    named = set().union(*(rule.codes | rule.together_with for rule in RULES.rules))
    assert named <= FLAG.keys()


def test_each_row_has_its_own_id_and_a_source() -> None:
    assert len({rule.id for rule in RULES.rules}) == len(RULES.rules)
    assert all(rule.source for rule in RULES.rules)


@pytest.mark.parametrize("language", ["hi", "en"])
def test_every_advice_has_words_in_every_language(language: str) -> None:
    catalogue = (PROMPTS / language / "LC_MESSAGES" / "prompts.po").read_text(encoding="utf-8")
    advice = {key for rule in RULES.rules for key in rule.advice}
    assert {key for key in advice if f'msgid "{key}"' not in catalogue} == set()


def test_nothing_confirmed_and_nothing_known_is_routine() -> None:
    assert assessed([], age_days=None) == Assessment(Urgency.ROUTINE, (), ())


def test_severe_counts_only_for_what_was_confirmed() -> None:
    assert assessed(["cough"], severe=["headache"]).urgency is Urgency.ROUTINE


def test_the_worst_reason_and_its_advice_come_first_and_each_once() -> None:
    found = assessed(["vaginal_bleeding", "snakebite", "scorpion_sting"])
    assert found.urgency is Urgency.RED
    assert found.reasons[-1].rule == "vaginal_bleeding"
    assert found.advice == ("advice.snakebite", "advice.scorpion_sting", "advice.go_to_hospital")


def test_a_row_that_would_fire_for_everyone_is_refused() -> None:
    with pytest.raises(ValidationError, match="would fire for everyone"):
        Rule(id="all", urgency=Urgency.RED, source="none")
