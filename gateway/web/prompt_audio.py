"""What a carrier fetches to play: recorded prompts, hold music, and synthesised words."""

from __future__ import annotations

import hashlib
import io
import math
import re
import struct
import wave
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from gateway.telephony.speech import SpeechBook

RATE_HZ: Final = 8000
_NAME = re.compile(r"^[a-z0-9_.-]{1,80}$")


class Voice(Protocol):
    """Speaks a text; returns a WAV file, PCM 16-bit mono 8 kHz."""

    def __call__(self, text: str, language: str) -> bytes: ...


class PromptAudio:
    """Serves audio by address; what was synthesised once is kept in a folder."""

    def __init__(self, *, book: SpeechBook, voice: Voice, cache_dir: Path, recorded: Path) -> None:
        self._book = book
        self._voice = voice
        self._cache_dir = cache_dir
        self._recorded = recorded

    def open(self, token: str) -> bytes:
        """Return the words behind a sealed address as audio. Errors: UnknownAudio."""
        language, text = self._book.open_audio_token(token)
        kept = self._cache_dir / f"{hashlib.sha256(token.encode()).hexdigest()}.wav"
        if kept.exists():
            return kept.read_bytes()
        spoken = self._voice(text, language)
        self._cache_dir.mkdir(parents=True, exist_ok=True)
        # Written aside and renamed, so that another process never reads half a file.
        part = kept.with_suffix(f".{id(spoken)}.part")
        part.write_bytes(spoken)
        part.replace(kept)
        return spoken

    def recorded(self, language: str, name: str) -> bytes | None:
        """Return a prompt that a person recorded, if there is one."""
        if not _NAME.match(language) or not _NAME.match(name):
            return None
        path = self._recorded / language / f"{name}.wav"
        return path.read_bytes() if path.is_file() else None

    def sound(self, name: str) -> bytes | None:
        """Return hold music or a second of silence."""
        makers = {"hold": hold_music, "silence": silence}
        return makers[name]() if name in makers else None


@cache
def hold_music() -> bytes:
    """Eight seconds of a slow pentatonic phrase; quiet, so that a voice over it is understood."""
    notes_hz = (261.6, 293.7, 329.6, 392.0, 440.0, 392.0, 329.6, 293.7)
    samples: list[int] = []
    for frequency in notes_hz:
        for i in range(RATE_HZ):
            t = i / RATE_HZ
            fade = min(1.0, 20 * t) * math.exp(-2.2 * t)
            tone = math.sin(2 * math.pi * frequency * t)
            octave = math.sin(4 * math.pi * frequency * t)
            samples.append(int(5000 * fade * (tone + 0.3 * octave)))
    return _wav(samples)


@cache
def silence() -> bytes:
    return _wav([0] * RATE_HZ)


def _wav(samples: list[int]) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return out.getvalue()
