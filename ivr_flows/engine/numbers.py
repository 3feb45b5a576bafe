"""Numbers in words, as each language says them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import indic_numtowords
from num2words import num2words

TABLE_SIZE: Final = 100
# Before a number in the key of its recording; no prompt has this sign in its key.
NUMBER: Final = "number~"
# As India counts: hundreds, thousands, lakhs.
_SCALES: Final = ((100_000, "lakh"), (1000, "thousand"), (100, "hundred"))
_LARGEST: Final = 99_99_999


def _by_num2words(number: int, language: str) -> str:
    return str(num2words(number, lang=language))


def _by_indic_numtowords(number: int, language: str) -> str:
    return str(indic_numtowords.num2words(number, lang=language))


LIBRARIES: Final[Mapping[str, Callable[[int, str], str]]] = {
    "num2words": _by_num2words,
    "indic_numtowords": _by_indic_numtowords,
}


@dataclass(frozen=True, slots=True)
class NumberWords:
    """Says whole numbers: from a kept library where it knows the language, else from a table.

    library: one of LIBRARIES, with its name of the language (`speaks`), or empty. corrections:
    what it writes wrongly → what is right. words: 0 to 99. hundred, thousand, lakh: the
    words that follow their count ("एक सौ", "दो हज़ार").
    """

    library: str = ""
    speaks: str = ""
    corrections: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    hundred: str = ""
    thousand: str = ""
    lakh: str = ""

    def say(self, number: int) -> str:
        """Return the number in words. Errors: ValueError below 0 or above 99,99,999."""
        if not 0 <= number <= _LARGEST:
            raise ValueError("a number to be spoken lies between 0 and 99,99,999")
        if self.library:
            return self._from_library(number)
        counts, small = _counts(number)
        parts = [f"{self.words[count]} {getattr(self, scale)}" for count, scale in counts]
        if small or not parts:
            parts.append(self.words[small])
        return " ".join(parts)

    def _from_library(self, number: int) -> str:
        said = unicodedata.normalize("NFC", LIBRARIES[self.library](number, self.speaks))
        said = " ".join(said.split())
        for wrong, right in self.corrections.items():
            said = said.replace(wrong, right)
        return said

    def pieces(self, number: int) -> tuple[str, ...] | None:
        """Return the keys of the recorded words that say the number, None where some is missing.

        number: one that `say` says. Above 99 only where the words are a table: what a library says
        there is not taken apart.
        """
        if number < TABLE_SIZE:
            return (f"{NUMBER}{number}",)
        if self.library:
            return None
        counts, small = _counts(number)
        found: list[str] = []
        for count, scale in counts:
            found += [f"{NUMBER}{count}", f"{NUMBER}{scale}"]
        return (*found, f"{NUMBER}{small}") if small else tuple(found)

    def recordable(self) -> dict[str, str]:
        """Return the words that numbers are put together from, by key."""
        found = {f"{NUMBER}{number}": self.say(number) for number in range(TABLE_SIZE)}
        if self.library:
            return found
        return found | {f"{NUMBER}{scale}": getattr(self, scale) for _, scale in _SCALES}

    def say_digits(self, text: str) -> str:
        """Return the digits one by one, with the pause that a comma makes in every voice."""
        return ", ".join(self.say(int(char)) if char.isdecimal() else char for char in text)


def _counts(number: int) -> tuple[list[tuple[int, str]], int]:
    """Return how many of each scale the number has, largest first, and what is left below 100."""
    counts: list[tuple[int, str]] = []
    for size, scale in _SCALES:
        count, number = divmod(number, size)
        if count:
            counts.append((count, scale))
    return counts, number
