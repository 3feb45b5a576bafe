"""What a model hears of voices that never taught it: by condition of the line, guided and free.

Guided: a prompt with CHOICES expected answers; the clip is heard as freely as any, with all that it
may have been, and only what was asked for is kept. Free: anything. Words: one word, of WORD_CHOICES
that the recogniser is given as its vocabulary.
A symptom counts where the service would read it back (`speech.hearing.understand`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy
from scipy import signal

from speech.audio import Pcm, UnusableAudio, prepare
from speech.evaluation import Score, read_samples
from speech.hearing import understand
from speech.lexicon import Lexicon
from speech.models import InstalledModel, ModelSpec
from speech.recogniser import Transcript, recognise
from speech.symptoms import find_symptoms
from speech.training.augmentation import RATE_HZ, add_noise, amr, at_rate, coloured, mu_law
from speech.training.grammar import LANGUAGE, Grammar
from speech.training.utterances import Samples

CHOICES: Final = 10
WORD_CHOICES: Final = 30
UNHURRIED_S: Final = 600.0  # a slow machine is measured, not cut off
_BAND_HZ: Final = (300, 3400)
_EDGE_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Clip:
    """Something said: its text, at a rate; symptoms: the codes that are in it."""

    text: str
    samples: Samples
    rate_hz: int
    symptoms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Listened:
    """What was heard of a clip. asked: the codes of its question.

    answer: what was heard of it as the answer to the question. took_s: by the slower of the two.
    """

    clip: Clip
    asked: list[str] | None
    transcript: Transcript
    answer: Transcript | None
    took_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The symptoms that were said, and those that would be read back."""

    said: frozenset[str]
    offered: frozenset[str]


@dataclass(frozen=True, slots=True)
class Trial:
    """words: whether each clip of one word was heard as that word."""

    guided: tuple[Answer, ...]
    free: tuple[Answer, ...]
    words: tuple[bool, ...]
    seconds: float
    took_s: float

    def rows(self) -> dict[str, dict[str, float | None]]:
        """Return the figures by kind, and the processing by the audio's time (one thread)."""
        right = sum(self.words) / len(self.words) if self.words else None
        return {
            "guided": figures(self.guided),
            "free": figures(self.free),
            "words": {"right": right and round(right, 3), "words": len(self.words)},
            "time": {"real_time_factor": round(self.took_s / self.seconds, 4)},
        }


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


def clips_in(folder: Path, lexicon: Lexicon) -> list[Clip]:
    """Return the recordings of a folder, as `speech evaluate` reads it.

    Errors: EvaluationError; ValueError for audio that cannot be used.
    """
    clips: list[Clip] = []
    for sample in read_samples(folder, language=LANGUAGE, lexicon=lexicon):
        pcm = prepare(sample.path.read_bytes(), rate_hz=RATE_HZ)
        if isinstance(pcm, UnusableAudio):
            raise ValueError(f"{sample.path.name}: {pcm.reason}")
        samples = numpy.frombuffer(pcm.samples, "<i2")
        clips.append(Clip(sample.text, samples, pcm.rate_hz, sample.codes))
    return clips


def known_words(model: Path) -> list[str]:
    """Return the words that a model may be given as its vocabulary, sorted."""
    lines = (model / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()
    return sorted(word for word in (line.split()[0] for line in lines) if word[0] not in "<[#")


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
    of_words: InstalledModel | None = None,
) -> Trial:
    """Return how the model does in one condition; each question's choices are drawn by seed.

    of_words: the same with a graph that has the single words of the clips, if its own has not.
    """
    listened = listen(clips, model=model, grammar=grammar, condition=condition, seed=seed)
    guided, free = answers(listened, model.spec, lexicon)
    return Trial(
        guided,
        free,
        _heard_words(clips, of_words or model, condition, seed),
        sum(one.transcript.seconds for one in listened),
        sum(one.took_s for one in listened),
    )


def listen(
    clips: Sequence[Clip],
    *,
    model: InstalledModel,
    grammar: Grammar,
    condition: str,
    seed: int,
) -> list[Listened]:
    """Return what the model hears of each clip."""
    random, listened = Random(seed), list[Listened]()
    for number, clip in enumerate(clips):
        pcm = on_line(clip, condition, seed * 1000 + number)
        transcript, took_s = _timed(pcm, model)
        asked, answer = _asked(clip, grammar, random), None
        if asked is not None:
            answer, longer_s = _timed(pcm, model, alternatives=True)
            took_s = max(took_s, longer_s)
        listened.append(Listened(clip, asked, transcript, answer, took_s))
    return listened


def _heard_words(
    clips: Sequence[Clip], model: InstalledModel, condition: str, seed: int
) -> tuple[bool, ...]:
    """Return of each clip of one known word whether it was heard as it, of WORD_CHOICES."""
    random, known, right = Random(seed), known_words(model.path), list[bool]()
    for number, clip in enumerate(clips):
        if clip.text not in known:
            continue
        others = random.sample([w for w in known if w != clip.text], WORD_CHOICES - 1)
        pcm, given = on_line(clip, condition, seed * 1000 + number), [clip.text, *others]
        heard = recognise(pcm, model=model, vocabulary=given, limit_s=UNHURRIED_S)
        right.append(heard.text == clip.text)
    return tuple(right)


def _timed(
    pcm: Pcm, model: InstalledModel, *, alternatives: bool = False
) -> tuple[Transcript, float]:
    """Return what is heard, and the processor's seconds."""
    began = time.process_time()
    transcript = recognise(pcm, model=model, alternatives=alternatives, limit_s=UNHURRIED_S)
    return transcript, time.process_time() - began


def answers(
    listened: Sequence[Listened], spec: ModelSpec, lexicon: Lexicon
) -> tuple[tuple[Answer, ...], tuple[Answer, ...]]:
    """Return what would be read back, guided and free, by the thresholds of the spec."""
    guided, free = list[Answer](), list[Answer]()
    for one in listened:
        offered = understand(one.transcript, spec, lexicon).offered
        free.append(Answer(one.clip.symptoms, frozenset(offered)))
        if one.asked is not None and one.answer is not None:
            offered = understand(one.answer, spec, lexicon, asked=one.asked).offered
            guided.append(Answer(one.clip.symptoms, frozenset(offered)))
    return tuple(guided), tuple(free)


def _asked(clip: Clip, grammar: Grammar, random: Random) -> list[str] | None:
    """Return the choices of a question that the clip may answer; None for a clip of several."""
    if len(clip.symptoms) > 1:
        return None
    others = [code for code in grammar.sayings if code not in clip.symptoms]
    asked = [*clip.symptoms, *random.sample(others, CHOICES - len(clip.symptoms))]
    random.shuffle(asked)
    return asked


def _said(text: str, lexicon: Lexicon) -> set[str]:
    found = find_symptoms(text, language=LANGUAGE, lexicon=lexicon)
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
