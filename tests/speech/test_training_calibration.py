"""From which confidence a symptom is read back is chosen within limits, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("scipy", reason="the group 'training' is not installed")

import numpy

from speech.lexicon import load_lexicon
from speech.models import ModelSpec, load_manifest
from speech.recogniser import Alternative, Transcript, Word
from speech.training import calibration
from speech.training.trial import Clip, Listened

SPEC: ModelSpec = next(spec for spec in load_manifest().models if spec.shipped)


def _listened(heard: str, confidence: float, said: frozenset[str]) -> Listened:
    words = tuple(
        Word(text=text, start_s=0.0, end_s=1.0, confidence=confidence) for text in heard.split()
    )
    transcript = Transcript(
        text=heard, confidence=confidence, words=words, seconds=1.0, model=SPEC.name
    )
    answer = replace(transcript, alternatives=(Alternative(words, confidence),))
    clip = Clip(heard, numpy.zeros(8000), 8000, said)
    return Listened(clip, ["fever", "cough"], transcript, answer, 0.0)


FEVER = frozenset({"fever"})


def test_the_lowest_threshold_that_keeps_false_alarms_out_is_chosen() -> None:
    listened = [
        *(_listened("बुखार", confidence, FEVER) for confidence in (0.99, 0.93, 0.87, 0.55)),
        *(_listened("बुखार", 0.45, frozenset()) for _ in range(3)),
    ]
    chosen = calibration.choose(listened, SPEC, load_lexicon())
    assert (chosen.asked_from, chosen.offer_from) == (0.5, 0.85)
    assert chosen.recall == 1.0
    assert chosen.free_holds


def test_free_speech_has_no_threshold_that_strangers_would_be_misheard_at() -> None:
    listened = [_listened("बुखार", confidence, FEVER) for confidence in (0.99, 0.87, 0.72)]
    assert calibration.choose(listened, SPEC, load_lexicon()).offer_from == 0.85


def test_free_speech_has_the_strictest_where_it_keeps_to_no_limit() -> None:
    wrong_unasked = _listened("उल्टी", 1.0, frozenset())
    listened = [_listened("बुखार", 0.99, FEVER), wrong_unasked]
    chosen = calibration.choose(listened, SPEC, load_lexicon())
    assert not chosen.free_holds
    assert (chosen.offer_from, chosen.sure_share) == (0.95, 0.7)
    assert chosen.asked_from == 0.9


def test_nothing_is_chosen_where_every_threshold_lets_too_much_through() -> None:
    surely_wrong = [_listened("बुखार", 1.0, frozenset())]
    with pytest.raises(ValueError, match="no threshold"):
        calibration.choose(surely_wrong, SPEC, load_lexicon())


def test_what_was_chosen_is_kept_beside_the_model(tmp_path: Path) -> None:
    chosen = calibration.Thresholds(offer_from=0.7, sure_share=0.8, asked_from=0.4, recall=0.9)
    calibration.write(tmp_path, chosen)
    assert calibration.read(tmp_path) == chosen
    spec = chosen.of(SPEC)
    assert (spec.offer_from, spec.sure_share, spec.asked_from) == (0.7, 0.8, 0.4)
