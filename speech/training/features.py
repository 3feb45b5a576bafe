"""What the network sees, Kaldi's MFCC as Vosk computes them, and what it should say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy

from speech.training.augmentation import RATE_HZ, Heard
from speech.training.kaldi import INPUT_DIM
from speech.training.phones import PHONES, SILENCE
from speech.training.utterances import Samples

FRAMES_A_SECOND: Final = 100
# A frame stands for the middle of its 25 ms window.
_MIDDLE_S: Final = 0.0125
# A phone needs a frame of the network's, which sees every third; a shorter silence is none.
_SHORTEST_SILENCE_S: Final = 0.06
# What `masked` leaves out at most: of the bands, and frames.
_WIDEST_MASK: Final = 6
_LONGEST_MASK: Final = 8
_OUTPUT: Final = {phone: number for number, phone in enumerate(PHONES)}


@dataclass(frozen=True, slots=True)
class Example:
    """features: frames x INPUT_DIM; labels: a phone's number a frame; phones: their sequence."""

    features: Samples
    labels: Samples
    phones: tuple[int, ...]


def example_of(heard: Heard) -> Example:
    """Return what the network learns from an utterance."""
    features = mfcc(heard.samples)
    labels = numpy.zeros(len(features), "i1")
    phones: list[int] = []
    for span in heard.spans:
        if span.phone == SILENCE and span.end_s - span.start_s < _SHORTEST_SILENCE_S:
            continue
        start, end = (
            max(0, round((at - _MIDDLE_S) * FRAMES_A_SECOND)) for at in (span.start_s, span.end_s)
        )
        if start >= len(labels):
            break
        labels[start : max(end, start + 1)] = _OUTPUT[span.phone]
        if not (phones and span.phone == SILENCE and phones[-1] == 0):
            phones.append(_OUTPUT[span.phone])
    return Example(features.astype("f2"), labels, tuple(phones))


def mfcc(samples: Samples) -> Samples:
    """Return frames x INPUT_DIM, with the settings that `kaldi.write_model` writes for Vosk."""
    import kaldi_native_fbank

    options: Any = kaldi_native_fbank.MfccOptions()
    options.frame_opts.samp_freq = RATE_HZ
    options.frame_opts.dither = 1.0  # Kaldi's own, which Vosk leaves on
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = options.num_ceps = INPUT_DIM
    options.mel_opts.low_freq, options.mel_opts.high_freq = 150, 3600
    options.use_energy = False
    stream: Any = kaldi_native_fbank.OnlineMfcc(options)
    stream.accept_waveform(RATE_HZ, numpy.round(samples).astype("f4"))
    stream.input_finished()
    frames = [stream.get_frame(number) for number in range(stream.num_frames_ready)]
    return numpy.stack(frames) if frames else numpy.zeros((0, INPUT_DIM), "f4")


def save(path: Path, examples: Sequence[Example]) -> None:
    """Write examples to one file; it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    numpy.savez(
        unfinished,
        features=numpy.concatenate([e.features for e in examples]),
        labels=numpy.concatenate([e.labels for e in examples]),
        phones=numpy.concatenate([numpy.array(e.phones, "i1") for e in examples]),
        counts=numpy.array([(len(e.features), len(e.phones)) for e in examples]),
    )
    unfinished.replace(path)


def load(paths: Iterable[Path]) -> list[Example]:
    """Return the examples of files that `save` wrote, in their order."""
    found: list[Example] = []
    for path in paths:
        with numpy.load(path) as file:
            features, labels, phones = file["features"], file["labels"], file["phones"]
            frame = phone = 0
            for frames, count in file["counts"].tolist():
                part = slice(frame, frame + frames)
                said = tuple(phones[phone : phone + count].tolist())
                found.append(Example(features[part], labels[part], said))
                frame, phone = frame + frames, phone + count
    return found


def mean_of(examples: Sequence[Example]) -> Samples:
    """Return the mean of all frames, which a call's own replaces as it goes on."""
    total = numpy.sum([e.features.astype("f8").sum(axis=0) for e in examples], axis=0)
    return numpy.asarray(total / sum(len(e.features) for e in examples))


def normalised(features: Samples, mean: Samples) -> Samples:
    """Return the features less their mean so far: Kaldi's online CMVN with its defaults.

    At most the last 600 frames count, filled up by at most 200 of the training set's mean.
    """
    sums = numpy.concatenate([numpy.zeros((1, features.shape[1])), numpy.cumsum(features, 0, "f8")])
    ends = numpy.arange(1, len(features) + 1)
    starts = numpy.maximum(0, ends - 600)
    counts = (ends - starts)[:, None].astype("f8")
    filled = numpy.clip(600 - counts, 0, 200)
    means = (sums[ends] - sums[starts] + filled * mean) / (counts + filled)
    return numpy.asarray((features - means).astype("f4"))


def masked(features: Samples, random: Random) -> Samples:
    """Return normalised features with bands and moments left out, for which their mean stands.

    After Park et al. 2019, "SpecAugment". So no phone is known by one formant or moment alone.
    """
    shown = features.copy()
    for _ in range(random.choice((0, 1, 2))):
        width = random.randint(1, _WIDEST_MASK)
        first = random.randint(0, INPUT_DIM - width)
        cosines = _cosines()[:, first : first + width]
        band = (shown / _lifter()) @ cosines @ cosines.T * _lifter()
        shown -= band.astype("f4")
    for _ in range(random.choice((0, 1, 2))):
        start = random.randrange(len(shown))
        shown[start : start + random.randint(1, _LONGEST_MASK)] = 0
    return shown


@cache
def _cosines() -> Samples:
    """Return cepstra x bands: Kaldi's orthonormal cosines, that make the ones of the others."""
    rows = numpy.arange(INPUT_DIM)[:, None]
    waves = numpy.cos(numpy.pi / INPUT_DIM * (numpy.arange(INPUT_DIM) + 0.5) * rows)
    waves *= numpy.sqrt(2 / INPUT_DIM)
    waves[0] = numpy.sqrt(1 / INPUT_DIM)
    return numpy.asarray(waves)


@cache
def _lifter() -> Samples:
    """Return by how much each cepstrum is larger than its cosine's sum (Kaldi's default, 22)."""
    return numpy.asarray(1 + 11 * numpy.sin(numpy.pi * numpy.arange(INPUT_DIM) / 22))
