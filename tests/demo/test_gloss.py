"""The gloss tells prompts apart, and leaves words that it does not know as they are."""

from __future__ import annotations

import pytest

from gateway.demo.gloss import Gloss, Understood
from ivr_flows.loading import load_flow_book


@pytest.fixture(scope="module")
def gloss() -> Gloss:
    book = load_flow_book()
    return Gloss(book.catalogue("hi"), book.catalogue("en"))


def test_words_of_no_prompt_are_not_recognised(gloss: Gloss) -> None:
    assert gloss.recognise("अज्ञात शब्द") is None


@pytest.mark.parametrize(
    "line",
    [
        "तीस नवंबर को डॉक्टर Asha Rao ने यह पर्चा लिखा।",
        "दवा एक: पैरासिटामोल। गोली, पाँच सौ मिलीग्राम। सुबह एक, रात एक। तीन दिन तक।",
    ],
)
def test_a_line_of_a_prescription_is_no_prompt(gloss: Gloss, line: str) -> None:
    assert gloss.recognise(line) is None


def test_prompt_without_values_is_told_in_english(gloss: Gloss) -> None:
    book = load_flow_book()
    heard, told = (book.catalogue(lang).templates["consent.line"].text for lang in ("hi", "en"))
    assert gloss.recognise(heard) == Understood("consent.line", told)
