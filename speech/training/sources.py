"""The same words from another larynx: source and filter apart, and another source put in.

Every synthesiser has a buzz of its own, and a network that is taught by few of them learns the buzz
with the phones. Here the filter of each moment (linear prediction; Makhoul 1975, "Linear
prediction: a tutorial review") is kept or stretched, and driven by pulses of another pitch, breath,
or both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy

from speech.training.phones import VOWELS
from speech.training.utterances import Samples, Span

_VOICED: Final = frozenset(
    (*VOWELS, "g", "j", "D", "d", "n", "b", "m", "y", "r", "l", "v", "R", "z")
)
_ORDER: Final = 12  # poles: a formant each kilohertz, and some for the rest
_WINDOW: Final = 200  # samples of 25 ms
_STEP: Final = 50
_SIZE: Final = 512
_FLOOR: Final = 1e-4  # of the power, as white noise, so that no filter rings
_QUIET: Final = 1e-9


def other_source(
    samples: Samples, spans: Sequence[Span], rate_hz: int, dice: Any, *, stretch: float = 1.0
) -> Samples:
    """Return the samples said by another larynx, as many. stretch: of the formants upwards.

    spans: which phones sound, and so where there is a voice. dice: numpy's RandomState.
    """
    padded = numpy.pad(samples, (_WINDOW, _SIZE + _WINDOW))
    count = (len(samples) + _WINDOW) // _STEP + 1
    at = numpy.arange(count)[:, None] * _STEP + numpy.arange(_WINDOW)
    window = numpy.hanning(_WINDOW)
    filters, gains = _filters(padded[at] * window)
    source = numpy.pad(_source(len(samples), spans, rate_hz, dice), (_WINDOW, _SIZE + _WINDOW))
    driven = source[at] * window
    driven /= numpy.sqrt((driven**2).sum(1, keepdims=True)) + _QUIET
    bins = numpy.arange(_SIZE // 2 + 1) / stretch
    turns = numpy.exp(-2j * numpy.pi * numpy.outer(numpy.arange(_ORDER + 1), bins) / _SIZE)
    spectra = numpy.fft.rfft(driven, _SIZE) * gains[:, None] / (numpy.abs(filters @ turns) + _QUIET)
    said = numpy.zeros(len(padded))
    for frame, start in zip(numpy.fft.irfft(spectra, _SIZE), at[:, 0], strict=True):
        said[start : start + _SIZE] += frame
    return numpy.asarray(said[_WINDOW : _WINDOW + len(samples)])


def _filters(frames: Samples) -> tuple[Samples, Samples]:
    """Return each frame's inverse filter (Levinson and Durbin), and the size of what it leaves."""
    power = numpy.abs(numpy.fft.rfft(frames, _SIZE)) ** 2
    alike = numpy.fft.irfft(power)[:, : _ORDER + 1]
    alike[:, 0] = alike[:, 0] * (1 + _FLOOR) + _QUIET
    filters = numpy.zeros((len(frames), _ORDER + 1))
    filters[:, 0], left = 1, alike[:, 0].copy()
    for order in range(1, _ORDER + 1):
        reflection = -(filters[:, :order] * alike[:, order:0:-1]).sum(1) / left
        filters[:, 1 : order + 1] += reflection[:, None] * filters[:, order - 1 :: -1][:, :order]
        left *= 1 - reflection**2
    return filters, numpy.sqrt(numpy.maximum(left, 0))


def _source(length: int, spans: Sequence[Span], rate_hz: int, dice: Any) -> Samples:
    """Return pulses where a voice sounds, breath elsewhere and some of it everywhere."""
    voiced = numpy.zeros(length)
    for span in spans:
        if span.phone in _VOICED:
            voiced[int(span.start_s * rate_hz) : int(span.end_s * rate_hz)] = 1
    voiced = numpy.convolve(voiced, numpy.hanning(80) / numpy.hanning(80).sum(), "same")
    pitch_hz = numpy.exp(dice.uniform(numpy.log(75), numpy.log(300)))
    knots = max(2, int(3 * length / rate_hz))
    sway = numpy.exp(dice.choice([0, 0.05, 0.15]) * dice.randn(knots))
    fall = numpy.linspace(1, dice.uniform(0.75, 1.1), length)
    pitch = pitch_hz * fall * numpy.interp(numpy.linspace(0, knots - 1, length), range(knots), sway)
    cycles = numpy.cumsum(pitch / rate_hz)
    pulses = numpy.diff(numpy.floor(cycles), prepend=0) * numpy.sqrt(rate_hz / pitch)
    breath, share = (
        dice.randn(length),
        dice.choice([0.03, 0.15, 0.4, 1.0], p=[0.4, 0.3, 0.25, 0.05]),
    )
    return numpy.asarray(voiced * (pulses + share * breath) + (1 - voiced) * breath)
