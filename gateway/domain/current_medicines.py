"""What a patient takes already, as it is told: a name, or a name with its dose, "pcm 500 1-0-1".

By the name every rule heeds it. A dose that can be read counts in the daily maximum too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile
from typing import Final

from gateway.domain.draft import MedicineDraft
from gateway.domain.formulary import Formulary
from gateway.domain.quick_line import parse_line

_AMOUNTS: Final = re.compile(r"\d\s*-\s*\d")


def name_of(told: str, formulary: Formulary) -> str:
    """Return the name in what is told, without strength and dose."""
    if formulary.find(told):
        return told
    name = takewhile(lambda word: not word[0].isdigit(), told.split())
    return " ".join(name) or told


def line_of(told: str, formulary: Formulary) -> MedicineDraft | None:
    """Return what is told as a line; None where it tells no dose that can be read."""
    # For how many days she has had it is not asked.
    for text in (told, f"{told} 1d"):
        line = parse_line(text, formulary=formulary)
        if isinstance(line, MedicineDraft):
            return line
    return None


def unread_doses(told: Iterable[str], formulary: Formulary) -> tuple[str, ...]:
    """Return those with amounts that cannot be read, so that no maximum counts them."""
    return tuple(
        text for text in told if _AMOUNTS.search(text) and line_of(text, formulary) is None
    )


def unplaced(
    formulary: Formulary, *, allergies: Iterable[str], medicines: Iterable[str]
) -> tuple[str, ...]:
    """Return what no rule can heed, as it was told."""
    told = {name_of(text, formulary): text for text in medicines}
    words = formulary.unplaced(allergies=allergies, medicines=told)
    unread = unread_doses(told.values(), formulary)
    return tuple(dict.fromkeys((*(told.get(word, word) for word in words), *unread)))
