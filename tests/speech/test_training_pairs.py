"""Minimal pairs: which they are, that they are taught, and how a model is tried with them."""

from __future__ import annotations

from random import Random

import pytest
import yaml

from speech.lexicon import Lexicon, load_lexicon
from speech.models import SHIPPED_DIR
from speech.symptoms import find_symptoms
from speech.training.grammar import Grammar, load_grammar
from speech.training.pairs import (
    PAIRS_PATH,
    TRIED,
    Nearness,
    Pair,
    draw_pair,
    known_pairs,
    load_nearness,
    pairs_of,
    tried_pairs,
)


@pytest.fixture(scope="module")
def pairs() -> tuple[Pair, ...]:
    """Of some symptoms only: all of them take half a minute."""
    whole = load_grammar()
    few = {code: whole.sayings[code] for code in ("jaundice", "seizure", "palpitations")
           if code in whole.sayings}  # fmt: skip
    words = Grammar(whole.sentences, few, ())
    return pairs_of(words, load_lexicon(), ("मिर्ची", "ऐरावत"))


def told(text: str) -> set[str]:
    found = find_symptoms(text, language="hi", lexicon=load_lexicon()).symptoms
    return {symptom.code for symptom in found if not symptom.negated}


def test_what_is_known_tells_of_a_symptom_and_of_another_thing() -> None:
    assert Pair("पीलिया", "काट लिया") in known_pairs()
    for pair in known_pairs():
        assert told(pair.symptom), pair
        assert not told(pair.symptom) & told(pair.other), pair


def test_the_nearest_by_sound_are_derived_and_nothing_of_the_same_meaning(
    pairs: tuple[Pair, ...],
) -> None:
    derived = [pair for pair in pairs if pair not in known_pairs()]
    assert Pair("मिरगी", "मिर्ची") in derived
    assert all("ऐरावत" not in (pair.symptom, pair.other) for pair in derived)
    for pair in derived:
        assert told(pair.symptom)
        assert not told(pair.symptom) & told(pair.other), pair


def test_phones_that_a_telephone_confuses_lie_nearer() -> None:
    near = load_nearness()
    rest = ("ii", "l", "i", "y", "aa")
    said = ("p", *rest)
    alike, other = (near.distance(said, (first, *rest)) for first in ("t", "s"))
    assert 0 == near.distance(said, said) < alike < other < 1
    assert near.distance(said, ("sh", "ə", "h", "ə", "r", "u")) > near.furthest


def test_a_phone_that_there_is_not_or_that_stands_in_two_rows_is_refused() -> None:
    rows = yaml.safe_load(PAIRS_PATH.read_text(encoding="utf-8"))
    for wrong in (["p", "x9"], ["p", "b"]):
        with pytest.raises(ValueError, match="no phone, or in two rows"):
            Nearness.model_validate({**rows, "alike": [*rows["alike"], wrong]})


def test_either_of_a_pair_is_drawn_and_both_in_any_order(pairs: tuple[Pair, ...]) -> None:
    one = (Pair("पीलिया", "काट लिया"),)
    drawn = {draw_pair(one, Random(seed)) for seed in range(60)}
    assert drawn == {"पीलिया", "काट लिया", "पीलिया काट लिया", "काट लिया पीलिया"}


def test_a_model_is_tried_with_all_that_are_known_and_some_that_are_derived() -> None:
    many = (*known_pairs(), *(Pair("पीलिया", f"{number}") for number in range(500)))
    tried = tried_pairs(many)
    assert len(tried) == TRIED
    assert set(known_pairs()) <= set(tried)
    assert len({pair.other for pair in tried} & {str(number) for number in range(250, 500)}) > 10


def test_a_pair_is_tried_by_voice_against_a_real_model(lexicon: Lexicon) -> None:
    pytest.importorskip("scipy", reason="the group 'training' is not installed")
    import numpy

    from speech.audio import Pcm, prepare
    from speech.models import InstalledModel, load_manifest
    from speech.synthesis import synthesise
    from speech.training import confusion
    from speech.training.trial import clip_of

    (spec,) = (spec for spec in load_manifest().models if spec.shipped)
    clips = []
    for text in ("बुखार", "मकान", "खांसी", "दस्त"):
        pcm = prepare(synthesise(text, "hi"), rate_hz=8000)
        assert isinstance(pcm, Pcm)
        clips.append(clip_of(text, numpy.frombuffer(pcm.samples, "<i2"), 8000, lexicon))
    # The sound of one under the name of the other is a confusion.
    clips[3] = clip_of("दस्त", clips[2].samples, 8000, lexicon)
    found = confusion.try_pairs(
        clips,
        model=InstalledModel(spec, SHIPPED_DIR / spec.name),
        lexicon=lexicon,
        vocabulary=frozenset({"बुखार", "खांसी", "दस्त"}),
        condition="8 kHz clean",
        seed=1,
    )
    assert [one.taken for one in found] == [False, False, False, True]
    assert [one.understood for one in found] == [True, None, True, False]
    assert [one.right_of_two for one in found] == [None, None, True, False]
    assert confusion.figures(found) == {
        **{"members": 4, "taken": 1, "told": 3, "understood": 2},
        **{"of_two": 2, "right_of_two": 1, "confused": [["दस्त", "खांसी"]]},
    }
