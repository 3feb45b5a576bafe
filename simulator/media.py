"""Sound: the carrier's voice, audio fetched from the gateway, and what phones said."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from simulator.audio import Clip, NotWavError, wav_seconds, write_wav
from simulator.settings import Measured
from simulator.sids import SidSource
from simulator.webhooks import Courier, WebhookError
from speech.synthesis import UnknownLanguageError, synthesise

KEPT_SOUNDS = 2_000
INVALID_CONTENT_TYPE = 12300
INVALID_LANGUAGE = 13512
# How fast the carrier speaks where nobody measures it.
CHARACTERS_PER_S = 12

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio as a phone hears it: where the simulator serves it, and how long it plays.

    caption: the words in it, where the gateway told them beside the audio; for people who develop.
    """

    url: str
    seconds: float
    caption: str = ""


@dataclass(frozen=True, slots=True)
class _Played:
    """A file of the gateway's, as it was fetched."""

    body: bytes
    content_type: str
    cacheable: bool
    caption: str


class Studio:
    """Makes, fetches and keeps sounds, the most recent `KEPT_SOUNDS`; safe for many threads."""

    def __init__(self, courier: Courier, sids: SidSource, *, measured: Measured) -> None:
        self._measured = measured
        self._courier = courier
        self._sids = sids
        self._lock = threading.Lock()
        self._spoken: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._played: OrderedDict[str, _Played] = OrderedDict()
        self._heard: OrderedDict[str, bytes] = OrderedDict()

    def say(self, text: str, language: str) -> Sound:
        """Speak `text`; language is the carrier's code, such as hi-IN. Raises WebhookError."""
        if self._measured is Measured.ESTIMATED:
            seconds = max(1.0, len(text) / CHARACTERS_PER_S)
        else:
            seconds = wav_seconds(self.speech(text, language))
        return Sound(f"/speech?{urlencode({'text': text, 'language': language})}", seconds)

    def speech(self, text: str, language: str) -> bytes:
        """Return the WAV file of `text`, synthesised at its first use."""
        key = (text, language)
        with self._lock:
            known = self._spoken.get(key)
        if known is not None:
            return known
        try:
            spoken = synthesise(text, language.partition("-")[0])
        except UnknownLanguageError as error:
            raise WebhookError(INVALID_LANGUAGE, str(error), "") from error
        with self._lock:
            _keep(self._spoken, key, spoken)
        return spoken

    def play(self, url: str) -> Sound:
        """Fetch `url` for a call. Raises WebhookError when it gives no WAV file.

        A file is fetched again for each playing unless the gateway allows it to be kept.
        """
        with self._lock:
            known = self._played.get(url)
        if known is None or not known.cacheable:
            answer = self._courier.download(url)
            known = _Played(answer.body, answer.content_type, answer.cacheable, answer.caption)
            with self._lock:
                _keep(self._played, url, known)
        try:
            seconds = wav_seconds(known.body)
        except NotWavError as error:
            message = (
                f"the simulator plays WAV files only; {known.content_type or 'untyped'}: {error}"
            )
            raise WebhookError(INVALID_CONTENT_TYPE, message, url) from error
        return Sound(f"/media?{urlencode({'url': url})}", seconds, known.caption)

    def played(self, url: str) -> tuple[bytes, str] | None:
        """Return what a call really played from `url`, with its content type."""
        with self._lock:
            known = self._played.get(url)
        return None if known is None else (known.body, known.content_type)

    def keep_clip(self, clip: Clip) -> Sound:
        """Keep what a phone said, so that the other side of the bridge can hear it."""
        with self._lock:
            name = self._sids.next("CL")
            _keep(self._heard, name, write_wav(clip))
        return Sound(f"/clips/{name}.wav", clip.seconds)

    def clip(self, name: str) -> bytes | None:
        with self._lock:
            return self._heard.get(name)


def _keep(store: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    store[key] = value
    while len(store) > KEPT_SOUNDS:
        store.popitem(last=False)
