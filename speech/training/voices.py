"""The voices that the recogniser learns from, with the times of every phone that they say.

Two that teach (Kokoro and espeak-ng, each in many timbres) and know by themselves when each phone
sounds. Kokoro's fourth Hindi voice never teaches: it is kept to test with; nor do four timbres of
other languages, on which the thresholds are chosen.
"""

from __future__ import annotations

import ctypes
import json
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy

from speech.studio import FLAP, RATE_HZ, respelt_for_kokoro, weights
from speech.synthesis import pronounce, respelt
from speech.training.phones import SILENCE, VOWELS, phones_of
from speech.training.utterances import Span, Utterance

TEACHING: Final = ("hf_alpha", "hf_beta", "hm_omega")
HELD_OUT: Final = "hm_psi"
TUNING: Final = ("if_sara", "am_puck", "bf_emma", "pm_santa")

_DURATIONS: Final = "/encoder/Clip_output_0"
_FRAME: Final = 600  # samples of sound for one frame of a token's duration
_STYLE: Final = 256  # numbers of a style; the first half is timbre, the second prosody
_LONGEST: Final = 200  # tokens
# Kokoro sounds its phones so much earlier than its durations say (domain notes).
_LATE_S: Final = 0.075
_MARKS: Final = frozenset("ˈˌ")
_LENGTHENING: Final = frozenset("ː\u0303ʰ")
_PAUSES: Final = frozenset("#,.?! ")
_SHORTEST_PAUSE_S: Final = 0.15

# libespeak-ng's speak_lib.h
_SYNCHRONOUS: Final = 2
_EVENTS_IN_IPA: Final = 1 | 2
_PHONEME: Final = 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_UTF8: Final = 1
# Whispers, and voices that nobody's throat could make.
# Hindi, two neighbours who write alike, and others' pace and tune for the Hindi that they read.
_ACCENTS: Final = (*("hi",) * 4, *("mr",) * 2, "ne", "bn", "gu", "te")
_ODD: Final = ("whisper", "robosoft", "fast", "demonic", "zac", "klatt5", "croak", "alien")


