"""A whole line as doctors type it, "pcm 500 1-0-1 5d pc": read, or completed, or asked back.

In order: the name (a brand, or how a name begins), strength and form where the rest does not make
them plain, the dose, the days, and codes of `instructions` in `config/formulary.yaml`; what stands
after a comma is an instruction in her own words. Nothing is guessed: where two medicines or two
strengths would do, each is offered as a line that comes nearer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Final, TypeAlias

from pydantic import ValidationError

from gateway.domain.dose import Dose, parse_dose
from gateway.domain.draft import MedicineDraft
from gateway.domain.formulary import Formulary, Medicine, Strength, plain_form, plain_strength
from sms.medicine import Pattern

# A medicine that may not be prescribed has no form; the rules say why it is refused.
NO_FORM: Final = "not chosen"
MOST_CHOICES: Final = 8
# "1" could be a tablet as well as a milligram: a strength this small must name its unit.
SMALLEST_BARE_STRENGTH: Final = 5
_LONGEST_NAME: Final = 5
_IN_DAYS: Final = {"d": 1, "w": 7, "m": 30, None: 1}
_DAYS: Final = re.compile(
    r"(?<!\S)(?:for\s+|x\s*)?(?P<many>\d{1,3})\s*(?P<unit>d|w|m)(?:ays?|ks?|eeks?|onths?)?(?!\S)"
)
_BARE_DAYS: Final = re.compile(r"(?<!\S)x\s*(?P<many>\d{1,3})(?P<unit>(?!))?(?!\S)")
_SPACED_UNIT: Final = re.compile(r"(\d)\s+(mg|mcg|µg|g|iu|%)(?![a-z])")
_MASS: Final = re.compile(r"[\d.]+(?:mg|mcg|µg|g|iu|%)\S*")


class LineProblem(StrEnum):
    UNKNOWN = "unknown"
    WHICH_MEDICINE = "which_medicine"
    STRENGTH = "strength"
    WHICH_STRENGTH = "which_strength"
    DOSE = "dose"
    DAYS = "days"
    INSTRUCTIONS = "instructions"


@dataclass(frozen=True, slots=True)
class BadLine:
    """Why the line cannot be read; choices: lines that come nearer, each to be taken as it is."""

    problem: LineProblem
    choices: tuple[str, ...] = ()


_Kind: TypeAlias = tuple[Medicine, Strength]


@dataclass(frozen=True, slots=True)
class _Rest:
    """What follows name and strength; days: None where none are said."""

    dose: str
    days: int | None
    instructions: str


def parse_line(text: str, *, formulary: Formulary) -> MedicineDraft | BadLine:
    """Read a line, or say what is missing. The rules have not looked at what is returned."""
    head, _, own_words = " ".join(text.split()).partition(",")
    words = _SPACED_UNIT.sub(r"\1\2", head.casefold()).split()
    named = _named(words, formulary)
    if isinstance(named, BadLine):
        return named
    medicines, after = named
    every = [(medicine, strength) for medicine in medicines for strength in medicine.strengths]
    kinds, after = _narrowed(every, after)
    if after and _MASS.fullmatch(after[0]):
        return BadLine(LineProblem.STRENGTH, _lines(kinds, after[1:]))
    said = _rest(after, own_words.strip(), formulary)
    if not every:
        return _draft(medicines[0], None, said)
    fitting = [kind for kind in kinds if isinstance(_dose(said, kind), Dose)]
    if not fitting:
        begun = _begun(kinds, said.dose)
        others = [word for word in after if word != said.dose]
        chosen = BadLine(LineProblem.WHICH_STRENGTH, _lines(begun, others))
        return chosen if begun else BadLine(LineProblem.DOSE)
    if len(fitting) > 1:
        return BadLine(LineProblem.WHICH_STRENGTH, _lines(fitting, after))
    return _draft(*fitting[0], said)


def _named(
    words: Sequence[str], formulary: Formulary
) -> tuple[Sequence[Medicine], Sequence[str]] | BadLine:
    """Return the medicines that the first words may mean, and the words after them."""
    letters = len(list(takewhile(lambda word: not word[0].isdigit(), words)))
    # "dolo 650" is dolo in a strength, though it is listed as a name too; "b12" is a name.
    for length in (*range(min(letters, _LONGEST_NAME), 0, -1), letters + 1):
        found = formulary.named(" ".join(words[:length]))
        if found:
            return found, words[length:]
    begun = formulary.beginning(words[0]) if words else ()
    if not begun:
        return BadLine(LineProblem.UNKNOWN)
    if len({medicine.name for medicine in begun}) == 1:
        return begun, words[1:]
    lines = dict.fromkeys(" ".join((medicine.name, *words[1:])) for medicine in begun)
    return BadLine(LineProblem.WHICH_MEDICINE, tuple(lines)[:MOST_CHOICES])


def _narrowed(
    kinds: Sequence[_Kind], words: Sequence[str]
) -> tuple[Sequence[_Kind], Sequence[str]]:
    """Take the form and the strength, in either order, from the front of the words."""
    for _ in range(2):
        for length in (2, 1):
            word = " ".join(words[:length])
            chosen = [kind for kind in kinds if _is_form(word, kind) or _is_strength(word, kind)]
            if len(words) >= length and chosen:
                kinds, words = chosen, words[length:]
                break
    return kinds, words


def _is_form(word: str, kind: _Kind) -> bool:
    form, known = plain_form(word), kind[1].form
    return form == known or known.endswith(f" {form}")


def _is_strength(word: str, kind: _Kind) -> bool:
    if plain_strength(word) == plain_strength(kind[1].strength):
        return True
    bare = word.isascii() and word.isdecimal() and int(word) >= SMALLEST_BARE_STRENGTH
    return bare and bool(re.match(rf"{word}(?![\d.])", kind[1].strength))


def _begun(kinds: Sequence[_Kind], typed: str) -> Sequence[_Kind]:
    """Return those whose strength the digits begin, or all between which nothing was chosen yet."""
    begun = [kind for kind in kinds if kind[1].strength.startswith(typed)]
    return begun if typed.isdecimal() or (not typed and len(begun) > 1) else ()


def _rest(words: Sequence[str], own_words: str, formulary: Formulary) -> _Rest:
    codes = [formulary.instructions[word] for word in words if word in formulary.instructions]
    text = " ".join(word for word in words if word not in formulary.instructions)
    found = _DAYS.search(text) or _BARE_DAYS.search(text)
    days = None
    if found:
        days = int(found["many"]) * _IN_DAYS[found["unit"]]
        text = " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())
    return _Rest(text, days, ", ".join(part for part in (*codes, own_words) if part))


def _dose(said: _Rest, kind: _Kind) -> object:
    return parse_dose(said.dose, form=kind[1].form)


def _draft(medicine: Medicine, strength: Strength | None, said: _Rest) -> MedicineDraft | BadLine:
    form = strength.form if strength else NO_FORM
    dose = parse_dose(said.dose, form=form)
    once = isinstance(dose, Dose) and dose.pattern is Pattern.ONCE
    days = 1 if said.days is None and once else said.days
    if not days:
        return BadLine(LineProblem.DAYS)
    try:
        return MedicineDraft(
            name=medicine.name,
            form=form,
            strength=strength.strength if strength else "",
            dose=said.dose,
            days=days,
            instructions=said.instructions,
        )
    except ValidationError as error:
        too_many = error.errors()[0]["loc"][0] == "days"
        return BadLine(LineProblem.DAYS if too_many else LineProblem.INSTRUCTIONS)


def _lines(kinds: Sequence[_Kind], words: Sequence[str]) -> tuple[str, ...]:
    lines = (
        " ".join((medicine.name, strength.form, "".join(strength.strength.split()), *words))
        for medicine, strength in kinds[:MOST_CHOICES]
    )
    return tuple(lines)
