"""A run: in which order, what each voice is given to say, which teaching is chosen."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("scipy", reason="the group 'training' is not installed")
pytest.importorskip("tqdm", reason="the group 'training' is not installed")
pytest.importorskip("wordfreq", reason="the group 'training' is not installed")

import numpy

from speech.models import FIGURES, InstalledModel, load_manifest
from speech.synthesis import synthesise
from speech.training import calibration, confusion, pipeline, speaking, trial
from speech.training.grammar import load_grammar
from speech.training.run import Run, Voice
from speech.training.utterances import Span, Utterance, load


def run_in(folder: Path, **settings: Any) -> Run:
    return Run(folder=folder, voices=folder, **settings)


def spoken(text: str) -> Utterance:
    spans = (Span("SIL", 0.0, 0.1), Span("aa", 0.1, 1.0))
    return Utterance(text, "nobody", 8000, numpy.zeros(8000, "<i2"), spans)


def test_audio_and_graphs_are_made_once_and_networks_as_often_as_asked(tmp_path: Path) -> None:
    jobs = [" ".join(job) for job in pipeline._jobs(run_in(tmp_path, teachings=2))]
    voices = [f"speak {voice}" for voice in Voice]
    teachings = ["teach 1", "teach 2", "calibrate 1", "calibrate 2"]
    assert jobs == [*voices, "line", "graph", *teachings, "try"]


def test_a_stage_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(pipeline.TrainingError, match="'speak' failed"):
        pipeline.train(run_in(tmp_path / "run", minutes={}))


def test_who_teaches_also_says_pairs_and_who_tests_never_what_was_taught(tmp_path: Path) -> None:
    (tmp_path / "pairs.json").write_text(json.dumps([["पीलिया", "काट लिया"]]), encoding="utf-8")
    grammar, random = load_grammar(), Random(1)
    teach, test = speaking._to_teach(run_in(tmp_path)), speaking._to_test(grammar)
    taught = [teach(random) for _ in range(300)]
    assert {"पीलिया", "काट लिया"} <= set(taught)
    tried = {test(random) for _ in range(300)}
    assert tried & set(grammar.tested_outside)
    assert not set(taught) & set(grammar.tested_outside)


def test_a_voice_speaks_until_there_are_minutes_enough_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def say(text: str, random: Random) -> Utterance:
        said.append(text)
        return spoken(text)

    monkeypatch.setattr(speaking, "_speaker", lambda run, voice: say)
    run = run_in(tmp_path, minutes={Voice.HELD: 1.2})
    speaking.speak(run, Voice.HELD)
    assert len(said) == 2 * speaking.SHARD
    run.said(Voice.HELD)[1].unlink()
    speaking.speak(run, Voice.HELD)
    assert len(said) == 3 * speaking.SHARD
    assert said[speaking.SHARD : 2 * speaking.SHARD] == said[2 * speaking.SHARD :]


def test_both_of_a_pair_are_said_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "_speaker", lambda run, voice: lambda text, _: spoken(text))
    (tmp_path / "pairs.json").write_text(json.dumps([["पीलिया", "पिया"]]), encoding="utf-8")
    speaking.speak(run_in(tmp_path), Voice.PAIRS)
    texts = [one.text for one in load(run_in(tmp_path).said(Voice.PAIRS))]
    assert texts[:2] == ["पीलिया", "काट लिया"]
    assert texts[-2:] == ["पीलिया", "पिया"]


def test_the_teaching_that_reads_most_back_of_its_tuning_voices_is_chosen_and_all_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_in(tmp_path, teachings=3, seed=4)
    for number, recall in ((1, 0.8), (2, 0.9), (3, 0.7)):
        model = run.teaching(number) / "model"
        (model / "graph").mkdir(parents=True)
        (model / "graph" / "words.txt").write_text("हाँ 1\n", encoding="utf-8")
        (model / "which").write_text(str(number))
        chosen = calibration.Thresholds(
            offer_from=0.7 + number / 100,
            sure_share=0.7,
            asked_from=0.4,
            recall=recall,
        )
        calibration.write(run.teaching(number), chosen)
    none = trial.Trial(guided=(), free=(), words=(), seconds=1.0, took_s=0.1).rows()

    def tried(run: Run, model: object, lines: tuple[str, ...] | None) -> dict[str, Any]:
        return {"kept back": dict.fromkeys(lines or trial.CONDITIONS, none)}

    monkeypatch.setattr(pipeline, "_tried", tried)
    monkeypatch.setattr(pipeline, "_tried_pairs", lambda run, model: confusion.figures([]))
    pipeline.try_out(run)
    assert (run.model / "which").read_text() == "2"
    written = json.loads((run.model / FIGURES).read_text(encoding="utf-8"))
    assert written["seed"] == 5
    assert set(written["spread"]) == {"4", "6"}
    assert "confidence from 0.72" in (run.model / "MODEL_CARD.md").read_text(encoding="utf-8")


def recorded(folder: Path, **words: str) -> Path:
    """A folder of recordings as `speech evaluate` reads it, one for each word by its name."""
    folder.mkdir(parents=True)
    for name in words:
        (folder / f"{name}.wav").write_bytes(synthesise("बुखार", "hi"))
    rows = [f"{name}.wav\t{word}\n" for name, word in words.items()]
    (folder / "transcripts.tsv").write_text("".join(rows), encoding="utf-8")
    return folder


def test_recordings_that_cannot_be_used_are_told_before_anything_is_spoken(tmp_path: Path) -> None:
    empty = tmp_path / "nobody"
    empty.mkdir()
    with pytest.raises(pipeline.TrainingError, match=r"nobody: .*transcripts\.tsv cannot be read"):
        pipeline.train(run_in(tmp_path / "run", unseen=(empty,)))
    torn = recorded(tmp_path / "torn", one="बुखार")
    (torn / "one.wav").write_bytes(b"no sound")
    with pytest.raises(pipeline.TrainingError, match=r"torn: one\.wav"):
        pipeline.train(run_in(tmp_path / "run", unseen=(torn,)))
    with pytest.raises(pipeline.TrainingError, match="one name"):
        pipeline.train(run_in(tmp_path / "run", unseen=(torn, tmp_path / "other" / "torn")))


def test_a_word_that_the_vocabulary_lacks_gets_a_graph_of_its_recordings_words(
    tmp_path: Path,
) -> None:
    people = recorded(tmp_path / "people", one="कबूतर", two="बुखार", three="बहुत बुखार है")
    run = run_in(tmp_path / "run", unseen=(people,))
    run.folder.mkdir()
    pipeline._note_words(run)
    assert json.loads(run.words(people).read_text(encoding="utf-8")) == ["कबूतर", "बुखार"]

    ours = InstalledModel(load_manifest().models[0], tmp_path / "teaching" / "model")
    (ours.path / "graph").mkdir(parents=True)
    (ours.path / "graph" / "words.txt").write_text("बुखार 1\n", encoding="utf-8")
    (ours.path / "network").write_text("ours")
    graph = pipeline._graph_of_words(run, people)
    assert pipeline._with_words(ours, graph) is ours
    graph.mkdir(parents=True)
    (graph / "words.txt").write_text("कबूतर 1\nबुखार 2\n", encoding="utf-8")
    theirs = pipeline._with_words(ours, graph)
    assert trial.known_words(theirs.path) == ["कबूतर", "बुखार"]
    assert (theirs.path / "network").read_text() == "ours"
    assert trial.known_words(ours.path) == ["बुखार"]
