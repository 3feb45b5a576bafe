"""Answers that are no symptoms are found where nothing else is said, in every shipped language."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ivr_flows.engine.nodes import MenuNode
from ivr_flows.loading import load_flow_book
from speech.answers import AnswersFile, load_answers
from speech.hearing import one_of_few
from speech.lexicon import load_lexicon


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("हाँ", "yes"),
        ("हाँ जी", "yes"),
        ("जी", "yes"),
        ("ठीक है", "yes"),
        ("नहीं", "no"),
        ("जी नहीं", "no"),
        ("ठीक नहीं है", "no"),
        ("गलत है", "no"),
        ("मेरे पेट में है", "area.abdomen"),
        ("घुटने में", "area.urine"),
        ("सिर", "area.nerves"),
    ],
)
def test_an_answer_is_found_among_words_of_grammar(said: str, answer: str) -> None:
    assert load_answers().find(said, language="hi") == answer


@pytest.mark.parametrize(
    "said", ["", "हाँ नहीं", "पता नहीं", "सिर और पेट", "हाँ बुखार", "आज बारिश हुई", "[unk] हाँ"]
)
def test_what_says_more_or_two_things_is_no_answer(said: str) -> None:
    assert load_answers().find(said, language="hi") is None


@pytest.mark.parametrize(
    ("language", "yes", "no", "belly"),
    [
        ("as", "হয়", "নহয়", "পেট"),
        ("bn", "হ্যাঁ", "না", "পেটে"),
        ("en", "yes", "no", "in my stomach"),
        ("gu", "હા", "ના", "પેટમાં"),
        ("kn", "ಹೌದು", "ಇಲ್ಲ", "ಹೊಟ್ಟೆ"),
        ("ml", "അതെ", "അല്ല", "വയറ്റിൽ"),
        ("mr", "हो", "नाही", "पोटात"),
        ("or", "ହଁ", "ନା", "ପେଟ"),
        ("pa", "ਹਾਂ", "ਨਹੀਂ", "ਪੇਟ"),
        ("ta", "ஆமாம்", "இல்லை", "வயிறு"),
        ("te", "అవును", "కాదు", "కడుపు"),
        ("ur", "ہاں", "نہیں", "پیٹ"),
    ],
)
def test_every_language_has_its_own_words(language: str, yes: str, no: str, belly: str) -> None:
    found = [load_answers().find(said, language=language) for said in (yes, no, belly)]
    assert found == ["yes", "no", "area.abdomen"]


def test_no_language_is_forgotten() -> None:
    languages = {*load_flow_book().languages}
    assert languages == {*load_lexicon().seeds, "hi", "en"}
    for language in languages - {"hi", "en"}:
        assert {*load_answers().seeds[language]} == {"yes", "no"}


def test_what_menus_take_for_a_key_is_an_answer_that_is_known() -> None:
    book = load_flow_book()
    said = {
        choice.said
        for name, _ in book.flows
        for node in book.newest(name).nodes.values()
        if isinstance(node, MenuNode)
        for choice in node.choices.values()
        if choice.said
    }
    assert said == {*load_answers()}


def test_a_part_of_the_body_is_asked_for_as_an_open_question_is() -> None:
    assert one_of_few(["yes", "no"])
    assert one_of_few(["fever"])
    assert not one_of_few([])
    assert not one_of_few(["area.chest"])


def test_a_broken_file_is_refused() -> None:
    with pytest.raises(ValidationError, match="shout"):
        AnswersFile.model_validate(
            {"version": 1, "review": "", "answers": {}, "seeds": {}, "shout": 1}
        )
