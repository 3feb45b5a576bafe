"""What lies between a mouth and the recogniser: rooms, noises, bands, codecs, other throats.

Each copy of an utterance is treated by chance, seeded; the times of its phones move with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy
from scipy import signal

from speech.ffmpeg import convert
from speech.training.phones import SILENCE
from speech.training.sources import other_source
from speech.training.utterances import Samples, Span, Utterance

RATE_HZ: Final = 8000
# Bit rates of AMR-NB; its mode of 12.2 kb/s is the codec of GSM's enhanced full rate.
AMR_RATES: Final = ("12.2k", "7.95k", "5.9k", "4.75k")

_FULL_SCALE: Final = 32767.0
_PACKET: Final = 160  # samples of 20 ms
_AMR_DELAY: Final = 40  # samples that the codec looks ahead: the phones' times must not move
_QUIET: Final = 1e-9
_WINDOW: Final = 256
_CODEC_TIMEOUT_S: Final = 120.0
# A one-pole average of neighbouring bins, back and forth: finer than formants, not than pitch.
_SMOOTH: Final = ([0.35], [1, -0.65])


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance at the far end of a line: 8 kHz, in the scale of 16-bit samples."""

    utterance: Utterance
    samples: Samples
    spans: tuple[Span, ...]
    codec: str | None = None


def telephone(utterance: Utterance, dice: Any, crowd: Sequence[Samples] = ()) -> Heard:
    """Return the utterance as it comes out of some telephone. dice: numpy's RandomState.

    crowd: other voices at 8 kHz, for babble. The codec, which is slow, is left to `through_codecs`.
    """
    speed = float(numpy.clip(dice.normal(1.0, 0.09), 0.8, 1.25))
    samples, spans = _with_other_silence(*_at_speed(utterance, speed), dice)
    samples = samples / (numpy.abs(samples).max() + _QUIET)
    samples = _another_speaker(samples, spans, dice)
    if dice.rand() < 0.4:
        samples = _in_a_room(samples, dice)
    if dice.rand() < 0.8:
        samples = _equalised(samples, dice)
    if dice.rand() < 0.75:
        samples = _with_noise(samples, dice, crowd)
    on_line = dice.rand() < 0.65
    if on_line:
        band = [dice.uniform(200, 380), dice.uniform(3000, 3600)]
        taps = signal.butter(dice.randint(2, 5), band, "band", fs=RATE_HZ, output="sos")
        samples = signal.sosfilt(taps, samples)
    if dice.rand() < 0.6:
        samples = _with_line_silence(samples, spans, dice)
    level = 10 ** (dice.uniform(-34, -1) / 20)
    samples = samples / (numpy.abs(samples).max() + _QUIET) * level * _FULL_SCALE
    if dice.rand() < 0.06:
        samples = numpy.clip(samples * dice.uniform(1.5, 4), -20000, 20000)
    if dice.rand() < 0.05:
        samples = _with_lost_packets(samples, dice)
    if on_line and dice.rand() < 0.5:
        samples = mu_law(samples)
    codec = AMR_RATES[dice.randint(len(AMR_RATES))] if dice.rand() < 0.25 else None
    return Heard(utterance, numpy.clip(samples, -_FULL_SCALE, _FULL_SCALE), spans, codec)


def through_codecs(batch: Sequence[Heard]) -> list[Heard]:
    """Return the batch, all that takes one codec at one go. Errors: ConversionError."""
    done = list(batch)
    for codec in AMR_RATES:
        places = [place for place, heard in enumerate(batch) if heard.codec == codec]
        if not places:
            continue
        coded = amr(numpy.concatenate([batch[place].samples for place in places]), codec)
        at = 0
        for place in places:
            length = len(batch[place].samples)
            heard = batch[place]
            done[place] = Heard(heard.utterance, coded[at : at + length], heard.spans)
            at += length
    return done


def amr(samples: Samples, rate: str) -> Samples:
    """Return the samples as AMR-NB leaves them, as many as there were. Errors: ConversionError."""
    raw = ("-f", "s16le", "-ar", str(RATE_HZ), "-ac", "1")
    coded = convert(
        samples.astype("<i2").tobytes(),
        (*raw, "-i", "pipe:0", "-c:a", "libopencore_amrnb", "-b:a", rate, "-f", "amr", "pipe:1"),
        timeout_s=_CODEC_TIMEOUT_S,
    )
    plain = convert(
        coded, ("-f", "amr", "-i", "pipe:0", *raw, "pipe:1"), timeout_s=_CODEC_TIMEOUT_S
    )
    decoded = numpy.frombuffer(plain, "<i2").astype("f4")[_AMR_DELAY : _AMR_DELAY + len(samples)]
    return numpy.pad(decoded, (0, len(samples) - len(decoded)))


