from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from speech.lexicon import LEXICON_PATH, Lexicon, LexiconFile, compile_lexicon
from speech.symptoms import find_symptoms

SEED = Path(__file__).parents[2] / ".." / "shared" / "data" / "symptoms-seed.yaml"


def codes_in(text: str, lexicon: Lexicon) -> list[str]:
    return [s.code for s in find_symptoms(text, language="hi", lexicon=lexicon).symptoms]


def test_the_seeds_codes_names_groups_and_flags_are_kept(lexicon: Lexicon) -> None:
    if not SEED.is_file():
        pytest.skip("needs ../shared/data/symptoms-seed.yaml")
    for seed in yaml.safe_load(SEED.read_text(encoding="utf-8")):
        entry = lexicon.entries[seed["code"]]
        assert (entry.english, entry.group, entry.red_flag) == (
            seed["english"],
            seed["group"],
            seed["red_flag"],
        )


def test_every_devanagari_word_of_the_seed_is_found(lexicon: Lexicon) -> None:
    if not SEED.is_file():
        pytest.skip("needs ../shared/data/symptoms-seed.yaml")
    missed = [
        (seed["code"], form)
        for seed in yaml.safe_load(SEED.read_text(encoding="utf-8"))
        for form in seed["hi"]
        if codes_in(form, lexicon) != [seed["code"]]
    ]
    assert missed == []


def lexicon_file() -> LexiconFile:
    return LexiconFile.model_validate(yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8")))


def test_the_lexicon_is_wide_and_each_code_stands_once() -> None:
    symptoms = lexicon_file().symptoms
    assert len({entry.code for entry in symptoms}) == len(symptoms) >= 150
    assert sum(len(entry.hi) for entry in symptoms) >= 600
    assert all(entry.en or entry.hi_latn for entry in symptoms)


def test_a_form_of_an_unknown_class_is_refused() -> None:
    file = lexicon_file()
    entry = file.symptoms[0].model_copy(update={"hi": ("<nowhere> दर्द",)})
    with pytest.raises(ValueError, match="nowhere"):
        compile_lexicon(file.model_copy(update={"symptoms": (entry,)}))


def test_a_code_without_a_source_is_refused() -> None:
    file = lexicon_file()
    entry = file.symptoms[0].model_copy(update={"source": "hearsay"})
    with pytest.raises(ValueError, match="hearsay"):
        compile_lexicon(file.model_copy(update={"symptoms": (entry,)}))
