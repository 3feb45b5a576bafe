"""What a carrier fetches to play: recorded prompts, hold music, and synthesised words."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import wave
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from gateway.telephony.speech import SpeechBook
from ivr_flows.recordings import Recorded
from speech.ffmpeg import convert
from speech.synthesis import wav_file

RATE_HZ: Final = 8000
_TO_TELEPHONE: Final = ("-i", "pipe:0", "-ac", "1", "-ar", str(RATE_HZ), "-f", "s16le", "pipe:1")


class Voice(Protocol):
    """Speaks a text; returns a WAV file, PCM 16-bit mono 8 kHz."""

    def __call__(self, text: str, language: str) -> bytes: ...


class PromptAudio:
    """Serves audio by address; what was made once for the telephone is kept in a folder.

    recorded: the recordings that may be played. captions: their words, by prompt and language,
    for developers' desks alone; where there are none, no words are told beside any audio.
    """

    def __init__(
        self,
        *,
        book: SpeechBook,
        voice: Voice,
        cache_dir: Path,
        recorded: Mapping[tuple[str, str], Recorded],
        captions: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self._book = book
        self._voice = voice
        self._cache_dir = cache_dir
        self._recorded = recorded
        self._captions = captions or {}

    def open(self, token: str) -> bytes:
        """Return the words behind a sealed address as audio. Errors: UnknownAudio."""
        language, text, pieces = self._book.open_audio_token(token)
        name = hashlib.sha256(token.encode()).hexdigest()
        return self._once(
            name, lambda: self._together(pieces, language) or self._voice(text, language)
        )

    def recorded(self, language: str, name: str) -> bytes | None:
        """Return a recorded prompt as the telephone plays it, if there is one."""
        recording = self._recorded.get((name, language))
        if recording is None:
            return None
        return self._once(
            f"{language}-{name}-{recording.version}",
            lambda: wav_file(
                convert(recording.path.read_bytes(), _TO_TELEPHONE, timeout_s=20), RATE_HZ
            ),
        )

    def _together(self, pieces: Sequence[str], language: str) -> bytes | None:
        """Return the pieces one after another; None where there are none, or one is gone since."""
        found = [audio for piece in pieces if (audio := self.recorded(language, piece)) is not None]
        if not found or len(found) < len(pieces):
            return None
        return wav_file(b"".join(_samples(audio) for audio in found), RATE_HZ)

    def speaker(self, prompt: str, language: str) -> str:
        """Return who recorded the prompt, nothing where nobody did."""
        recording = self._recorded.get((prompt, language))
        return recording.speaker if recording else ""

    def caption(self, *, token: str = "", prompt: str = "", language: str = "") -> str:
        """Return the words of an address, on a developer's desk; otherwise nothing.

        Errors: UnknownAudio.
        """
        if not self._captions:
            return ""
        if token:
            return self._book.open_audio_token(token)[1]
        return self._captions.get((prompt, language), "")

    def _once(self, name: str, make: Callable[[], bytes]) -> bytes:
        kept = self._cache_dir / f"{name}.wav"
        if kept.exists():
            return kept.read_bytes()
        made = make()
        self._cache_dir.mkdir(parents=True, exist_ok=True)
        # Written aside and renamed, so that another process never reads half a file.
        part = kept.with_suffix(f".{id(made)}.part")
        part.write_bytes(made)
        part.replace(kept)
        return made

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
    return wav_file(struct.pack(f"<{len(samples)}h", *samples), RATE_HZ)


def _samples(wav: bytes) -> bytes:
    with wave.open(io.BytesIO(wav)) as file:
        return bytes(file.readframes(file.getnframes()))
