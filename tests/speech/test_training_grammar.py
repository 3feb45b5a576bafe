"""The sentences that the recogniser is taught with, against the lexicon and the menus."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from random import Random

import pytest
import yaml
from babel.messages.pofile import read_po

from config.settings import REPOSITORY
from speech.lexicon import LEXICON_PATH, load_lexicon
from speech.symptoms import find_symptoms
from speech.training.grammar import SENTENCES_PATH, Grammar, load_grammar
from speech.training.lexicon import pronunciations

PROMPTS = REPOSITORY / "ivr_flows" / "locale" / "hi" / "LC_MESSAGES" / "prompts.po"


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return load_grammar()


def test_every_symptom_has_a_way_of_saying_it(grammar: Grammar) -> None:
    file = yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8"))
    assert set(grammar.sayings) == {entry["code"] for entry in file["symptoms"]}


def test_what_is_taught_as_a_symptom_is_read_as_that_symptom(grammar: Grammar) -> None:
    lexicon = load_lexicon()
    for code, sayings in grammar.sayings.items():
        for saying in sayings[::7]:
            read = find_symptoms(saying, language="hi", lexicon=lexicon).symptoms
            assert code in {symptom.code for symptom in read if not symptom.negated}, saying


def test_the_names_of_the_menus_are_in_the_vocabulary(grammar: Grammar) -> None:
    with PROMPTS.open("rb") as file:
        catalogue = read_po(file)
    names = [str(m.string) for m in catalogue if str(m.id).startswith("symptom.")]
    named = unicodedata.normalize("NFC", " ".join(names))
    assert set(re.findall("[\u0900-\u0963]+", named)) - set(grammar.words) == set()


def test_every_word_of_a_drawn_sentence_is_in_the_vocabulary(grammar: Grammar) -> None:
    random = Random(3)
    words = {word for _ in range(2000) for word in grammar.draw(random).split()}
    assert words - set(grammar.words) == set()
    assert len(words) > 800


def test_one_seed_draws_the_same_sentences(grammar: Grammar) -> None:
    first, second = Random(5), Random(5)
    drawn = [grammar.draw(first) for _ in range(20)]
    assert drawn == [grammar.draw(second) for _ in range(20)]
    assert drawn != [grammar.draw(Random(6)) for _ in range(20)]


def test_no_outside_sentence_is_both_taught_and_tested(grammar: Grammar) -> None:
    assert set(grammar.taught_outside).isdisjoint(grammar.tested_outside)
    assert len(grammar.tested_outside) >= 15


def test_outside_sentences_name_no_symptom(grammar: Grammar) -> None:
    lexicon = load_lexicon()
    for sentence in grammar.sentences.outside:
        assert not find_symptoms(sentence, language="hi", lexicon=lexicon).symptoms, sentence


def test_every_word_of_the_vocabulary_can_be_spoken(grammar: Grammar) -> None:
    said = pronunciations(grammar.words)
    assert set(said) == set(grammar.words)


def test_a_template_with_an_unknown_slot_is_refused(tmp_path: Path) -> None:
    broken = yaml.safe_load(SENTENCES_PATH.read_text(encoding="utf-8"))
    broken["kinds"]["since"]["templates"].append("{wnen} से")
    path = tmp_path / "sentences.yaml"
    path.write_text(yaml.safe_dump(broken, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ValueError, match="wnen"):
        load_grammar(path)