class Kokoro:
    """Kokoro-82M with the durations of its tokens. voices: kokoro-js's folder of voices."""

    def __init__(self, voices: Path, *, threads: int = 1) -> None:
        import onnx  # only here, since both are of the training's own dependencies
        import onnxruntime

        graph = onnx.load_from_string(weights())
        kind = onnx.TensorProto.FLOAT
        graph.graph.output.append(onnx.helper.make_tensor_value_info(_DURATIONS, kind, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self._styles = {
            path.stem: numpy.fromfile(path, "<f4").reshape(-1, _STYLE)
            for path in sorted(voices.glob("*.bin"))
        }
        missing = {*TEACHING, *TUNING, HELD_OUT} - set(self._styles)
        if missing:
            raise ValueError(f"no voices {', '.join(sorted(missing))} in {voices}")

    def say(self, text: str, random: Random, *, kept: str | None = None) -> Utterance | None:
        """Return the text as some voice says it; None for one that is too long for it.

        kept: "held" or "tuning", for one of the voices that never teach.
        """
        spoken = _kokoro_phonemes(text)
        if random.random() < 0.25:  # word by word, as people talk to machines
            spoken = spoken.replace(" ", ", ")
        known = _kokoro_alphabet()
        tokens = [sign for sign in f"{spoken}{random.choice(('', ',', '.'))}" if sign in known]
        if not tokens or len(tokens) > _LONGEST:
            return None
        name, style = self._style(len(tokens), random, kept)
        speed = random.uniform(0.85, 1.15) if kept else random.uniform(0.72, 1.35)
        audio, frames = self._session.run(
            ["audio", _DURATIONS],
            {
                "tokens": numpy.array([[0, *(known[t] for t in tokens), 0]], "i8"),
                "style": style[None].astype("f4"),
                "speed": numpy.array([speed], "f4"),
            },
        )
        samples = (numpy.clip(audio.ravel(), -1, 1) * 32767).astype("<i2")
        spans = kokoro_spans(["#", *tokens, "#"], frames.ravel())
        return Utterance(text, name, RATE_HZ, samples, _cut(spans, len(samples) / RATE_HZ))

    def _style(self, length: int, random: Random, kept: str | None) -> tuple[str, Any]:
        """Return a Hindi voice's prosody, mostly with the timbre of others."""
        if kept == "held":
            return HELD_OUT, self._styles[HELD_OUT][length]
        prosody = random.choice(TEACHING)
        style = self._styles[prosody][length].copy()
        if kept == "tuning":
            timbre = random.choice(TUNING)
            style[: _STYLE // 2] = self._styles[timbre][length][: _STYLE // 2]
            return f"{prosody}/{timbre}", style
        others = [name for name in self._styles if name not in {HELD_OUT, *TUNING}]
        kind = random.random()
        if kind < 0.3:
            return prosody, style
        first, second = random.sample(others, 2)
        share = 1.0 if kind < 0.65 else random.uniform(0.3, 1.0)
        half = _STYLE // 2
        timbres = self._styles[first][length], self._styles[second][length]
        style[:half] = share * timbres[0][:half] + (1 - share) * timbres[1][:half]
        return f"{prosody}/{first}+{second}", style


class Espeak:
    """espeak-ng in all its human variants. A process has only one, and no other espeak-ng."""

    def __init__(self) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path()
        self._rate_hz = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, data.encode(), _EVENTS_IN_IPA
        )
        names = sorted(path.name for path in Path(data, "voices", "!v").iterdir())
        self._variants = [n for n in names if not n.lower().startswith(_ODD)]

    def say(self, text: str, random: Random) -> Utterance | None:
        """Return the text as some variant says it; None if it says nothing."""
        accent, variant = random.choice(_ACCENTS), random.choice(self._variants)
        library = self._library
        if library.espeak_SetVoiceByName(f"{accent}+{variant}".encode()) != 0:
            return None
        for parameter, lowest, highest in ((_RATE, 100, 220), (_PITCH, 15, 90), (_RANGE, 10, 90)):
            library.espeak_SetParameter(parameter, random.randint(lowest, highest), 0)
        spoken = text if random.random() < 0.8 else text.replace(" ", ", ")
        sound, starts = self._speak(respelt(spoken, "hi"))
        if not len(sound):
            return None
        seconds = len(sound) / self._rate_hz
        spans = _espeak_spans(starts, self._rate_hz, seconds)
        return Utterance(text, f"{accent}+{variant}", self._rate_hz, sound, spans)

    def _speak(self, text: str) -> tuple[Any, list[tuple[int, str]]]:
        sound: list[Any] = []
        starts: list[tuple[int, str]] = []

        def receive(samples: Any, count: int, events: Any) -> int:
            if samples and count > 0:
                sound.append(numpy.ctypeslib.as_array(samples, (count,)).copy())
            at = 0
            while events[at].type:
                if events[at].type == _PHONEME:
                    name = bytes(events[at].id.string).split(b"\0")[0]
                    starts.append((events[at].sample, name.decode("utf-8", "ignore")))
                at += 1
            return 0

        callback = _Callback(receive)  # held in a name, so that it outlives the call
        self._library.espeak_SetSynthCallback(callback)
        raw = text.encode()
        self._library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, _UTF8, None, None)
        return (numpy.concatenate(sound) if sound else numpy.zeros(0, "<i2")), starts


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def _kokoro_phonemes(text: str) -> str:
    """Return the text in Kokoro's alphabet, which is nearly espeak-ng's."""
    spoken = pronounce(respelt_for_kokoro(text), "hi").replace(*FLAP)
    for language in ("(en)", "(hi)"):
        spoken = spoken.replace(language, "")
    return unicodedata.normalize("NFD", " ".join(spoken.split()))


@cache
def _kokoro_alphabet() -> dict[str, int]:
    import kokoro_onnx

    config = Path(kokoro_onnx.__file__).with_name("config.json")
    vocab: dict[str, int] = json.loads(config.read_text(encoding="utf-8"))["vocab"]
    return vocab


def kokoro_spans(tokens: Iterable[str], frames: Iterable[float]) -> list[Span]:
    """Return the phones of the tokens with their times; a mark's time goes to what it marks."""
    groups: list[tuple[str, float, float]] = []
    at, waiting = 0.0, 0.0
    for sign, count in zip(tokens, frames, strict=True):
        end = at + float(count) * _FRAME / RATE_HZ
        if sign in _MARKS:
            waiting += end - at
        elif sign in _LENGTHENING and groups:
            signs, start, _ = groups[-1]
            groups[-1] = (signs + sign, start, end)
        else:
            groups.append((sign, at - waiting, end))
            waiting = 0.0
        at = end
    return [
        Span(phone, max(0.0, start - _LATE_S), max(0.0, end - _LATE_S))
        for phone, start, end in _phones(groups)
    ]


def _espeak_spans(starts: list[tuple[int, str]], rate_hz: int, seconds: float) -> tuple[Span, ...]:
    ends = [start / rate_hz for start, _ in starts[1:]] + [seconds]
    groups = [
        (name, start / rate_hz, end)
        for (start, name), end in zip(starts, ends, strict=True)
        if end > start / rate_hz
    ]
    return _cut([Span(*group) for group in _phones(groups)], seconds)


def _phones(groups: Iterable[tuple[str, float, float]]) -> Iterator[tuple[str, float, float]]:
    """Yield phones with their times from groups of IPA; several of a group share its time.

    A pause that is too short to hear is shared by its neighbours; a doubled consonant is one.
    Errors: UnknownSoundError, since a sign that is not known is no silence.
    """
    found: list[tuple[str, float, float]] = []
    borrowed: float | None = None
    for signs, start, end in groups:
        heard = (SILENCE,) if signs in _PAUSES else phones_of(signs) or (SILENCE,)
        if heard == (SILENCE,) and signs == " " and end - start < _SHORTEST_PAUSE_S:
            borrowed = (start + end) / 2
            if found:
                found[-1] = (*found[-1][:2], borrowed)
            continue
        start, borrowed = (start if borrowed is None else borrowed), None
        step = (end - start) / len(heard)
        for number, phone in enumerate(heard):
            span = (phone, start + number * step, start + (number + 1) * step)
            if found and found[-1][0] == phone and phone not in VOWELS:
                span = (phone, found.pop()[1], span[2])
            found.append(span)
    return iter(found)


def _cut(spans: list[Span], seconds: float) -> tuple[Span, ...]:
    """Return the spans that begin within the audio, from 0 to its end, silence at an open end."""
    kept = [Span(s.phone, s.start_s, min(s.end_s, seconds)) for s in spans]
    kept = [span for span in kept if span.end_s > span.start_s]
    if kept and kept[0].start_s > 0:
        kept.insert(0, Span(SILENCE, 0.0, kept[0].start_s))
    if kept and kept[-1].end_s < seconds:
        kept.append(Span(SILENCE, kept[-1].end_s, seconds))
    return tuple(kept)
