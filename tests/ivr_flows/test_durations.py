"""How long a caller has to listen, by the script in which it is written."""

from __future__ import annotations

import unicodedata

import pytest

from ivr_flows.checks.durations import load_speaking, prompt_s, text_s
from ivr_flows.engine.catalogue import PLAIN_FORMATS, Catalogue, parse_template
from ivr_flows.engine.flow import FlowBook


# Measured once with espeak-ng at 142 words a minute, as `speaking.yaml` tells.
@pytest.mark.parametrize(
    ("text", "measured_s"),
    [
        ("किसी और के लिए डॉक्टर,", 1.56),
        ("नमस्ते। दूरवाणी में फिर स्वागत है।", 2.91),
        ("For a doctor for someone else,", 1.78),
        ("Hello. Welcome back to Doorvani.", 2.63),
    ],
)
def test_estimate_is_within_a_quarter_or_a_breath_of_what_was_measured(
    text: str, measured_s: float
) -> None:
    assert text_s(text) == pytest.approx(measured_s, rel=0.25, abs=0.6)


def test_marks_take_no_time_of_their_own() -> None:
    assert text_s("कि") == text_s("क")
    assert text_s("ക്") == text_s("ക")


def test_script_without_a_figure_counts_as_the_slowest() -> None:
    rates = load_speaking().letters_a_second
    assert text_s("漢字漢字") == pytest.approx(4 / min(rates.values()))


@pytest.mark.parametrize("text", ["", "…", "123"])
def test_text_without_letters_is_no_error(text: str) -> None:
    assert text_s(text) >= 0


def test_value_adds_its_own_time_and_its_mark_none(book: FlowBook) -> None:
    english = book.catalogue("en")
    words = {"a": "Your token", "b": "Your token {token:digits}"}
    catalogue = Catalogue(
        "en", {key: parse_template(text) for key, text in words.items()}, english.numbers
    )
    added = prompt_s("b", catalogue) - prompt_s("a", catalogue)
    assert added == pytest.approx(load_speaking().values_s["digits"], abs=0.1)


def test_every_plain_format_has_its_time() -> None:
    assert set(load_speaking().values_s) >= PLAIN_FORMATS


def test_every_shipped_language_is_written_in_a_script_with_a_figure(book: FlowBook) -> None:
    for language, catalogue in book.catalogues.items():
        letter = next(c for c in catalogue.templates["goodbye.thanks"].text if c.isalpha())
        script = unicodedata.name(letter).split()[0].lower()
        assert script in load_speaking().letters_a_second, language
