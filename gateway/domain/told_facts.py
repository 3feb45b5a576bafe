"""What a doctor types of a patient beside the medicines: "wt 12kg; allergy sulfa; on metformin".

A line that begins with none of these words is no fact; one that does and cannot be read is told so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from gateway.domain.draft import Sex

HEAVIEST_KG: Final = 400
OLDEST: Final = 125
LONGEST_NOTE: Final = 200
LONGEST_NAME: Final = 80
SHORTEST_NAME: Final = 2
REVIEW_DAYS: Final = range(1, 61)

_WORDS: Final = {
    "wt": "weight",
    "weight": "weight",
    "allergy": "allergies",
    "allergic": "allergies",
    "allergies": "allergies",
    "on": "current",
    "taking": "current",
    "name": "name",
    "note": "note",
    "notes": "note",
    "advice": "note",
    "pregnant": "pregnant",
    "preg": "pregnant",
    "adult": "adult",
    "age": "age",
    "review": "review",
    "seen": "seen",
}
_YES: Final = frozenset({"", "yes", "y"})
_NO: Final = frozenset({"no", "n", "not"})
_SEXES: Final = {
    **dict.fromkeys(("f", "female", "w", "woman"), Sex.FEMALE),
    **dict.fromkeys(("m", "male", "man"), Sex.MALE),
    **dict.fromkeys(("o", "other"), Sex.OTHER),
}
_WEIGHT: Final = re.compile(r"(\d{1,3}(?:[.,]\d)?)\s*(?:kgs?|kilos?)?")
_AGE: Final = re.compile(r"(\d{1,3})\s*(?:y|yrs?|years?)?[\s,/]*([a-z]+)")
_REVIEW: Final = re.compile(r"(\d{1,2})\s*(?:d|days?)?")
_DATE: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


@dataclass(frozen=True, slots=True)
class ToldFacts:
    """Facts of one line or of several; None and empty where nothing is said.

    seen_on: the last visit in person, for this same condition.
    """

    weight_kg: float | None = None
    allergies: tuple[str, ...] = ()
    current_medicines: tuple[str, ...] = ()
    note: str = ""
    name: str = ""
    pregnant: bool | None = None
    with_adult: bool | None = None
    age_years: int | None = None
    sex: Sex | None = None
    review_days: int | None = None
    seen_on: date | None = None


@dataclass(frozen=True, slots=True)
class BadFact:
    """It begins as a fact, and cannot be read; fact: which one, in a word."""

    fact: str


Fact: TypeAlias = ToldFacts | BadFact


def parse_fact(line: str) -> Fact | None:
    """Return the fact that a line tells; None where it tells none."""
    plain = " ".join(line.split())
    denied = plain.casefold().startswith("not pregnant")
    if denied:
        return ToldFacts(pregnant=False)
    word, _, rest = plain.partition(" ")
    fact = _WORDS.get(word.casefold().rstrip(":,."))
    if fact is None:
        return None
    return _READERS[fact](rest.strip(" :,.")) or BadFact(fact)


def words_kept(
    kept: Iterable[str], told: Iterable[str], *, taken_out: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return what was kept with what is told now, each word once, without what was taken out."""
    told = tuple(told)
    gone = {word.casefold() for word in taken_out} - {word.casefold() for word in told}
    words: dict[str, str] = {}
    for word in (*kept, *told):
        words.setdefault(word.casefold(), word)
    return tuple(word for plain, word in words.items() if plain not in gone)


def _weight(rest: str) -> ToldFacts | None:
    found = _WEIGHT.fullmatch(rest.casefold())
    weight_kg = float(found[1].replace(",", ".")) if found else 0
    return ToldFacts(weight_kg=weight_kg) if 0 < weight_kg <= HEAVIEST_KG else None


def _allergies(rest: str) -> ToldFacts | None:
    names = _listed(rest.removeprefix("to "))
    return ToldFacts(allergies=names) if names else None


def _current(rest: str) -> ToldFacts | None:
    names = _listed(rest)
    return ToldFacts(current_medicines=names) if names else None


def _note(rest: str) -> ToldFacts | None:
    return ToldFacts(note=rest) if 0 < len(rest) <= LONGEST_NOTE else None


def _name(rest: str) -> ToldFacts | None:
    letters = sum(sign.isalpha() for sign in rest)
    return ToldFacts(name=rest) if letters >= SHORTEST_NAME and len(rest) <= LONGEST_NAME else None


def _pregnant(rest: str) -> ToldFacts | None:
    said = _yes_or_no(rest)
    return None if said is None else ToldFacts(pregnant=said)


def _adult(rest: str) -> ToldFacts | None:
    said = _yes_or_no("" if rest.casefold() == "present" else rest)
    return None if said is None else ToldFacts(with_adult=said)


def _age(rest: str) -> ToldFacts | None:
    found = _AGE.fullmatch(rest.casefold())
    sex = _SEXES.get(found[2]) if found else None
    if found is None or sex is None or int(found[1]) > OLDEST:
        return None
    return ToldFacts(age_years=int(found[1]), sex=sex)


def _review(rest: str) -> ToldFacts | None:
    found = _REVIEW.fullmatch(rest.casefold().removeprefix("after ").removeprefix("in "))
    days = int(found[1]) if found else 0
    return ToldFacts(review_days=days) if days in REVIEW_DAYS else None


def _seen(rest: str) -> ToldFacts | None:
    """Day, month and year in India's order, or ISO 8601."""
    found = _DATE.fullmatch(rest)
    try:
        day = date(int(found[3]), int(found[2]), int(found[1])) if found else None
        return ToldFacts(seen_on=day or date.fromisoformat(rest))
    except ValueError:
        return None


def _yes_or_no(rest: str) -> bool | None:
    word = rest.casefold()
    return True if word in _YES else False if word in _NO else None


def _listed(rest: str) -> tuple[str, ...]:
    parts = re.split(r",|\band\b|\+", rest)
    return tuple(part for part in (" ".join(part.split()) for part in parts) if part)


_READERS: Final = {
    "weight": _weight,
    "allergies": _allergies,
    "current": _current,
    "name": _name,
    "note": _note,
    "pregnant": _pregnant,
    "adult": _adult,
    "age": _age,
    "review": _review,
    "seen": _seen,
}
