from __future__ import annotations

import csv
import shutil
import threading
from pathlib import Path

import pytest

from speech import recogniser
from speech.audio import Pcm, prepare
from speech.models import SHIPPED_DIR, InstalledModel, Mode, ModelSpec, find_model
from speech.recogniser import (
    BrokenModelError,
    RecognitionTimeoutError,
    Transcript,
    recognise,
    unload,
)
from speech.synthesis import synthesise

SHIPPED = "vosk-hi-doorvani-3"


def shipped_model() -> InstalledModel:
    model = find_model("hi", None)
    assert isinstance(model, InstalledModel)
    return model


def placed_at(path: Path, *, rate_hz: int = 8000) -> InstalledModel:
    spec = ModelSpec(
        name=path.name, language="hi", mode=Mode.CLOSED, rate_hz=rate_hz,
        offer_from=0.9, sure_share=0.5, licence="test", source="test",
    )  # fmt: skip
    return InstalledModel(spec, path)


def pcm_of(audio: bytes, *, rate_hz: int = 8000) -> Pcm:
    pcm = prepare(audio, rate_hz=rate_hz)
    assert isinstance(pcm, Pcm)
    return pcm


def transcripts(folder: Path) -> list[tuple[Path, str]]:
    with (folder / "transcripts.tsv").open(encoding="utf-8") as rows:
        return [(folder / name, text) for name, text in csv.reader(rows, delimiter="\t")]


def word_errors(said: str, heard: str) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(heard.split()) + 1))
    for i, word in enumerate(said.split(), 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard.split(), 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def test_human_hindi_is_recognised_by_a_model_that_knows_the_sentences(
    human_hindi: Path, closed_set_model: Path
) -> None:
    model = placed_at(closed_set_model, rate_hz=16000)
    errors = words = 0
    for file, said in transcripts(human_hindi):
        heard = recognise(pcm_of(file.read_bytes(), rate_hz=16000), model=model)
        errors += word_errors(said, heard.text)
        words += len(said.split())
    # Measured: 5 % (11 of 212 words).
    assert errors / words < 0.08


def test_words_carry_times_in_order_and_confidences() -> None:
    heard = recognise(pcm_of(synthesise("मुझे तीन दिन से बुखार है", "hi")), model=shipped_model())
    assert heard.text == "मुझे तीन दिन से बुखार है"
    assert heard.model == SHIPPED
    assert [word.text for word in heard.words] == heard.text.split()
    assert all(0 <= w.start_s < w.end_s <= heard.seconds + 0.1 for w in heard.words)
    assert all(a.start_s <= b.start_s for a, b in zip(heard.words, heard.words[1:], strict=False))
    assert 0.9 < heard.confidence <= 1


def test_a_vocabulary_leaves_the_recogniser_no_other_answer() -> None:
    pcm = pcm_of(synthesise("बुखार", "hi"))
    assert recognise(pcm, model=shipped_model(), vocabulary=["बुखार", "खांसी"]).text == "बुखार"
    other = recognise(pcm, model=shipped_model(), vocabulary=["दस्त", "खांसी"])
    assert set(other.text.split()) <= {"दस्त", "खांसी"}


def test_silence_is_an_empty_transcript_of_no_confidence() -> None:
    heard = recognise(Pcm(bytes(16000), 8000), model=shipped_model())
    assert heard == Transcript("", 0.0, (), 1.0, SHIPPED)


def test_alternatives_share_all_that_may_have_been_said() -> None:
    pcm = pcm_of(synthesise("मुझे तीन दिन से बुखार है", "hi"))
    heard = recognise(pcm, model=shipped_model(), alternatives=True)
    assert heard.text == "मुझे तीन दिन से बुखार है"
    assert heard.words == heard.alternatives[0].words
    shares = [way.share for way in heard.alternatives]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    assert all(0 < word.confidence <= 1 for word in heard.words)
    starts = [word.start_s for word in heard.words]
    assert starts == sorted(starts)


def test_a_pause_divides_alternatives_that_are_told_as_one() -> None:
    said = [pcm_of(synthesise(text, "hi")) for text in ("बुखार", "खांसी")]
    silence = bytes(2 * said[0].rate_hz * 2)
    pcm = Pcm(silence.join(part.samples for part in said), said[0].rate_hz)
    heard = recognise(pcm, model=shipped_model(), alternatives=True)
    assert heard.text == "बुखार खांसी"
    assert sum(way.share for way in heard.alternatives) <= 1.0001


def test_silence_has_alternatives_without_a_word() -> None:
    heard = recognise(Pcm(bytes(16000), 8000), model=shipped_model(), alternatives=True)
    assert (heard.text, heard.confidence, heard.words) == ("", 0.0, ())


def test_a_recogniser_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(RecognitionTimeoutError, match=SHIPPED):
        recognise(pcm_of(synthesise("बुखार", "hi")), model=shipped_model(), limit_s=1e-6)


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("am/final.mdl", b"\x93garbage"),
        ("graph/HCLr.fst", b""),
        ("graph/words.txt", b"\xff\xfe"),
        ("graph/disambig_tid.int", b""),  # dies by SIGSEGV where nothing guards it
        ("conf/model.conf", b""),  # dies by SIGABRT
    ],
)
def test_a_damaged_model_is_a_named_error_and_not_the_workers_end(
    tmp_path: Path, part: str, content: bytes
) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(SHIPPED_DIR / SHIPPED, folder)
    (folder / part).write_bytes(content)
    with pytest.raises(BrokenModelError, match="damaged"):
        recognise(Pcm(bytes(16000), 8000), model=placed_at(folder))


def test_a_sound_model_passes_the_trial(tmp_path: Path) -> None:
    folder = tmp_path / "copied"
    shutil.copytree(SHIPPED_DIR / SHIPPED, folder)
    heard = recognise(pcm_of(synthesise("बुखार", "hi")), model=placed_at(folder))
    assert heard.text == "बुखार"


def test_threads_share_one_model_that_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, pcm = shipped_model(), pcm_of(synthesise("सिर दर्द", "hi"))
    unload(model.path)
    loads: list[Path] = []
    real = recogniser._new_model

    def counted(path: Path) -> object:
        loads.append(path)
        return real(path)

    monkeypatch.setattr(recogniser, "_new_model", counted)
    heard: list[str] = []
    threads = [
        threading.Thread(target=lambda: heard.append(recognise(pcm, model=model).text))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == ["सिर दर्द"] * 4
    assert loads == [model.path]
