"""The recogniser: Vosk, offline; one model shared by a process, one recogniser per utterance."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import vosk

from speech.audio import Pcm
from speech.errors import SpeechError
from speech.models import SHIPPED_DIR, InstalledModel

vosk.SetLogLevel(-1)  # Kaldi would write what was said into the log

# Vosk needs 0.01-0.4 of the audio's time (domain/speech-resources.md); beyond this the caller has
# waited long enough, and the keypad is better than a late answer.
TIME_LIMIT_FACTOR: Final = 1.0
TIME_LIMIT_FLOOR_S: Final = 3.0
MOST_ALTERNATIVES: Final = 30
_CHUNK_S = 0.5
_TRIAL_TIMEOUT_S = 60.0
_TRIAL_RATE_HZ = 16000


class BrokenModelError(SpeechError):
    """The model's files are missing, cut or not Vosk's."""


class RecognitionTimeoutError(SpeechError):
    """The recogniser needed more time than its limit."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its place in the prepared audio (seconds) and its confidence (0-1)."""

    text: str
    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the ways in which the whole may be heard; share: of the likelihood of all (0-1)."""

    words: tuple[Word, ...]
    share: float

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard; confidence is the mean over the words, 0 where none was heard.

    alternatives: where they were asked for, the likeliest first.
    """

    text: str
    confidence: float
    words: tuple[Word, ...]
    seconds: float
    model: str
    alternatives: tuple[Alternative, ...] = ()


_loaded: dict[Path, Any] = {}
_used_at: dict[Path, float] = {}
_loading = threading.Lock()


def recognise(
    pcm: Pcm,
    *,
    model: InstalledModel,
    vocabulary: Sequence[str] = (),
    alternatives: bool = False,
    limit_s: float | None = None,
) -> Transcript:
    """Return what the model hears in the audio.

    vocabulary: phrases that are expected; the recogniser then knows nothing else (models with a
    static graph ignore it). alternatives: tell them too; a word's confidence is then the share of
    those in which it stands. limit_s: by default in proportion to the audio.
    Errors: BrokenModelError; RecognitionTimeoutError.
    """
    limit = limit_s or max(TIME_LIMIT_FLOOR_S, TIME_LIMIT_FACTOR * pcm.seconds)
    recogniser = _open(model.path, pcm.rate_hz, vocabulary)
    recogniser.SetMaxAlternatives(MOST_ALTERNATIVES if alternatives else 0)
    until = time.monotonic() + limit
    step = 2 * int(pcm.rate_hz * _CHUNK_S)
    results: list[dict[str, Any]] = []
    for start in range(0, len(pcm.samples), step):
        if recogniser.AcceptWaveform(pcm.samples[start : start + step]):
            results.append(json.loads(recogniser.Result()))
        if time.monotonic() > until:
            raise RecognitionTimeoutError(f"{model.spec.name}: more than {limit:.1f} s")
    results.append(json.loads(recogniser.FinalResult()))
    ways = _joined(results) if alternatives else ()
    words = ways[0].words if ways else tuple(word for part in results for word in _words(part))
    return Transcript(
        text=" ".join(word.text for word in words),
        confidence=round(sum(w.confidence for w in words) / len(words), 3) if words else 0.0,
        words=words,
        seconds=round(pcm.seconds, 2),
        model=model.spec.name,
        alternatives=ways,
    )


def preload(model: InstalledModel) -> None:
    """Load the model now, before the first caller needs it. Errors: BrokenModelError."""
    _load(model.path)


def unload(path: Path) -> None:
    """Forget the model; its memory is freed when the last recogniser that uses it has gone."""
    with _loading:
        _loaded.pop(path, None)


def unload_idle(idle_s: float) -> None:
    """Forget every model that has not been used for so long; the next caller loads it again."""
    now = time.monotonic()
    with _loading:
        for path in [p for p in _loaded if now - _used_at[p] > idle_s]:
            del _loaded[path]


