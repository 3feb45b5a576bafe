"""The seeded languages, on sentences that were written together with their seeds: they show that
what is in a seed is found, not how much of what people say is in it."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from statistics import median

import pytest
import yaml

from speech.lexicon import LEXICON_PATH, SEEDS_PATH, Lexicon, LexiconFile, RedFlag, Seeds
from speech.phonetics import sound_of, tokenise
from speech.symptoms import find_symptoms
from tests.speech.test_symptoms import Sentence, read_sentences, told

SENTENCES = Path(__file__).parent / "data" / "seed_sentences.tsv"
ROWS = read_sentences(SENTENCES)
LANGUAGES = sorted({row.language for row in ROWS})


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.language}: {row.text}" for row in ROWS])
def test_a_sentence_is_understood(row: Sentence, lexicon: Lexicon) -> None:
    assert set(told(row.text, lexicon, language=row.language)) == row.codes
    found = find_symptoms(row.text, language=row.language, lexicon=lexicon)
    assert found.duration_days == row.days


def test_every_seeded_language_has_its_sentences(lexicon: Lexicon) -> None:
    counts = Counter(row.language for row in ROWS)
    assert sorted(lexicon.seeds) == LANGUAGES
    assert min(counts.values()) >= 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_deny_misspell_time_and_warn(language: str, lexicon: Lexicon) -> None:
    rows = [row for row in ROWS if row.language == language]
    codes = {code for row in rows for code in row.codes}
    red = {code for code in codes if not code.startswith("-")} & {
        code for code, entry in lexicon.entries.items() if entry.red_flag is RedFlag.ALWAYS
    }
    assert len(red) >= 7
    assert any(code.startswith("-") for code in codes)
    assert any(row.days for row in rows)
    assert any(not row.codes for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_red_flag_has_a_form_that_is_found_by_itself(language: str, lexicon: Lexicon) -> None:
    """Each form of a seed is said as it stands there; where words are a class, it is left out."""
    seed = yaml.safe_load((SEEDS_PATH / f"{language}.yaml").read_text(encoding="utf-8"))
    missed = []
    for code, entry in lexicon.entries.items():
        if entry.red_flag is not RedFlag.ALWAYS:
            continue
        said = [plainest(form, seed["classes"]) for form in seed["symptoms"].get(code, ())]
        if said and not any(code in told(text, lexicon, language=language) for text in said):
            missed.append((code, said))
        if not said and code not in {"chest_pain"}:
            missed.append((code, said))
    assert missed == []


def plainest(form: str, classes: dict[str, list[str]]) -> str:
    """Return the words of a form, the first of each group."""
    groups = form.replace(" + ", " ").split(" ")
    words = [part for group in groups for part in group.split("|")[0].replace("-", "_").split("_")]
    named = [classes[word.strip("<>")][0] if word.startswith("<") else word for word in words]
    return " ".join(named).replace("~", "").replace("=", "")


def test_a_seed_speaks_for_its_own_language_alone(lexicon: Lexicon) -> None:
    assert told("জ্বর", lexicon, language="bn") == ["fever"]
    assert told("জ্বর", lexicon, language="ta") == []
    assert told("জ্বর", lexicon, language="hi") == []
    assert told("बुखार", lexicon, language="bn") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_english_words_are_known_in_every_language(language: str, lexicon: Lexicon) -> None:
    assert told("fever, chest pain", lexicon, language=language) == ["fever", "chest_pain"]
    assert told("no fever", lexicon, language=language) == ["-fever"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_spans_point_at_the_words_of_the_text(language: str, lexicon: Lexicon) -> None:
    for row in ROWS:
        if row.language == language:
            found = find_symptoms(f"«{row.text}»", language=language, lexicon=lexicon)
            for symptom in found.symptoms:
                start, end = symptom.span
                assert 1 <= start < end <= len(row.text) + 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("জ্বর", "জ্বর\u200c"),
        ("ব্যথা", "ব্যাথা"),
        ("যন্ত্রণা", "জন্ত্রনা"),
        ("\u09df", "\u09af\u09bc"),
        ("ਖੰਘ", "ਖਂਘ"),
        ("ਖੁੱਲ", "ਖੁਲ"),
        ("കാൽ", "കാല്\u200d"),
        ("ൻ", "ന്"),
        ("ৰ", "র"),
        ("கொ", "கொ"),
        ("ಹೊ", "\u0cb9\u0cc6\u0cc2"),
        ("بیٹی", "بيٹي"),
        ("ایک", "ايك"),
        ("بُخار", "بخار"),
        ("ॲटॅक", "अटॅक"),
    ],
)
def test_spellings_of_one_word_share_a_sound(one: str, other: str) -> None:
    assert sound_of(tokenise(one)[0].plain) == sound_of(tokenise(other)[0].plain)


@pytest.mark.parametrize(
    ("text", "days"), [("৩ দিন ধরে জ্বর", 3), ("১০দিন ধরে জ্বর", 10), ("আজ থেকে জ্বর", 0)]
)
def test_native_digits_are_numbers(text: str, days: int, lexicon: Lexicon) -> None:
    assert find_symptoms(text, language="bn", lexicon=lexicon).duration_days == days


def test_a_language_is_compiled_when_it_is_first_asked_for(lexicon: Lexicon) -> None:
    assert isinstance(lexicon.seeds, Seeds)
    assert lexicon.seeds["bn"] is lexicon.seeds["bn"]
    assert "xx" not in lexicon.seeds


def test_a_seed_may_not_name_a_code_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "loanwords.yaml").write_text("{version: 1, review: r, source: s}")
    (tmp_path / "xx.yaml").write_text(
        "{version: 1, review: r, source: s, symptoms: {hunch: [word]}}"
    )
    file = LexiconFile.model_validate(yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8")))
    with pytest.raises(ValueError, match="hunch"):
        Seeds(file, tmp_path)["xx"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_takes_less_than_two_milliseconds(language: str, lexicon: Lexicon) -> None:
    rows = [row for row in ROWS if row.language == language]
    took_s = []
    find_symptoms(rows[0].text, language=language, lexicon=lexicon)
    for row in rows:
        began = time.perf_counter()
        find_symptoms(row.text, language=language, lexicon=lexicon)
        took_s.append(time.perf_counter() - began)
    assert median(took_s) < 0.002
