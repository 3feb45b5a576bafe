"""Triage: red flags order the waiting room, warn and route; they never diagnose.

The rules are data (config/triage.yaml) with their sources, to be reviewed by a clinician. Only
symptoms that the caller confirmed by a key count: what a machine merely heard neither raises nor
clears a red flag, and a spoken yes is taken only for what no rule looks at.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from pydantic import BaseModel, ConfigDict, model_validator

DAYS_A_YEAR: Final = 365.25


class Urgency(StrEnum):
    RED = "red"
    URGENT = "urgent"
    ROUTINE = "routine"


_ORDER: Final = tuple(Urgency)


class Conditions(BaseModel):
    """What must hold of the patient, all of it; what is left out is not asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    danger_answer: bool | None = None
    severe: bool = False
    pregnant: bool | None = None
    age_days_below: int | None = None
    age_years_below: int | None = None
    age_years_from: int | None = None
    duration_days_from: int | None = None


class Rule(BaseModel):
    """One row: it fires when a code of it is there (or it names none), and one of
    `together_with` where it names any, and its conditions hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    urgency: Urgency
    codes: frozenset[str] = frozenset()
    sometimes: bool = False
    together_with: frozenset[str] = frozenset()
    when: Conditions = Conditions()
    advice: tuple[str, ...] = ()
    source: str

    @model_validator(mode="after")
    def _asks_something(self) -> Rule:
        if not self.codes and not self.sometimes and self.when == Conditions():
            raise ValueError(f"rule {self.id} would fire for everyone")
        return self


class TriageRules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    rules: tuple[Rule, ...]
    sometimes: frozenset[str]

    @cached_property
    def codes(self) -> frozenset[str]:
        """The symptoms that a rule looks at."""
        named = (rule.codes | rule.together_with for rule in self.rules)
        return self.sometimes.union(*named)


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """None where it is not known; an unknown fact fires no rule that asks for it."""

    age_days: int | None
    sex: str | None
    pregnant: bool


@dataclass(frozen=True, slots=True)
class Reason:
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """advice: prompt keys, the most urgent rule's first, each once."""

    urgency: Urgency
    reasons: tuple[Reason, ...]
    advice: tuple[str, ...]


def assess(
    confirmed: Collection[str],
    *,
    facts: PatientFacts,
    duration_days: int | None,
    danger_answer: bool,
    rules: TriageRules,
    severe: Collection[str] = (),
) -> Assessment:
    """Return the urgency of the confirmed codes with every rule that fired, worst first.

    confirmed: codes that the caller said yes to by a key, or typed. severe: those of them that
    she called severe or sudden. Codes that no rule names are routine.
    """
    fired = [
        rule
        for rule in rules.rules
        if _has_code(rule, confirmed, severe, sometimes=rules.sometimes)
        and _holds(rule.when, facts, duration_days, danger_answer=danger_answer)
    ]
    fired.sort(key=lambda rule: _ORDER.index(rule.urgency))
    return Assessment(
        urgency=fired[0].urgency if fired else Urgency.ROUTINE,
        reasons=tuple(Reason(rule.id, rule.source) for rule in fired),
        advice=tuple(dict.fromkeys(key for rule in fired for key in rule.advice)),
    )


def _has_code(
    rule: Rule, confirmed: Collection[str], severe: Collection[str], *, sometimes: frozenset[str]
) -> bool:
    if rule.together_with and rule.together_with.isdisjoint(confirmed):
        return False
    wanted = sometimes if rule.sometimes else rule.codes
    there = set(confirmed).intersection(severe) if rule.when.severe else confirmed
    return not wanted or not wanted.isdisjoint(there)


def _holds(
    when: Conditions, facts: PatientFacts, duration_days: int | None, *, danger_answer: bool
) -> bool:
    if when.danger_answer is not None and when.danger_answer != danger_answer:
        return False
    if when.pregnant is not None and when.pregnant != facts.pregnant:
        return False
    if when.duration_days_from is not None and (
        duration_days is None or duration_days < when.duration_days_from
    ):
        return False
    return _age_holds(when, facts.age_days)


def _age_holds(when: Conditions, age_days: int | None) -> bool:
    limits = (
        (when.age_days_below, 1.0),
        (when.age_years_below, DAYS_A_YEAR),
    )
    for limit, unit in limits:
        if limit is not None and (age_days is None or age_days >= limit * unit):
            return False
    oldest = when.age_years_from
    return oldest is None or (age_days is not None and age_days >= int(oldest * DAYS_A_YEAR))
