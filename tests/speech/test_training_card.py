"""The model's card, written from what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("scipy", reason="the group 'training' is not installed")

from speech.models import load_manifest
from speech.training.card import card
from speech.training.grammar import load_grammar
from speech.training.trial import Answer, Trial


def test_the_card_has_every_line_that_was_measured_and_the_open_questions(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(bytes(2_500_000))
    fever, nothing = frozenset({"fever"}), frozenset[str]()
    trial = Trial(
        guided=(Answer(fever, fever), Answer(nothing, nothing)),
        free=(Answer(fever, nothing), Answer(nothing, fever)),
        words=(True, False),
        seconds=10.0,
        took_s=0.2,
    )
    figures = {"kept back": {"telephone band": trial.rows(), "noise 5 dB": trial.rows()}}
    spec = load_manifest().models[0]
    text = card(spec, load_grammar(), figures, tmp_path, seed=7)
    row = "| 1.000 | 1.000 | 0.000 | 0.000 | 0.000 | 1.000 | 0.500 of 2 |"
    assert f"| telephone band {row}\n| noise 5 dB {row}" in text
    assert "**kept back**: 1 symptoms told, 1 utterances without one" in text
    assert f"# {spec.name}" in text
    assert "2.5 MB" in text
    assert "seed 7" in text
    assert "real-time factor on one thread: 0.020" in text
    assert "wordfreq" in text
    assert "{" not in text


def test_what_was_not_measured_is_not_given_a_figure() -> None:
    rows = Trial(guided=(), free=(), words=(), seconds=1.0, took_s=0.1).rows()
    assert rows["free"]["recall"] is None
    assert rows["words"] == {"right": None, "words": 0}
