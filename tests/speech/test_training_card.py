"""The model's card, written from what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("scipy", reason="the group 'training' is not installed")

from speech.models import load_manifest
from speech.training.card import Figures, card
from speech.training.grammar import load_grammar
from speech.training.trial import Answer, Trial


def write_words(model: Path) -> None:
    (model / "graph").mkdir()
    words = ("<eps>", "[unk]", "हाँ", "नहीं", "#0")
    lines = [f"{word} {number}\n" for number, word in enumerate(words)]
    (model / "graph" / "words.txt").write_text("".join(lines), encoding="utf-8")


def test_the_card_has_every_line_that_was_measured_and_the_open_questions(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(bytes(2_500_000))
    write_words(tmp_path)
    fever, nothing = frozenset({"fever"}), frozenset[str]()
    trial = Trial(
        guided=(Answer(fever, fever), Answer(nothing, nothing)),
        free=(Answer(fever, nothing), Answer(nothing, fever)),
        words=(True, False),
        seconds=10.0,
        took_s=0.2,
    )
    lines = {"kept back": {"telephone band": trial.rows(), "noise 5 dB": trial.rows()}}
    spec = load_manifest().models[0]
    text = card(spec, load_grammar(), Figures(seed=7, lines=lines), tmp_path)
    row = "| 1.000 | 1.000 | 0.000 | 0.000 | 0.000 | 1.000 | 0.500 of 2 |"
    assert f"| telephone band {row}\n| noise 5 dB {row}" in text
    assert "**kept back**: 1 symptoms told, 1 utterances without one" in text
    assert f"# {spec.name}" in text
    assert "2.5 MB, 2 words for" in text
    assert "seed 7" in text
    assert "real-time factor on one thread: 0.020" in text
    assert "wordfreq" in text
    assert "One teaching only" in text
    assert "Not measured." in text
    assert "{" not in text


def test_the_card_has_the_spread_of_the_teachings_and_the_pairs(tmp_path: Path) -> None:
    fever = frozenset({"fever"})
    answers = {True: Answer(fever, fever), False: Answer(fever, frozenset())}

    def line(*understood: bool) -> dict[str, Any]:
        told = tuple(answers[one] for one in understood)
        trial = Trial(guided=told, free=told, words=(True,), seconds=10.0, took_s=0.2)
        return {"kept back": {"telephone band": trial.rows()}}

    write_words(tmp_path)
    figures = Figures(
        seed=2,
        lines=line(True, True),
        spread={1: line(True, False), 3: line(False, False)},
        pairs={
            **{"members": 4, "taken": 1, "told": 3, "understood": 2},
            **{"of_two": 4, "right_of_two": 3, "confused": [["काट लिया", "पीलिया"]]},
        },
        onward="an-older-one",
    )
    text = card(load_manifest().models[0], load_grammar(), figures, tmp_path)
    seeds = [
        row.split("|")[1:3] for row in text.splitlines() if row.startswith(("| 1 ", "| 2 ", "| 3 "))
    ]
    assert [[cell.strip() for cell in row] for row in seeds] == [
        *(["1", "0.500"], ["2", "1.000"], ["3", "0.000"])
    ]
    assert "seed 2, going on from an-older-one" in text
    assert "Taken for the other: काट लिया (पीलिया)" in text
    assert "3 right of 4" in text


def test_what_was_not_measured_is_not_given_a_figure() -> None:
    rows = Trial(guided=(), free=(), words=(), seconds=1.0, took_s=0.1).rows()
    assert rows["free"]["recall"] is None
    assert rows["words"] == {"right": None, "words": 0}
