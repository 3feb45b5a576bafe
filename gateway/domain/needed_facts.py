"""Facts of a patient that a rule needs and nobody has told yet: they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from gateway.domain.medicine_rules import Refusal
from gateway.domain.rules import Rule


class Needed(StrEnum):
    """In the order in which they are asked for."""

    AGE = "age"
    ADULT = "adult"
    WEIGHT = "weight"
    PREGNANT = "pregnant"


_NEEDED: Final[Mapping[Rule, Needed]] = {
    Rule.AGE_MISSING: Needed.AGE,
    Rule.SEX_MISSING: Needed.AGE,
    Rule.MINOR_WITHOUT_ADULT: Needed.ADULT,
    Rule.WEIGHT_NEEDED: Needed.WEIGHT,
    Rule.PREGNANCY_UNKNOWN: Needed.PREGNANT,
}


def needed_facts(refusals: Sequence[Refusal]) -> tuple[Needed, ...]:
    """Return what is to be asked before these refusals can stand, each once."""
    asked = {_NEEDED[refusal.rule] for refusal in refusals if refusal.rule in _NEEDED}
    return tuple(fact for fact in Needed if fact in asked)


def final_refusals(refusals: Sequence[Refusal]) -> tuple[Refusal, ...]:
    """Return those that no answer of the patient's could lift."""
    return tuple(refusal for refusal in refusals if refusal.rule not in _NEEDED)
