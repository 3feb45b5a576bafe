"""A day is said as people of the language say it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ivr_flows.catalogues import LOCALE, load_numbers
from ivr_flows.engine.catalogue import Catalogue, parse_template
from ivr_flows.engine.dates import say_date
from ivr_flows.engine.errors import MissingText
from ivr_flows.loading import load_flow_book

LANGUAGES = sorted(path.parent.name for path in LOCALE.glob("*/numbers.yaml"))


def catalogue(language: str) -> Catalogue:
    templates = {"visit.day": parse_template("{day:date}")}
    return Catalogue(language, templates, load_numbers(LOCALE, language))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("hi", "तीन मार्च"),
        ("en", "three March"),
        ("bn", "তিন মার্চ"),
        ("mr", "तीन मार्च"),
        ("ta", "மூன்று மார்ச்"),
        ("ml", "മാർച്ച് മൂന്ന്"),
        ("pa", "ਤਿੰਨ ਮਾਰਚ"),
        ("as", "তিনি মাৰ্চ"),
        ("ur", "تین مارچ"),
    ],
)
def test_a_day_is_said_with_its_month(language: str, words: str) -> None:
    said = catalogue(language).utter("visit.day", {"day": "2026-03-03"})
    assert said.text == words
    assert said.pieces == (), "a month has no recording"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_of_a_leap_year_is_said_without_digits(language: str) -> None:
    numbers = load_numbers(LOCALE, language)
    days = [date.fromordinal(date(2028, 1, 1).toordinal() + n) for n in range(366)]
    said = {say_date(day, language, numbers) for day in days}
    assert len(said) == len(days)
    assert not any(char.isdigit() for words in said for char in words)


@pytest.mark.parametrize("value", ["2026-02-30", "3 March", "", None, 3])
def test_what_is_no_day_is_named(value: str | int | None) -> None:
    with pytest.raises(MissingText, match=r"visit\.day: day cannot be said as date"):
        catalogue("hi").utter("visit.day", {"day": value})


@pytest.mark.parametrize(
    ("language", "when", "words"),
    [
        ("hi", "today 2026-12-01T09:00", "आज सुबह नौ बजे"),
        ("hi", "tomorrow 2026-12-02T16:30", "कल शाम चार बजकर तीस मिनट पर"),
        ("hi", "on 2026-12-03T00:00", "तीन दिसंबर को रात बारह बजे"),
        ("en", "on 2026-12-03T12:00", "on three December at twelve o'clock in the afternoon"),
        ("en", "today 2026-12-01T20:05", "today at eight five at night"),
        ("ta", "tomorrow 2026-12-02T04:00", "நாளை காலை நான்கு மணிக்கு"),
        ("ur", "today 2026-12-01T15:59", "آج دوپہر تین بج کر انسٹھ منٹ پر"),
    ],
)
def test_a_time_is_said_by_the_part_of_the_day_and_near_days_by_their_word(
    language: str, when: str, words: str
) -> None:
    book = load_flow_book()
    real = book.catalogue(language)
    templates = {**real.templates, "visit.when": parse_template("{at:when}")}
    said = replace(real, templates=templates).utter("visit.when", {"at": when})
    assert said.text == words


@pytest.mark.parametrize("wrong", ["", "today", "someday 2026-12-01T09:00", "today 9"])
def test_a_time_that_is_none_is_no_prompt(wrong: str) -> None:
    real = load_flow_book().catalogue("en")
    with pytest.raises(MissingText):
        real.utter("hold.opens", {"opens": wrong})
