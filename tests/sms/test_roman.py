"""Roman letters as people text them: every language by its own rules, and no letter lost unseen."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ivr_flows.catalogues import LOCALE as PROMPTS
from sms.loader import LOCALE, ROMAN, CatalogueError, load_roman, load_texts
from sms.roman import Roman, Rules, romanise
from sms.segments import Encoding, encoding_of

WORDS = yaml.safe_load((Path(__file__).parent / "data" / "roman_words.yaml").read_text("utf-8"))
LANGUAGES = sorted(WORDS)


@cache
def roman() -> Roman:
    return load_roman()


def rules_of(language: str) -> Rules:
    return roman().languages[language]


def test_every_language_with_rules_is_shown_by_enough_words() -> None:
    assert sorted(roman().languages) == LANGUAGES
    assert min(len(words) for words in WORDS.values()) >= 15
    for language, words in WORDS.items():
        assert not set(words) & set(rules_of(language).words), language


@pytest.mark.parametrize(
    ("language", "word", "spelt"),
    [
        (language, word, spelt)
        for language, words in sorted(WORDS.items())
        for word, spelt in words.items()
    ],
)
def test_words_are_written_as_people_type_them(language: str, word: str, spelt: str) -> None:
    assert romanise(word, language, roman()) == spelt


@pytest.mark.parametrize(
    ("word", "spelt"), [("डॉक्टर", "doctor"), ("मैं", "main"), ("नहीं", "nahin"), ("न", "na")]
)
def test_a_usual_spelling_goes_before_the_rules(word: str, spelt: str) -> None:
    assert romanise(word, "hi", roman()) == spelt


def test_the_two_ways_of_writing_a_letter_are_one() -> None:
    assert romanise("ज़ुकाम", "hi", roman()) == romanise("ज\u093cुकाम", "hi", roman()) == "zukam"
    assert romanise("ഫോണ്\u200d", "ml", roman()) == romanise("ഫോണ", "ml", roman())[:-1]
    joined, apart = "నంబర్\u200cకు", "నంబర్కు"
    assert romanise(joined, "te", roman()) == romanise(apart, "te", roman()) == "numberku"


@pytest.mark.parametrize(
    ("language", "text", "spelt"),
    [
        ("hi", "राम १२ बजे। PARACETAMOL 500 mg", "raam 12 baje. PARACETAMOL 500 mg"),
        ("bn", "রাত ১২ টায় ।", "rat 12 tay."),
        ("ta", "மருந்து ௧௨", "marundhu 12"),
        ("ml", "{amount} മില്ലി", "{amount} ml"),
    ],
)
def test_digits_dandas_and_latin_words_are_kept_in_place(
    language: str, text: str, spelt: str
) -> None:
    assert romanise(text, language, roman()) == spelt


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_we_ship_is_gsm7_and_has_all_its_words(language: str) -> None:
    for folder, domain in ((LOCALE, "sms"), (PROMPTS, "prompts")):
        for text in load_texts(folder / language / "LC_MESSAGES" / f"{domain}.po").values():
            plain = text.replace("’", "'")
            spelt = romanise(plain, language, roman())
            assert encoding_of(spelt) is Encoding.GSM7, (text, spelt)
            assert len(spelt) >= len(re.findall(r"\S+", plain))
            assert romanise(spelt, language, roman()) == spelt


def letters_of(language: str) -> list[str]:
    """Every letter of the language's script, and each with a vowel sign."""
    block = rules_of(language).block
    known = [chr(code) for code in range(block, block + 0x80)]
    letters = [sign for sign in known if unicodedata.category(sign) == "Lo"]
    signs = [sign for sign in known if unicodedata.category(sign) in {"Mc", "Mn"}]
    return [*letters, *(letter + sign for letter in letters[::5] for sign in signs)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_of_a_script_is_lost_unseen(language: str) -> None:
    """One that no rule knows stays, and the linter finds it; all that people use are written."""
    strange = set()
    for letter in letters_of(language):
        spelt = romanise(f"a {letter}", language, roman())
        assert len(spelt) > len("a "), letter
        if not spelt.isascii():
            strange.add(letter)
            assert encoding_of(spelt) is Encoding.UCS2
    everyday = set("".join(load_texts(PROMPTS / language / "LC_MESSAGES" / "prompts.po").values()))
    assert not everyday & strange


CONSONANTS = {code: [chr(rules_of(code).block + at) for at in range(0x15, 0x3A)] for code in WORDS}


@given(st.sampled_from(LANGUAGES), st.data())
def test_plain_letters_are_gsm7_and_written_once(language: str, data: st.DataObject) -> None:
    letters = st.sampled_from(
        [letter for letter in CONSONANTS[language] if unicodedata.category(letter) == "Lo"]
    )
    word = "ा".join(data.draw(st.lists(letters, min_size=1, max_size=8))).replace(
        "ा", chr(rules_of(language).block + 0x3E)
    )
    spelt = romanise(word, language, roman())
    assert re.fullmatch("[a-z]+", spelt), (word, spelt)
    assert romanise(spelt, language, roman()) == spelt


@given(st.sampled_from(LANGUAGES), st.text(st.characters(max_codepoint=0x24F)))
def test_latin_text_is_left_as_it_is(language: str, text: str) -> None:
    normal = unicodedata.normalize("NFC", text)
    assert romanise(text, language, roman()) == normal


def test_a_word_of_another_script_is_written_by_the_first_language_of_it() -> None:
    assert romanise("बुखार জ্বর", "ta", roman()) == "bukhar jor"
    assert romanise("আপোনাৰ", "as", roman()) == "aponar"
    assert romanise("کملا", "ur", roman()) == "کملا"


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("script: bengali", "script: bongali", "bongali"),
        ("vowels: eastern", "vowels: middle", "middle"),
        ('keeps: "्|^ं"', 'keeps: "(्"', "keeps"),
        ("inside: true", "inside: true\n    insides: true", "insides"),
    ],
)
def test_a_rule_that_cannot_be_used_is_told_with_its_place(
    tmp_path: Path, good: str, bad: str, told: str
) -> None:
    path = tmp_path / "roman.yaml"
    path.write_text(ROMAN.read_text(encoding="utf-8").replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=rf"roman\.yaml.*{told}"):
        load_roman(path)
