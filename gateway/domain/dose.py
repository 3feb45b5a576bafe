"""The dose as doctors write it ("1-0-1", "bd", "1 sos 3/day", "5ml-0-5ml"), read into amounts.

Numbers stand for morning, noon and night; four of them put evening before night, two leave noon
out. On a liquid a bare number is a spoon of 5 ml, as Indian prescriptions mean it, but only up to
two: more could as well be millilitres, so it is refused and the unit asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Final

from sms.medicine import DayParts, DoseUnit, Pattern

SPOON_ML: Final = 5
MOST_SPOONS: Final = 2
# "When needed" without a ceiling is checked, and told to the patient, as at most so often a day.
AS_NEEDED_TIMES: Final = 4

# The largest amount at one time that is read as meant and not as a slip of the keys.
LARGEST_AMOUNT: Final = {
    DoseUnit.PIECE: 10,
    DoseUnit.ML: 30,
    DoseUnit.DROP: 30,
    DoseUnit.PUFF: 8,
    DoseUnit.APPLICATION: 4,
}

_LIQUIDS: Final = frozenset({"syrup", "solution", "mouthwash"})
_DROPS: Final = frozenset({"eye drops", "ear drops", "nasal drops"})
_APPLIED: Final = frozenset(
    {"cream", "ointment", "eye ointment", "gel", "lotion", "shampoo", "powder", "patch"}
)

_AMOUNT: Final = r"(?:\d{1,3}(?:\.\d{1,2})?|(?:\d )?\d/[1-9]|\d?[½¼])"
_UNIT: Final = r"\s*(?P<unit>ml|spoon|spoons|tsp|drops?|puffs?|tabs?|caps?)?"
_ONE: Final = re.compile(rf"(?P<amount>{_AMOUNT}){_UNIT}")
_WORD: Final = re.compile(
    rf"(?:(?P<amount>{_AMOUNT}){_UNIT}\s+)?(?P<word>[a-z][a-z0-9]*)(?:\s+(?P<most>\d)\s*/\s*day)?"
)
_UNITS: Final = {
    "ml": DoseUnit.ML,
    "spoon": DoseUnit.ML,
    "tsp": DoseUnit.ML,
    "drop": DoseUnit.DROP,
    "puff": DoseUnit.PUFF,
    "tab": DoseUnit.PIECE,
    "cap": DoseUnit.PIECE,
}
_TIMES: Final = {
    2: ("morning", "night"),
    3: ("morning", "noon", "night"),
    4: ("morning", "noon", "evening", "night"),
}
_DAILY_WORDS: Final = {
    "od": ("morning",),
    "hs": ("night",),
    "bd": _TIMES[2],
    "bid": _TIMES[2],
    "tds": _TIMES[3],
    "tid": _TIMES[3],
    "qid": _TIMES[4],
    "qds": _TIMES[4],
    "q6h": _TIMES[4],
    "q8h": _TIMES[3],
    "q12h": _TIMES[2],
}
_OTHER_WORDS: Final = {
    "sos": Pattern.AS_NEEDED,
    "prn": Pattern.AS_NEEDED,
    "weekly": Pattern.WEEKLY,
    "stat": Pattern.ONCE,
    "once": Pattern.ONCE,
}


class DoseProblem(StrEnum):
    NOT_A_DOSE = "not_a_dose"
    PARTS = "parts"
    NO_AMOUNT = "no_amount"
    NOTHING = "nothing"
    OTHER_UNIT = "other_unit"
    UNIT_NEEDED = "unit_needed"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True)
class Dose:
    """amounts: for a daily dose by part of the day, those above nothing; else under "each".

    at_most: times a day, of a dose that is taken when needed.
    """

    pattern: Pattern
    unit: DoseUnit
    amounts: tuple[tuple[str, Fraction], ...]
    at_most: int = 0

    @property
    def each(self) -> Fraction:
        """The amount at one time of a dose that names no part of the day."""
        return self.amounts[0][1]

    @property
    def per_day(self) -> Fraction:
        """The most that is taken in a day, in units; of a weekly dose that is its one amount."""
        total = sum((amount for _, amount in self.amounts), Fraction())
        return total * self.at_most if self.pattern is Pattern.AS_NEEDED else total

    @property
    def times_per_day(self) -> int:
        """How often a day it is taken at most; 0 for a weekly dose and for a single one."""
        if self.pattern is Pattern.DAILY:
            return len(self.amounts)
        return self.at_most

    @property
    def parts(self) -> DayParts:
        if self.pattern is not Pattern.DAILY:
            return DayParts()
        return replace(DayParts(), **{part: written(amount) for part, amount in self.amounts})


@dataclass(frozen=True, slots=True)
class BadDose:
    """The dose cannot be read; the words of `problem` are in `config/formulary.yaml`."""

    problem: DoseProblem


def unit_of(form: str) -> DoseUnit:
    """Return what a bare number counts in a form; on an oral liquid it must say so itself."""
    if form in _LIQUIDS or form == "drops":
        return DoseUnit.ML
    if form in _DROPS:
        return DoseUnit.DROP
    if form == "inhaler":
        return DoseUnit.PUFF
    return DoseUnit.APPLICATION if form in _APPLIED else DoseUnit.PIECE


def parse_dose(text: str, *, form: str) -> Dose | BadDose:
    """Read a dose of a medicine in this form. What cannot be read is a BadDose."""
    text = " ".join(text.casefold().replace("–", "-").replace("—", "-").split())
    slots = [part.strip() for part in text.split("-")]
    if len(slots) > 1:
        return _slots(slots, form)
    found = _WORD.fullmatch(text)
    word = found["word"] if found else ""
    if found is None or word not in {*_DAILY_WORDS, *_OTHER_WORDS}:
        return BadDose(DoseProblem.NOT_A_DOSE)
    amount = _amount(found["amount"] or "1", found["unit"], form)
    if isinstance(amount, BadDose):
        return amount
    if not amount:
        return BadDose(DoseProblem.NOTHING)
    if word in _DAILY_WORDS:
        amounts = tuple((part, amount) for part in _DAILY_WORDS[word])
        return Dose(Pattern.DAILY, unit_of(form), amounts)
    pattern = _OTHER_WORDS[word]
    most = int(found["most"] or AS_NEEDED_TIMES) if pattern is Pattern.AS_NEEDED else 0
    if pattern is Pattern.AS_NEEDED and not most:
        return BadDose(DoseProblem.NOTHING)
    return Dose(pattern, unit_of(form), (("each", amount),), at_most=most)


def written(amount: Fraction) -> str:
    """Return an amount as it is written: "1", "1/2", "1 1/2", else with decimals: "2.5"."""
    whole, rest = divmod(amount, 1)
    if not rest:
        return str(whole)
    if rest.denominator in {2, 4} and amount < SPOON_ML // 2:
        return f"{whole} {rest}" if whole else str(rest)
    return f"{float(amount):g}"


def _slots(slots: list[str], form: str) -> Dose | BadDose:
    if len(slots) not in _TIMES:
        return BadDose(DoseProblem.PARTS)
    amounts = []
    for part, slot in zip(_TIMES[len(slots)], slots, strict=True):
        found = _ONE.fullmatch(slot)
        if found is None:
            return BadDose(DoseProblem.NO_AMOUNT)
        amount = _amount(found["amount"], found["unit"], form)
        if isinstance(amount, BadDose):
            return amount
        if amount:
            amounts.append((part, amount))
    if not amounts:
        return BadDose(DoseProblem.NOTHING)
    return Dose(Pattern.DAILY, unit_of(form), tuple(amounts))


def _amount(text: str, unit: str | None, form: str) -> Fraction | BadDose:
    amount, counted = _number(text), unit_of(form)
    if unit is not None and _UNITS[unit.rstrip("s")] is not counted:
        return BadDose(DoseProblem.OTHER_UNIT)
    if counted is DoseUnit.ML and unit != "ml":
        # A child's drops are drawn up to a mark; "1" could be a drop, a ml or a spoon.
        if amount > MOST_SPOONS or (form == "drops" and amount):
            return BadDose(DoseProblem.UNIT_NEEDED)
        amount *= SPOON_ML
    return amount if amount <= LARGEST_AMOUNT[counted] else BadDose(DoseProblem.TOO_MUCH)


def _number(text: str) -> Fraction:
    parts = text.replace("½", " 1/2").replace("¼", " 1/4").split()
    return sum((Fraction(part) for part in parts), Fraction())
