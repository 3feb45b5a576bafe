"""Numbers in words, as each language says them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from num2words import num2words

TABLE_SIZE: Final = 100
_LARGEST: Final = 99_999


@dataclass(frozen=True, slots=True)
class NumberWords:
    """Says whole numbers: from a kept library where it knows the language, else from a table.

    library: num2words' name of the language, or empty. words: 0 to 99. hundred, thousand: the
    words that follow their count ("एक सौ", "दो हज़ार").
    """

    library: str = ""
    words: tuple[str, ...] = ()
    hundred: str = ""
    thousand: str = ""

    def say(self, number: int) -> str:
        """Return the number in words. Errors: ValueError below 0 or above 99,999."""
        if not 0 <= number <= _LARGEST:
            raise ValueError("a number to be spoken lies between 0 and 99,999")
        if self.library:
            return str(num2words(number, lang=self.library))
        thousands, rest = divmod(number, 1000)
        hundreds, small = divmod(rest, TABLE_SIZE)
        parts = [f"{self.words[thousands]} {self.thousand}"] if thousands else []
        parts += [f"{self.words[hundreds]} {self.hundred}"] if hundreds else []
        if small or not parts:
            parts.append(self.words[small])
        return " ".join(parts)

    def say_digits(self, text: str) -> str:
        """Return the digits one by one, with the pause that a comma makes in every voice."""
        return ", ".join(self.say(int(char)) if char.isdecimal() else char for char in text)
