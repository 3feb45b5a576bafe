"""Telephone audio: WAV files to and from 16-bit mono samples at 8 kHz.

Only the standard library is used: `audioop` leaves Python with 3.13, this project pins 3.11.
"""

from __future__ import annotations

import audioop
import io
import wave
from dataclasses import dataclass

RATE_HZ = 8_000
SAMPLE_BYTES = 2
WINDOW_S = 0.02
# Below this root-mean-square level (of 32,767) a window counts as silence: about -46 dBFS.
SILENCE_LEVEL = 160
_WINDOW_BYTES = int(RATE_HZ * WINDOW_S) * SAMPLE_BYTES


class NotWavError(ValueError):
    """The bytes are not a PCM WAV file that a telephone line could carry."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Something said on a line: 16-bit mono samples at 8 kHz."""

    samples: bytes

    @property
    def seconds(self) -> float:
        return len(self.samples) / (RATE_HZ * SAMPLE_BYTES)

    def first(self, seconds: float) -> Clip:
        return Clip(self.samples[: int(seconds * RATE_HZ) * SAMPLE_BYTES])


def read_wav(body: bytes) -> Clip:
    """Read a PCM WAV file of any rate, width and channel count. Raises NotWavError."""
    try:
        with wave.open(io.BytesIO(body)) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise NotWavError(f"not a PCM WAV file: {error}") from error
    whole = frames[: len(frames) - len(frames) % (width * channels)]
    return Clip(_to_line(whole, width, channels=channels, rate_hz=rate))


def _to_line(frames: bytes, width: int, *, channels: int, rate_hz: int) -> bytes:
    if channels not in (1, 2) or rate_hz <= 0:
        raise NotWavError(f"{channels} channels at {rate_hz} Hz cannot be carried")
    if width == 1:
        # WAV's 8-bit samples are unsigned; audioop's are signed.
        frames = audioop.bias(frames, 1, -128)
    frames = audioop.lin2lin(frames, width, SAMPLE_BYTES)
    if channels == 2:
        frames = audioop.tomono(frames, SAMPLE_BYTES, 0.5, 0.5)
    if rate_hz == RATE_HZ:
        return frames
    return audioop.ratecv(frames, SAMPLE_BYTES, 1, rate_hz, RATE_HZ, None)[0]


def write_wav(clip: Clip) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE_HZ)
        file.writeframes(clip.samples)
    return buffer.getvalue()


def trim_silence(clip: Clip) -> Clip:
    """Cut silence off both ends; what is silent throughout becomes empty."""
    loud = _loud_windows(clip)
    return Clip(clip.samples[loud[0] : loud[-1] + _WINDOW_BYTES] if loud else b"")


def ends_silent(clip: Clip, seconds: float) -> bool:
    """Tell whether the clip's last `seconds` are there, and silent."""
    tail = int(seconds * RATE_HZ) * SAMPLE_BYTES
    return len(clip.samples) >= tail and not _loud_windows(Clip(clip.samples[-tail:]))


def _loud_windows(clip: Clip) -> list[int]:
    starts = range(0, len(clip.samples), _WINDOW_BYTES)
    return [
        at
        for at in starts
        if audioop.rms(clip.samples[at : at + _WINDOW_BYTES], SAMPLE_BYTES) > SILENCE_LEVEL
    ]


def wav_seconds(body: bytes) -> float:
    """Return the playing time of a WAV file, A-law and mu-law included. Raises NotWavError."""
    if body[:4] != b"RIFF" or body[8:12] != b"WAVE":
        raise NotWavError("not a WAV file")
    rate_bytes, at = 0, 12
    while at + 8 <= len(body):
        size = int.from_bytes(body[at + 4 : at + 8], "little")
        if body[at : at + 4] == b"fmt ":
            rate_bytes = int.from_bytes(body[at + 16 : at + 20], "little")
        if body[at : at + 4] == b"data" and rate_bytes:
            # A streamed file may state no true size: what is there is what plays.
            return min(size, len(body) - at - 8) / rate_bytes
        at += 8 + size + size % 2
    raise NotWavError("a WAV file without audio")
