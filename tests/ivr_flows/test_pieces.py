"""What an utterance is put together from when all of it is recorded."""

from __future__ import annotations

import re

import pytest

from ivr_flows.catalogues import load_catalogues
from ivr_flows.engine.session import Json

CATALOGUES = load_catalogues()
WORD = re.compile(r"[\w\u0900-\u0963]+")
PIECES = [
    ("hold.position", {"position": 3, "wait_minutes": 125},
     ("hold.position~0", "number~3", "hold.position~1", "number~1", "number~hundred", "number~25",
      "hold.position~2")),
    ("household.member", {"sex": "female", "age_years": 34},
     ("sex.female", "number~34", "age.years~1")),
    ("household.member", {"sex": "male", "age_years": 0}, ("sex.male", "age.under_one")),
    ("household.member", {"sex": "male", "age_years": None}, ("sex.male", "age.unknown")),
    ("heard.ask", {"heard": ["fever", "cough"]},
     ("heard.ask~0", "symptom.fever", "list.and~1", "symptom.cough")),
    ("goodbye.thanks", {}, ("goodbye.thanks",)),
    ("rx.line", {"line": "one tablet"}, ()),
    ("rx.code", {"code": "4A1"}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("prompt", "values", "pieces"), PIECES)
def test_a_prompt_is_put_together_from_pieces_that_can_be_recorded(
    prompt: str, values: dict[str, Json], pieces: tuple[str, ...]
) -> None:
    """A name or a line of text has no recording, so the whole has none either."""
    catalogue = CATALOGUES["hi"]
    said = catalogue.utter(prompt, values)
    assert said.pieces == pieces
    texts = catalogue.recordable()
    if pieces:
        words = WORD.findall(said.text)
        assert WORD.findall(" ".join(texts[p] for p in pieces)) == words


def test_a_number_that_a_library_puts_together_is_not_taken_apart() -> None:
    numbers = CATALOGUES["en"].numbers
    assert numbers.pieces(99) == ("number~99",)
    assert numbers.pieces(125) is None


@pytest.mark.parametrize("number", [0, 7, 99, 100, 146, 2007, 45_045, 99_999])
def test_the_pieces_of_a_number_say_the_number(number: int) -> None:
    numbers = CATALOGUES["hi"].numbers
    words = numbers.recordable()
    assert " ".join(words[piece] for piece in numbers.pieces(number) or ()) == numbers.say(number)
