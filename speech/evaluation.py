"""How well a model hears a folder of recordings: words, characters, symptoms, red flags, time.

The folder holds audio files and `transcripts.tsv`: file name, tab, what is really said in it; a
third column may hold the symptom codes that are in it, comma-separated ("" for none). Where it is
missing, they are read off the true words, so that the recogniser alone is judged.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rapidfuzz.distance import Levenshtein

from speech.audio import UnusableAudio, prepare
from speech.errors import SpeechError
from speech.hearing import understand
from speech.lexicon import Lexicon, RedFlag
from speech.models import InstalledModel
from speech.phonetics import plain_form
from speech.recogniser import recognise
from speech.symptoms import Findings, find_symptoms

TRANSCRIPTS: Final = "transcripts.tsv"
_PUNCTUATION: Final = ".,;:!?।॥۔؟،\"'()[]…-"


class EvaluationError(SpeechError):
    """The folder cannot be evaluated; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording with its truth; codes: the symptoms that it tells, denied ones left out."""

    path: Path
    text: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one sample; `unusable` names why nothing was heard, empty otherwise."""

    sample: Sample
    text: str
    codes: frozenset[str]
    offered: frozenset[str]
    seconds: float
    took_s: float
    unusable: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Right, invented and missed codes, summed over all samples."""

    right: int
    invented: int
    missed: int

    @property
    def precision(self) -> float | None:
        said = self.right + self.invented
        return self.right / said if said else None

    @property
    def recall(self) -> float | None:
        true = self.right + self.missed
        return self.right / true if true else None

    @property
    def f1(self) -> float | None:
        said = 2 * self.right + self.invented + self.missed
        return 2 * self.right / said if said else None


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one model on one folder; None where there was nothing to measure.

    wer, cer: errors by word and by character of the truth (may pass 1). symptoms: of all that was
    heard; offered: of what would be read back to the caller. red_flag_recall: of the codes that
    are always a red flag, the share that was heard. real_time_factor: processing by audio time.
    """

    model: str
    samples: int
    unusable: int
    wer: float | None
    cer: float | None
    symptoms: Score
    offered: Score
    red_flag_recall: float | None
    real_time_factor: float | None


def read_samples(folder: Path, *, language: str, lexicon: Lexicon) -> list[Sample]:
    """Return the folder's samples in the order of its list. Errors: EvaluationError."""
    listed = folder / TRANSCRIPTS
    try:
        lines = listed.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{listed} cannot be read as UTF-8 text") from error
    samples: list[Sample] = []
    for number, row in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
        if not row:
            continue
        if len(row) not in (2, 3):
            raise EvaluationError(f"{listed}:{number}: want file, words and perhaps codes, by tabs")
        path = folder / row[0]
        if path.resolve().parent != folder.resolve() or not path.is_file():
            raise EvaluationError(f"{listed}:{number}: no such recording beside it: {row[0]}")
        codes = _codes(row[2]) if len(row) > 2 else _read_off(row[1], language, lexicon)
        if unknown := sorted(codes - lexicon.entries.keys()):
            raise EvaluationError(f"{listed}:{number}: no such symptom code: {unknown[0]}")
        samples.append(Sample(path, row[1], codes))
    if not samples:
        raise EvaluationError(f"{listed} lists no recording")
    return samples


def evaluate(
    samples: Sequence[Sample],
    *,
    model: InstalledModel,
    lexicon: Lexicon,
    vocabulary: Sequence[str] = (),
    progress: Callable[[Outcome], None] = lambda _outcome: None,
) -> Report:
    """Hear every sample with the model and return the figures. Errors: BrokenModelError."""
    outcomes = []
    for sample in samples:
        outcome = _hear(sample, model, lexicon, vocabulary)
        progress(outcome)
        outcomes.append(outcome)
    return _report(outcomes, model.spec.name, lexicon)


def _hear(
    sample: Sample, model: InstalledModel, lexicon: Lexicon, vocabulary: Sequence[str]
) -> Outcome:
    started = time.perf_counter()
    pcm = prepare(sample.path.read_bytes(), rate_hz=model.spec.rate_hz)
    if isinstance(pcm, UnusableAudio):
        took = time.perf_counter() - started
        return Outcome(sample, "", frozenset(), frozenset(), 0.0, took, pcm.reason.value)
    # A slow model is measured here, not cut off.
    transcript = recognise(
        pcm, model=model, vocabulary=vocabulary, limit_s=max(60.0, 10 * pcm.seconds)
    )
    heard = understand(transcript, model.spec, lexicon)
    took = time.perf_counter() - started
    codes = frozenset(s.code for s in heard.symptoms if not s.negated)
    return Outcome(
        sample, transcript.text, codes, frozenset(heard.offered), transcript.seconds, took
    )


def _report(outcomes: Sequence[Outcome], model: str, lexicon: Lexicon) -> Report:
    words = [_distance(_words(o.sample.text), _words(o.text)) for o in outcomes]
    letters = [_distance(" ".join(_words(o.sample.text)), " ".join(_words(o.text)))
               for o in outcomes]  # fmt: skip
    always = {c for c, entry in lexicon.entries.items() if entry.red_flag is RedFlag.ALWAYS}
    flags = _score((o.sample.codes & always, o.codes & always) for o in outcomes)
    seconds = sum(outcome.seconds for outcome in outcomes)
    return Report(
        model=model,
        samples=len(outcomes),
        unusable=sum(bool(outcome.unusable) for outcome in outcomes),
        wer=_rate(words),
        cer=_rate(letters),
        symptoms=_score((o.sample.codes, o.codes) for o in outcomes),
        offered=_score((o.sample.codes, o.offered) for o in outcomes),
        red_flag_recall=flags.recall,
        real_time_factor=sum(o.took_s for o in outcomes) / seconds if seconds else None,
    )


def _words(text: str) -> list[str]:
    """The words as far as spelling is forgiven: nukta, case and punctuation do not count."""
    return [plain_form(bare) for word in text.split() if (bare := word.strip(_PUNCTUATION))]


def _distance(truth: Sequence[str], heard: Sequence[str]) -> tuple[int, int]:
    return Levenshtein.distance(truth, heard), len(truth)


def _rate(pairs: Iterable[tuple[int, int]]) -> float | None:
    errors, total = (sum(column) for column in zip(*pairs, strict=True))
    return errors / total if total else None


def _score(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> Score:
    right = invented = missed = 0
    for truth, said in pairs:
        right += len(truth & said)
        invented += len(said - truth)
        missed += len(truth - said)
    return Score(right, invented, missed)


def _codes(text: str) -> frozenset[str]:
    return frozenset(code for part in text.split(",") if (code := part.strip()))


def _read_off(text: str, language: str, lexicon: Lexicon) -> frozenset[str]:
    found: Findings = find_symptoms(text, language=language, lexicon=lexicon)
    return frozenset(symptom.code for symptom in found.symptoms if not symptom.negated)