def mu_law(samples: Samples) -> Samples:
    """Return the samples as 8-bit µ-law leaves them (ITU-T G.711, its smooth form)."""
    scaled = numpy.clip(samples / 32768, -1, 1)
    coded = numpy.round(numpy.sign(scaled) * numpy.log1p(255 * abs(scaled)) / numpy.log(256) * 127)
    decoded = numpy.expm1(abs(coded) / 127 * numpy.log(256)) / 255
    return numpy.asarray(numpy.sign(coded) * decoded * 32768)


def at_rate(samples: Samples, rate_hz: int, speed: float = 1.0) -> Samples:
    """Return the samples at 8 kHz, said at another speed and so at another pitch."""
    count = int(len(samples) * RATE_HZ / (rate_hz * speed))
    return numpy.asarray(signal.resample(samples.astype("f8"), max(1, count)))


def _at_speed(utterance: Utterance, speed: float) -> tuple[Samples, list[Span]]:
    spans = [Span(s.phone, s.start_s / speed, s.end_s / speed) for s in utterance.spans]
    return at_rate(utterance.samples, utterance.rate_hz, speed), spans


def _with_other_silence(
    samples: Samples, spans: list[Span], dice: Any
) -> tuple[Samples, tuple[Span, ...]]:
    """Return less or more silence at both ends than the voice left there."""
    seconds = len(samples) / RATE_HZ
    first = spans[0].end_s if spans[0].phone == SILENCE else 0.0
    last = spans[-1].start_s if spans[-1].phone == SILENCE else seconds
    start = max(0.0, first - dice.choice([0.02, 0.1, 0.3, 1.0]) * dice.rand())
    end = min(seconds, last + dice.choice([0.03, 0.15, 0.4, 1.0]) * dice.rand())
    before = dice.choice([0, 0, 0.2, 0.6, 1.2]) * dice.rand()
    after = dice.choice([0, 0, 0.2, 0.8, 1.6]) * dice.rand()
    cut = samples[int(start * RATE_HZ) : int(end * RATE_HZ)]
    silence = numpy.zeros(int(before * RATE_HZ)), numpy.zeros(int(after * RATE_HZ))
    moved = [
        Span(s.phone, max(s.start_s, start) - start + before, min(s.end_s, end) - start + before)
        for s in spans
        if s.end_s > start and s.start_s < end
    ]
    whole = numpy.concatenate([silence[0], cut, silence[1]])
    if before:
        moved.insert(0, Span(SILENCE, 0.0, before))
    if after:
        moved.append(Span(SILENCE, moved[-1].end_s, len(whole) / RATE_HZ))
    return whole, tuple(moved)


def _another_speaker(samples: Samples, spans: Sequence[Span], dice: Any) -> Samples:
    """Return the samples as they are, from another throat, or from another larynx too."""
    kind, stretch = dice.rand(), dice.uniform(0.82, 1.2)
    if kind < 0.3:
        return other_source(samples, spans, RATE_HZ, dice, stretch=stretch)
    return _other_throat(samples, stretch) if kind < 0.6 else samples


def _other_throat(samples: Samples, factor: float) -> Samples:
    """Return a longer or shorter vocal tract: the spectrum's shape stretched, the pitch kept."""
    _, _, spectrum = signal.stft(samples, nperseg=_WINDOW)
    size, phase = numpy.abs(spectrum), numpy.angle(spectrum)
    bins = numpy.arange(len(size))
    envelope = signal.lfilter(*_SMOOTH, size[::-1], axis=0)[::-1]
    envelope = signal.lfilter(*_SMOOTH, envelope, axis=0) + _QUIET
    source = numpy.clip(bins / factor, 0, len(bins) - 1)
    low = source.astype(int)
    high, share = numpy.minimum(low + 1, len(bins) - 1), (source - low)[:, None]
    moved = envelope[low] * (1 - share) + envelope[high] * share
    _, changed = signal.istft(size / envelope * moved * numpy.exp(1j * phase), nperseg=_WINDOW)
    return numpy.asarray(numpy.pad(changed, (0, _WINDOW))[: len(samples)])


def _in_a_room(samples: Samples, dice: Any) -> Samples:
    length = int(dice.uniform(0.08, 0.45) * RATE_HZ)
    echo = dice.randn(length) * numpy.exp(-6.9 * numpy.arange(length) / length)
    echo[0] = 0
    echo *= dice.uniform(0.05, 0.6) / numpy.sqrt((echo**2).sum() + _QUIET)
    echo[0] = 1
    return numpy.asarray(signal.fftconvolve(samples, echo)[: len(samples)])


def _equalised(samples: Samples, dice: Any) -> Samples:
    spectrum = numpy.fft.rfft(samples)
    bands = numpy.linspace(0, RATE_HZ / 2, 7)
    gains_db = dice.normal(0, 4, 7) + dice.normal(0, 5) * numpy.linspace(-1, 1, 7)
    at = numpy.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    gains = 10 ** (numpy.interp(at, bands, gains_db) / 20)
    return numpy.asarray(numpy.fft.irfft(spectrum * gains, len(samples)))


