"""`speech evaluate`: its arithmetic on known answers, and the whole of it on real audio."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from speech import evaluation
from speech.audio import Pcm
from speech.evaluation import EvaluationError, Score, evaluate, read_samples
from speech.lexicon import Lexicon
from speech.models import InstalledModel, NoModel, find_model
from speech.recogniser import Transcript, Word


@pytest.fixture
def model() -> InstalledModel:
    found = find_model("hi", None)
    assert not isinstance(found, NoModel)
    return found


def listed(folder: Path, *lines: str) -> Path:
    for line in lines:
        (folder / line.split("\t")[0]).write_bytes(b"audio")
    (folder / "transcripts.tsv").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return folder


def hearing(monkeypatch: pytest.MonkeyPatch, *texts: str, confidence: float = 1.0) -> None:
    """Let the recogniser say these, one after another; the arithmetic alone is tested."""
    said = iter(texts)

    def recognise(pcm: Pcm, **_: object) -> Transcript:
        words = tuple(Word(word, 0.0, 0.1, confidence) for word in next(said).split())
        text = " ".join(word.text for word in words)
        return Transcript(text, confidence, words, pcm.seconds, "stand-in")

    monkeypatch.setattr(evaluation, "prepare", lambda _audio, **_: Pcm(bytes(16000), 8000))
    monkeypatch.setattr(evaluation, "recognise", recognise)


def test_the_figures_of_known_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: InstalledModel, lexicon: Lexicon
) -> None:
    listed(tmp_path, "1.wav\tमुझे तीन दिन से बुखार है", "2.wav\tसाँप ने काटा", "3.wav\tखाँसी है\tcough")
    hearing(monkeypatch, "मुझे तीन दिन से बुखार है", "पीलिया", "खाँसी और बुखार है")
    samples = read_samples(tmp_path, language="hi", lexicon=lexicon)
    report = evaluate(samples, model=model, lexicon=lexicon)
    # Truth: fever; snakebite; cough. Heard: fever; jaundice; cough and fever.
    assert report.symptoms == Score(right=2, invented=2, missed=1)
    assert report.symptoms.precision == pytest.approx(1 / 2)
    assert report.symptoms.recall == pytest.approx(2 / 3)
    assert report.symptoms.f1 == pytest.approx(4 / 7)
    assert report.red_flag_recall == 0
    # Words: 0 of 6 wrong, 3 of 3, 2 of 2 and two more.
    assert report.wer == pytest.approx((0 + 3 + 2) / (6 + 3 + 2))
    assert report.real_time_factor is not None


def test_what_would_not_be_read_back_counts_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: InstalledModel, lexicon: Lexicon
) -> None:
    listed(tmp_path, "1.wav\tबुखार है")
    hearing(monkeypatch, "बुखार है", confidence=0.5)
    samples = read_samples(tmp_path, language="hi", lexicon=lexicon)
    report = evaluate(samples, model=model, lexicon=lexicon)
    assert report.symptoms == Score(right=1, invented=0, missed=0)
    assert report.offered == Score(right=0, invented=0, missed=1)


def test_audio_that_cannot_be_used_is_counted_and_missed(
    tmp_path: Path, model: InstalledModel, lexicon: Lexicon
) -> None:
    samples = read_samples(listed(tmp_path, "1.wav\tबुखार है"), language="hi", lexicon=lexicon)
    report = evaluate(samples, model=model, lexicon=lexicon)
    assert (report.samples, report.unusable) == (1, 1)
    assert report.symptoms == Score(right=0, invented=0, missed=1)
    assert report.real_time_factor is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1.wav", "want file, words"),
        ("../1.wav\tबुखार", "no such recording"),
        ("2.wav\tबुखार", "no such recording"),
        ("1.wav\tबुखार\tfevre", "no such symptom code: fevre"),
        ("", "lists no recording"),
    ],
    ids=["no-words", "outside", "missing", "unknown-code", "empty"],
)
def test_a_broken_list_is_told_with_its_line(
    tmp_path: Path, lexicon: Lexicon, line: str, message: str
) -> None:
    (tmp_path / "1.wav").write_bytes(b"audio")
    (tmp_path / "transcripts.tsv").write_text(f"{line}\n", "utf-8")
    with pytest.raises(EvaluationError, match=message):
        read_samples(tmp_path, language="hi", lexicon=lexicon)


def test_a_folder_without_a_list_is_told(tmp_path: Path, lexicon: Lexicon) -> None:
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_samples(tmp_path, language="hi", lexicon=lexicon)


def test_the_command_measures_the_shipped_model_on_real_audio(spoken_symptoms: Path) -> None:
    arguments = ["speech", "evaluate", "--lang", "hi", "--json", str(spoken_symptoms)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["model"] == "vosk-hi-doorvani-3"
    assert figures["samples"] == 20
    assert figures["symptom_recall"] >= 0.9
    assert figures["wer"] < 0.3
    assert figures["real_time_factor"] < 1


def test_two_models_are_compared_and_an_unknown_one_is_named(spoken_symptoms: Path) -> None:
    folder = str(spoken_symptoms)
    ours = "vosk-hi-doorvani-3"
    both = ["speech", "evaluate", "--lang", "hi", "--model", ours, "--model", ours, folder]
    result = CliRunner().invoke(main, both)
    names, samples, *_ = (line.split() for line in result.stdout.splitlines())
    assert names == ["model", ours, ours]
    assert samples == ["samples", "20", "20"]
    result = CliRunner().invoke(
        main, ["speech", "evaluate", "--lang", "hi", "--model", "none", folder]
    )
    assert result.exit_code == 1
    assert "none is not installed" in result.output


def test_a_language_without_a_model_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["speech", "evaluate", "--lang", "ta", str(tmp_path)])
    assert result.exit_code == 1
    assert "no speech model for 'ta'" in result.output
