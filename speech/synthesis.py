"""Synthesised prompts: espeak-ng speaks what nobody has recorded yet."""

from __future__ import annotations

import ctypes
import io
import re
import threading
import wave
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import espeakng_loader

from speech.errors import SpeechError
from speech.ffmpeg import convert

RATE_HZ: Final = 8000
# Slower than espeak-ng's 175, since field studies found synthetic speech too fast: at 142 twelve
# Hindi prompts last as long as in the recordings that ship.
DEFAULT_WPM: Final = 142

VOICES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hi": "hi",
        "en": "gmw/en",  # en-GB: Indian English is closer to British than to American vowels
        "en-IN": "gmw/en",
        "bn": "bn",
        "mr": "mr",
        "te": "te",
        "ta": "ta",
        "gu": "gu",
        "kn": "kn",
        "ml": "ml",
        "pa": "pa",
        "or": "or",
        "as": "as",
        "ur": "ur",
    }
)

# What espeak-ng does not know it reads letter by letter: spelt as it knows it, by the same sound.
# Unicode composes neither these letters with their dots nor, in NFC, keeps them composed. A letter
# that is a word (nine, not) is no letter's name.
_RESPELT: Final[Mapping[str, tuple[tuple[str, str], ...]]] = MappingProxyType(
    {
        "as": (
            ("\u09af\u09bc", "\u09df"),
            ("\u09a1\u09bc|\u09a2\u09bc|[\u09dc\u09dd]", "\u09f0"),
            (r"(?<![\w\u0980-\u09fe])\u09a8(?![\w\u0980-\u09fe])", "\u09a8\u0985"),
        ),
        "or": (
            ("\u0b21\u0b3c", "\u0b5c"),
            ("\u0b22\u0b3c", "\u0b5d"),
            ("\u0b4d\u0b71", "\u0b4d\u0b2c"),
            (r"(?<![\w\u0b00-\u0b7f])\u0b28(?![\w\u0b00-\u0b7f])", "\u0b28\u0b05"),
        ),
    }
)

# Names of libespeak-ng's speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_RATE_PARAMETER = 1
_CHARS_UTF8 = 1
_IPA = 2
_OK = 0
_TIMEOUT_S = 30.0

# No low-pass of our own: swresample band-limits to 0.97 of the new Nyquist frequency with this
# filter length, where plain linear interpolation would fold 4-11 kHz into the telephone band.
_TELEPHONE = ("-af", f"aresample={RATE_HZ}:filter_size=64", "-f", "s16le", "pipe:1")

# libespeak-ng keeps its voice and its callback in globals.
_lock = threading.Lock()


class UnknownLanguageError(SpeechError):
    """No voice speaks that language."""


class SynthesisError(SpeechError):
    """The library could not be loaded or would not speak."""


def synthesise(text: str, language: str, *, words_per_minute: int = DEFAULT_WPM) -> bytes:
    """Return the text as speech: a WAV file, PCM 16-bit mono 8 kHz.

    espeak-ng wavers by chance, so two renderings differ a little: keep one if it must be stable.
    Safe to call from several threads, which take turns.
    Errors: UnknownLanguageError; SynthesisError.
    """
    voice = VOICES.get(language)
    if voice is None:
        raise UnknownLanguageError(f"no voice speaks {language!r}; there are {', '.join(VOICES)}")
    with _lock:
        samples, rate_hz = _speak(respelt(text, language), voice, words_per_minute)
    source = ("-f", "s16le", "-ar", str(rate_hz), "-ac", "1", "-i", "pipe:0")
    telephone = convert(samples, (*source, *_TELEPHONE), timeout_s=_TIMEOUT_S) if samples else b""
    return wav_file(telephone, RATE_HZ)


def respelt(text: str, language: str) -> str:
    """Return the text in letters that the voice of the language knows."""
    for unknown, known in _RESPELT.get(language, ()):
        text = re.sub(unknown, known, text)
    return text


def pronounce(text: str, language: str) -> str:
    """Return the text in the alphabet of phonetics (IPA), with stress, as the voice would say it.

    Safe to call from several threads. Errors: UnknownLanguageError; SynthesisError.
    """
    voice = VOICES.get(language)
    if voice is None:
        raise UnknownLanguageError(f"no voice speaks {language!r}; there are {', '.join(VOICES)}")
    rest = ctypes.c_char_p(respelt(text, language).replace("\0", " ").encode())
    clauses: list[str] = []
    with _lock:
        library, _rate_hz = _library()
        if library.espeak_SetVoiceByName(voice.encode()) != _OK:
            raise SynthesisError(f"espeak-ng has no voice {voice!r}")
        while rest.value:  # one clause a call; the library moves the pointer on
            ipa = library.espeak_TextToPhonemes(ctypes.byref(rest), _CHARS_UTF8, _IPA)
            clauses.append(ipa.decode().strip())
    return " ".join(clauses)


def wav_file(samples: bytes, rate_hz: int) -> bytes:
    """Return 16-bit mono samples as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples)
    return out.getvalue()


def _speak(text: str, voice: str, words_per_minute: int) -> tuple[bytes, int]:
    """Return raw samples and their rate; the caller holds the lock."""
    library, rate_hz = _library()
    pieces: list[bytes] = []

    def receive(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = _Callback(receive)  # held in a name, so that it outlives the call
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()) != _OK:
        raise SynthesisError(f"espeak-ng has no voice {voice!r}")
    library.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)
    spoken = text.replace("\0", " ").encode()
    if library.espeak_Synth(spoken, len(spoken) + 1, 0, 1, 0, _CHARS_UTF8, None, None) != _OK:
        raise SynthesisError("espeak-ng would not speak")
    return b"".join(pieces), rate_hz


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    """Load espeak-ng once in a process; without audio hardware and without its own threads."""
    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except OSError as missing:
        raise SynthesisError("libespeak-ng could not be loaded") from missing
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    library.espeak_TextToPhonemes.argtypes = [
        ctypes.POINTER(ctypes.c_char_p),
        ctypes.c_int,
        ctypes.c_int,
    ]
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    data_path = espeakng_loader.get_data_path().encode()
    rate_hz = library.espeak_Initialize(
        _AUDIO_OUTPUT_SYNCHRONOUS, 0, data_path, _INITIALIZE_DONT_EXIT
    )
    if rate_hz <= 0:
        raise SynthesisError("espeak-ng found no voice data")
    return library, rate_hz
