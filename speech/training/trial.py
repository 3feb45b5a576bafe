"""What a model hears of voices that never taught it: by condition of the line, guided and free.

Guided: a prompt with CHOICES expected answers, each any of its sayings, the words that people put
around an answer, and [unk]. Free: anything.
An answer counts where the service would read it back (`speech.hearing.understand`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import numpy
from scipy import signal

from speech.audio import Pcm
from speech.hearing import understand
from speech.lexicon import Lexicon
from speech.models import InstalledModel
from speech.recogniser import recognise
from speech.symptoms import find_symptoms
from speech.training.augmentation import RATE_HZ, add_noise, amr, at_rate, coloured, mu_law
from speech.training.grammar import Grammar
from speech.training.utterances import Samples

CHOICES: Final = 10
UNKNOWN: Final = "[unk]"
_BAND_HZ: Final = (300, 3400)
_EDGE_S: Final = 0.3
_LANGUAGE: Final = "hi"


@dataclass(frozen=True, slots=True)
class Clip:
    """Something said: its text, at a rate; symptoms: the codes that are in it."""

    text: str
    samples: Samples
    rate_hz: int
    symptoms: frozenset[str]


@dataclass(slots=True)
class Score:
    """Counts over clips. right, wrong: symptoms that would be read back; there: that were said."""

    right: int = 0
    wrong: int = 0
    there: int = 0
    outside: int = 0
    invented: int = 0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 0.0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def false_alarms(self) -> float:
        """The share of utterances outside the domain in which a symptom was taken to be said."""
        return self.invented / self.outside if self.outside else 0.0

    def figures(self) -> dict[str, float]:
        """Return the shares, rounded, and over how much they were taken."""
        return {
            "recall": round(self.recall, 3),
            "precision": round(self.precision, 3),
            "symptoms": self.there,
            "false_alarms": round(self.false_alarms, 3),
            "outside": self.outside,
        }


@dataclass(slots=True)
class Trial:
    guided: Score = field(default_factory=Score)
    free: Score = field(default_factory=Score)


def clip_of(text: str, samples: Samples, rate_hz: int, lexicon: Lexicon) -> Clip:
    return Clip(text, samples, rate_hz, frozenset(_said(text, lexicon)))


def on_line(clip: Clip, condition: str, seed: int) -> Pcm:
    """Return the clip at 8 kHz down a line of CONDITIONS. Errors: KeyError for no such line."""
    dice = numpy.random.RandomState(seed)
    samples = CONDITIONS[condition](at_rate(clip.samples, clip.rate_hz), dice)
    edge = dice.randint(-3, 4, int(_EDGE_S * RATE_HZ))
    whole = numpy.concatenate([edge, numpy.clip(samples, -32767, 32767), edge])
    return Pcm(whole.astype("<i2").tobytes(), RATE_HZ)


def try_model(
    clips: Sequence[Clip],
    *,
    model: InstalledModel,
    grammar: Grammar,
    lexicon: Lexicon,
    condition: str,
    seed: int = 1,
) -> Trial:
    """Return how the model does in one condition; each question's choices are drawn by seed."""
    trial, random = Trial(), Random(seed)
    for number, clip in enumerate(clips):
        pcm = on_line(clip, condition, seed * 1000 + number)
        heard = recognise(pcm, model=model)
        _count(trial.free, clip.symptoms, understand(heard, model.spec, lexicon).offered)
        asked = _asked(clip, grammar, random)
        if asked is None:
            continue
        sayings = [saying for code in asked for saying in grammar.sayings[code]]
        vocabulary = [*sayings, *grammar.fillers, UNKNOWN]
        answer = recognise(pcm, model=model, vocabulary=vocabulary)
        offered = understand(answer, model.spec, lexicon).offered
        _count(trial.guided, clip.symptoms, [code for code in offered if code in asked])
    return trial


def _asked(clip: Clip, grammar: Grammar, random: Random) -> list[str] | None:
    """Return the choices of a question that the clip may answer; None for a clip of several."""
    if len(clip.symptoms) > 1:
        return None
    others = [code for code in grammar.sayings if code not in clip.symptoms]
    asked = [*clip.symptoms, *random.sample(others, CHOICES - len(clip.symptoms))]
    random.shuffle(asked)
    return asked


def _count(score: Score, said: frozenset[str], offered: Iterable[str]) -> None:
    taken = set(offered)
    score.right += len(taken & said)
    score.wrong += len(taken - said)
    score.there += len(said)
    if not said:
        score.outside += 1
        score.invented += bool(taken)


def _said(text: str, lexicon: Lexicon) -> set[str]:
    found = find_symptoms(text, language=_LANGUAGE, lexicon=lexicon)
    return {symptom.code for symptom in found.symptoms if not symptom.negated}


def _band(samples: Samples) -> Samples:
    taps = signal.butter(5, _BAND_HZ, "band", fs=RATE_HZ, output="sos")
    return mu_law(signal.sosfilt(taps, samples * 10 ** (-4 / 20)))


def _noisy(snr_db: float) -> Any:
    def heard(samples: Samples, dice: Any) -> Samples:
        return _band(add_noise(samples, coloured(len(samples), dice, 0.5), snr_db))

    return heard


CONDITIONS: Final[Mapping[str, Any]] = {
    "8 kHz clean": lambda samples, _: samples,
    "telephone band": lambda samples, _: _band(samples),
    "GSM (EFR)": lambda samples, _: amr(_band(samples), "12.2k"),
    "noise 20 dB": _noisy(20),
    "noise 10 dB": _noisy(10),
    "noise 5 dB": _noisy(5),
}
