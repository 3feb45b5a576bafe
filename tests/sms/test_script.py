from __future__ import annotations

import re

import pytest

from sms.script import respell

DEVANAGARI = re.compile("[\u0900-\u097f]")


@pytest.mark.parametrize(
    ("language", "spelt"),
    [
        ("mr", "पैरासिटामोल"),
        ("bn", "পৈরাসিটামোল"),
        ("as", "পৈৰাসিটামোল"),
        ("gu", "પૈરાસિટામોલ"),
        ("ta", "பைராஸிடாமோல்"),
        ("te", "పైరాసిటామోల్"),
        ("ur", None),
    ],
)
def test_a_name_is_respelt_sound_for_sound(language: str, spelt: str | None) -> None:
    """Dravidian letters need the mark that keeps a last vowel unsaid; Urdu has no such scheme."""
    assert respell("पैरासिटामोल", language) == spelt


@pytest.mark.parametrize("language", ["as", "bn", "gu", "kn", "ml", "or", "pa", "ta", "te"])
@pytest.mark.parametrize(
    "name", ["एम्ब्रोक्सॉल", "ऑन्डैन्सेट्रॉन", "सेटिरिज़ीन", "सेटिरि\u095bीन", "फ़ेरस", "आँख"]
)
def test_no_letter_of_hindi_is_left_in_a_name_that_is_respelt(language: str, name: str) -> None:
    spelt = respell(name, language)
    assert spelt
    assert not DEVANAGARI.search(spelt)


def test_marathi_keeps_the_letters_of_hindi() -> None:
    assert respell("एम्ब्रोक्सॉल", "mr") == "एम्ब्रोक्सॉल"