def _open(path: Path, rate_hz: int, vocabulary: Sequence[str]) -> Any:
    model = _load(path)
    grammar = (json.dumps(list(vocabulary), ensure_ascii=False),) if vocabulary else ()
    try:
        recogniser = vosk.KaldiRecognizer(model, rate_hz, *grammar)
    except Exception as error:  # Vosk raises nothing more precise
        raise BrokenModelError(f"{path.name}: no recogniser could be made") from error
    recogniser.SetWords(True)
    return recogniser


def _load(path: Path) -> Any:
    """Load once in a process; the lock keeps two threads from paying for it twice."""
    with _loading:
        model = _loaded.get(path)
        if model is None:
            if not path.is_relative_to(SHIPPED_DIR):
                try_in_child(path)
            model = _loaded[path] = _new_model(path)
        _used_at[path] = time.monotonic()
        return model


def _new_model(path: Path) -> Any:
    try:
        return vosk.Model(str(path))
    except Exception as error:  # Vosk raises nothing more precise
        raise BrokenModelError(f"{path.name}: Vosk cannot load it") from error


def try_in_child(path: Path) -> None:
    """Load the model and hear silence in a process that may die. Errors: BrokenModelError.

    A cut graph/disambig_tid.int ends the process by SIGSEGV, an empty conf/model.conf by SIGABRT:
    nothing that a worker could catch. Our own model comes checked, and is spared the half second.
    """
    command = [sys.executable, "-m", "speech.recogniser", str(path.resolve())]
    root = Path(__file__).parents[1]
    try:
        # The command is ours; the path is the service's own folder.
        subprocess.run(  # noqa: S603
            command, cwd=root, check=True, capture_output=True, timeout=_TRIAL_TIMEOUT_S
        )
    except subprocess.SubprocessError as error:
        raise BrokenModelError(f"{path.name}: it fails in a trial") from error


def _hear_silence(path: Path) -> None:
    recogniser = vosk.KaldiRecognizer(_new_model(path), _TRIAL_RATE_HZ)
    recogniser.AcceptWaveform(bytes(2 * _TRIAL_RATE_HZ))
    recogniser.FinalResult()


def _words(part: Mapping[str, Any]) -> list[Word]:
    return [
        Word(
            text=word["word"],
            start_s=round(word["start"], 2),
            end_s=round(word["end"], 2),
            confidence=round(word.get("conf", 0.0), 3),
        )
        for word in part.get("result", ())
    ]


def _joined(results: Sequence[Mapping[str, Any]]) -> tuple[Alternative, ...]:
    """Return the likeliest ways of hearing the parts, which pauses divide, one after the other."""
    ways = [Alternative((), 1.0)]
    for part in results:
        both = [
            Alternative(before.words + after.words, before.share * after.share)
            for before, after in product(ways, _ways(part["alternatives"]))
        ]
        ways = sorted(both, key=lambda way: -way.share)[:MOST_ALTERNATIVES]
    return tuple(ways)


def _ways(alternatives: Sequence[Mapping[str, Any]]) -> list[Alternative]:
    """Return the alternatives of one part; Vosk tells of each a logarithm of its likelihood."""
    highest = max(one["confidence"] for one in alternatives)
    sizes = [math.exp(one["confidence"] - highest) for one in alternatives]
    shares = [size / sum(sizes) for size in sizes]
    words = [_words(one) for one in alternatives]
    return [
        Alternative(tuple(replace(w, confidence=_sure(w, words, shares)) for w in way), share)
        for way, share in zip(words, shares, strict=True)
    ]


def _sure(word: Word, ways: Sequence[Sequence[Word]], shares: Sequence[float]) -> float:
    """Return the share of the ways in which the word is heard at the same time."""
    middle = (word.start_s + word.end_s) / 2
    alike = (
        share
        for way, share in zip(ways, shares, strict=True)
        if any(w.text == word.text and w.start_s <= middle <= w.end_s for w in way)
    )
    return round(min(1.0, sum(alike)), 3)


if __name__ == "__main__":
    _hear_silence(Path(sys.argv[1]))
