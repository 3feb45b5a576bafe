"""What a model hears of voices that never taught it: by condition of the line, guided and free.

Guided: a prompt with CHOICES expected answers, each any of its sayings, the words that people put
around an answer, and [unk]. Free: anything.
An answer counts where the service would read it back (`speech.hearing.understand`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import numpy
from scipy import signal

from speech.audio import Pcm
from speech.evaluation import Score
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


@dataclass(frozen=True, slots=True)
class Answer:
    """The symptoms that were said, and those that would be read back."""

    said: frozenset[str]
    offered: frozenset[str]


@dataclass(frozen=True, slots=True)
class Trial:
    guided: tuple[Answer, ...]
    free: tuple[Answer, ...]


def figures(answers: Sequence[Answer]) -> dict[str, float | None]:
    """Return the shares, rounded, and over how much they were taken.

    false_alarms: of the utterances without a symptom, the share in which one was taken to be said.
    """
    score = Score(
        right=sum(len(a.offered & a.said) for a in answers),
        invented=sum(len(a.offered - a.said) for a in answers),
        missed=sum(len(a.said - a.offered) for a in answers),
    )
    outside = [bool(a.offered) for a in answers if not a.said]
    shares = {
        "recall": score.recall,
        "precision": score.precision,
        "false_alarms": sum(outside) / len(outside) if outside else None,
    }
    rounded = {name: None if share is None else round(share, 3) for name, share in shares.items()}
    return {**rounded, "symptoms": score.right + score.missed, "outside": len(outside)}


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
    random = Random(seed)
    guided: list[Answer] = []
    free: list[Answer] = []
    for number, clip in enumerate(clips):
        pcm = on_line(clip, condition, seed * 1000 + number)
        heard = understand(recognise(pcm, model=model), model.spec, lexicon)
        free.append(Answer(clip.symptoms, frozenset(heard.offered)))
        asked = _asked(clip, grammar, random)
        if asked is None:
            continue
        sayings = [saying for code in asked for saying in grammar.sayings[code]]
        vocabulary = [*sayings, *grammar.fillers, UNKNOWN]
        answer = recognise(pcm, model=model, vocabulary=vocabulary)
        offered = understand(answer, model.spec, lexicon).offered
        guided.append(Answer(clip.symptoms, frozenset(offered) & frozenset(asked)))
    return Trial(tuple(guided), tuple(free))


def _asked(clip: Clip, grammar: Grammar, random: Random) -> list[str] | None:
    """Return the choices of a question that the clip may answer; None for a clip of several."""
    if len(clip.symptoms) > 1:
        return None
    others = [code for code in grammar.sayings if code not in clip.symptoms]
    asked = [*clip.symptoms, *random.sample(others, CHOICES - len(clip.symptoms))]
    random.shuffle(asked)
    return asked


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
