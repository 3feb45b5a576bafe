"""A prescription is heard in words alone, whatever its strength and amounts, in every language."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from gateway.domain.dose import parse_dose
from ivr_flows.catalogues import LOCALE, load_numbers
from sms.catalogue import Catalogue
from sms.loader import load_catalogue
from sms.medicine import DayParts, DoseUnit, MedicineLine, Pattern
from sms.render import spoken_line
from tests.services.test_prescriptions import FORMULARY

CONFIG = Path(__file__).parents[2] / "config"


@cache
def catalogue() -> Catalogue:
    return load_catalogue(CONFIG / "sms.yaml")


LANGUAGES = sorted({language for language, _ in catalogue().locales})
STRENGTHS = sorted({s.strength for entry in FORMULARY.medicines for s in entry.strengths})
# As doctors write them on a tablet; what the grammar makes of them is what must be said.
DOSES = ["1-0-1", "½-0-½", "0-0-1½", "¼-0-0", "3/4-0-0", "1¼-0-0", "2½-0-0", "3.5-0-0", "10-0-0"]


def heard(language: str, *, strength: str = "", parts: DayParts | None = None) -> str:
    line = MedicineLine(
        medicine="PARACETAMOL",
        form="tablet",
        strength=strength,
        pattern=Pattern.DAILY,
        unit=DoseUnit.PIECE,
        days=90,
        parts=parts or DayParts("1"),
        names={"hi": "पैरासिटामोल", "en": "paracetamol"},
    )
    say = load_numbers(LOCALE, language).say
    said = spoken_line(line, position=1, language=language, catalogue=catalogue(), say=say)
    assert isinstance(said, str)
    return said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_strength_of_the_formulary_is_heard_in_words(language: str) -> None:
    for strength in STRENGTHS:
        said = heard(language, strength=strength)
        assert not re.search(r"[\d%/+]", said), (strength, said)
        if language not in {"en", "ur"}:
            assert not re.search(r"[A-Za-z]", said), (strength, said)


@pytest.mark.parametrize("dose", DOSES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_amount_is_heard_in_words(language: str, dose: str) -> None:
    read = parse_dose(dose, form="tablet")
    assert hasattr(read, "parts"), read
    said = heard(language, parts=read.parts)
    assert not re.search(r"[\d./½¼]", said.replace(". ", " ").rstrip(".")), said


@pytest.mark.parametrize(
    ("language", "dose", "words"),
    [
        ("hi", "3.5-0-0", "सुबह साढ़े तीन"),
        ("hi", "2.5-0-0", "सुबह ढाई"),
        ("hi", "0-0-½", "रात आधी"),
        ("hi", "3/4-0-0", "सुबह पौन"),
        ("mr", "3.5-0-0", "साडे तीन"),
        ("bn", "1½-0-0", "দেড়"),
        ("gu", "2½-0-0", "અઢી"),
        ("ta", "1½-0-0", "ஒன்றரை"),
        ("ml", "2½-0-0", "രണ്ടര"),
        ("en", "1¼-0-0", "one point two five"),
    ],
)
def test_halves_and_quarters_are_heard_as_people_say_them(
    language: str, dose: str, words: str
) -> None:
    read = parse_dose(dose, form="tablet")
    assert hasattr(read, "parts"), read
    assert words in heard(language, parts=read.parts)


def test_a_strength_of_two_lakh_units_is_heard() -> None:
    assert "दो लाख यूनिट" in heard("hi", strength="200000 IU")


def test_a_strength_per_millilitre_says_one() -> None:
    assert "one hundred milligrams, one millilitres" in heard("en", strength="100 mg/ml")