def _with_noise(samples: Samples, dice: Any, crowd: Sequence[Samples]) -> Samples:
    babbling = crowd and dice.rand() < 0.35
    noise = _babble(len(samples), dice, crowd) if babbling else _street(len(samples), dice)
    return add_noise(samples, noise, dice.uniform(3, 35))


def add_noise(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Return the samples with noise at a ratio of powers."""
    power = numpy.sqrt(numpy.mean(samples**2)) + _QUIET
    return numpy.asarray(samples + noise / (noise.std() + _QUIET) * power * 10 ** (-snr_db / 20))


def _babble(length: int, dice: Any, crowd: Sequence[Samples]) -> Samples:
    noise = numpy.zeros(length)
    for _ in range(dice.randint(2, 6)):
        voice = crowd[dice.randint(len(crowd))]
        talk = numpy.resize(numpy.roll(voice, dice.randint(len(voice))), length)
        noise += talk / (talk.std() + 1) * dice.uniform(0.3, 1)
    return noise


def _street(length: int, dice: Any) -> Samples:
    """Return coloured noise, which may hum like the mains and swell like traffic."""
    noise = coloured(length, dice, float(dice.choice([0, 0.5, 1, 1.5])))
    times = numpy.arange(length) / RATE_HZ
    if dice.rand() < 0.2:
        hum = [dice.rand() * numpy.sin(2 * numpy.pi * 50 * n * times) for n in (1, 2, 3, 5, 7)]
        noise = noise / (noise.std() + _QUIET) + numpy.sum(hum, axis=0)
    if dice.rand() < 0.3:
        noise = noise * (1 + 0.9 * numpy.sin(2 * numpy.pi * dice.uniform(0.3, 3) * times))
    return numpy.asarray(noise)


def coloured(length: int, dice: Any, slope: float) -> Samples:
    """Return noise whose amplitude falls with frequency ** slope."""
    spectrum = numpy.fft.rfft(dice.randn(length))
    at = numpy.fft.rfftfreq(length, 1 / RATE_HZ)
    at[0] = at[1] if length > 1 else 1
    return numpy.asarray(numpy.fft.irfft(spectrum / at**slope, length))


def _with_line_silence(samples: Samples, spans: Sequence[Span], dice: Any) -> Samples:
    """Return what a line of its own has where nobody speaks: it hums or hisses; or it is shut.

    A line that is shut sends zeros, or the comfort noise of its codec, between the words.
    """
    spoken = numpy.zeros(len(samples), bool)
    for span in spans:
        if span.phone != SILENCE:
            spoken[int(span.start_s * RATE_HZ) : int(span.end_s * RATE_HZ)] = True
    level = samples[spoken].std() if spoken.any() else 0.0
    kind = dice.choice(["hum", "hum", "hiss", "comfort", "zeros"])
    if kind == "zeros":
        return numpy.asarray(numpy.where(spoken, samples, 0.0))
    floor = _hum(len(samples), dice) if kind == "hum" else _hiss(len(samples), dice)
    floor = floor / (floor.std() + _QUIET) * level * 10 ** (dice.uniform(-60, -20) / 20)
    return numpy.asarray(
        numpy.where(spoken, samples, floor) if kind == "comfort" else samples + floor
    )


def _hum(length: int, dice: Any) -> Samples:
    """Return the buzz of the mains or of a mobile's bursts, which has the overtones of a voice."""
    base = dice.choice([50, 60, 100, 120, 150, 217]) * dice.uniform(0.97, 1.03)
    times = numpy.arange(length) / RATE_HZ
    overtones = numpy.arange(1, int(RATE_HZ / 2 / base))
    sizes = overtones ** -dice.uniform(0, 1.5) * dice.uniform(0.2, 1, len(overtones))
    phases = dice.uniform(0, 2 * numpy.pi) + dice.uniform(0, 1) * overtones
    waves = numpy.sin(2 * numpy.pi * base * overtones * times[:, None] + phases)
    return numpy.asarray(waves @ sizes)


def _hiss(length: int, dice: Any) -> Samples:
    """Return noise with broad peaks, as a codec keeps of the last noise that it heard."""
    spectrum = numpy.fft.rfft(dice.randn(length))
    at = numpy.linspace(0, 1, len(spectrum))
    gains_db = numpy.interp(at, numpy.linspace(0, 1, 9), dice.normal(0, 8, 9))
    return numpy.asarray(numpy.fft.irfft(spectrum * 10 ** (gains_db / 20), length))


def _with_lost_packets(samples: Samples, dice: Any) -> Samples:
    kept = samples.copy()
    for start in range(0, len(kept), _PACKET):
        if dice.rand() < 0.03:
            kept[start : start + _PACKET] = 0
    return kept
