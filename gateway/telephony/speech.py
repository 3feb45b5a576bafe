"""How words become sound: recorded by a person, spoken by the carrier, or synthesised by us."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote

import yaml
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.domain.errors import GatewayError
from ivr_flows.engine.steps import Sound, Utterance

# Polly's share of a <Say> and the bound of its URL-encoded form (twilio.com/docs/api/errors/13521):
# the second is reached by some 500 Devanagari letters, nine bytes each once encoded.
MAX_SAY_BYTES: Final = 3000
MAX_SAY_ENCODED: Final = 4500
_SIV_KEY_BYTES: Final = 64
# An address of one kind opens nothing of the other.
_RECORDING: Final = b"recording"
_VERSION_LENGTH: Final = 16


class UnknownAudio(GatewayError):  # noqa: N818  # an address, not a fault of ours: answered by 404
    """No audio has this address: it was altered, or made under another SECRET_KEY."""


class VoicesError(GatewayError):
    """The file of carriers' voices cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class CarrierVoice:
    """A voice that a carrier offers, in its own words."""

    voice: str
    language: str


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound that the carrier fetches and plays."""

    url: str


@dataclass(frozen=True, slots=True)
class CarrierSpeech:
    """Texts that the carrier speaks, each within its limit."""

    voice: CarrierVoice
    texts: tuple[str, ...]


Sounding: TypeAlias = Audio | CarrierSpeech
Voices: TypeAlias = Mapping[tuple[str, str], CarrierVoice]


class AudioTokens:
    """Seals words into an address that tells nothing, since addresses lie in carriers' logs.

    AES-SIV (RFC 5297) is deterministic, so the same words keep one address and caches work. The
    sealed text is authenticated before it is unpacked: nobody but us can have something spoken.
    """

    def __init__(self, secret_key: str) -> None:
        kdf = HKDF(algorithm=SHA256(), length=_SIV_KEY_BYTES, salt=None, info=b"doorvani audio")
        self._cipher = AESSIV(kdf.derive(secret_key.encode()))

    def seal(
        self, language: str, text: str, *, pieces: Sequence[str] = (), version: str = ""
    ) -> str:
        """pieces: recordings that say the text together; another version has another address."""
        words = [language, text, [*pieces], version] if pieces else [language, text]
        plain = zlib.compress(json.dumps(words, ensure_ascii=False).encode(), 9)
        return urlsafe_b64encode(self._cipher.encrypt(plain, None)).rstrip(b"=").decode()

    def open(self, token: str) -> tuple[str, str, tuple[str, ...]]:
        """Return (language, text, pieces). Errors: UnknownAudio."""
        language, text, *rest = json.loads(zlib.decompress(self._opened(token)))
        return language, text, tuple(rest[0]) if rest else ()

    def seal_recording(self, recording_id: str) -> str:
        sealed = self._cipher.encrypt(recording_id.encode(), [_RECORDING])
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open_recording(self, token: str) -> str:
        """Return the id of a recording. Errors: UnknownAudio."""
        return self._opened(token, [_RECORDING]).decode()

    def _opened(self, token: str, associated: list[bytes] | None = None) -> bytes:
        try:
            sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            return self._cipher.decrypt(sealed, associated)
        except (InvalidTag, ValueError) as error:
            raise UnknownAudio("the audio address was altered, or is not ours") from error


@dataclass(frozen=True, slots=True)
class SpeechBook:
    """Decides how an utterance sounds: recorded first, carrier's voice second, synthesised third.

    origin: our public origin. recordings: (prompt, language) → version of the recording, such as
    the start of its hash; it stands in the address, so a new recording is fetched anew. A prompt
    here is a whole one or a piece of one (`Catalogue.recordable`).
    """

    origin: str
    tokens: AudioTokens
    voices: Voices = field(default_factory=dict)
    recordings: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def sounding(self, utterance: Utterance, *, dialect: str) -> Sounding:
        """Return what the carrier of that dialect is to play or to say."""
        if utterance.recording_id:
            token = self.tokens.seal_recording(utterance.recording_id)
            return Audio(f"{self.origin}/voice/said/{token}.wav")
        if self._is_recorded(utterance):
            return Audio(self._recorded_url(utterance))
        voice = self.voices.get((dialect, utterance.language))
        if voice is not None:
            return CarrierSpeech(voice, split_text(utterance.text))
        return Audio(self.audio_url(utterance))

    def audio_url(self, utterance: Utterance) -> str:
        """Return the address of the synthesised words; it reveals neither them nor the prompt."""
        return self._sealed_url(self.tokens.seal(utterance.language, utterance.text))

    def open_audio_token(self, token: str) -> tuple[str, str, tuple[str, ...]]:
        """Return (language, text, pieces) of an address that was sealed. Errors: UnknownAudio."""
        return self.tokens.open(token)

    def _is_recorded(self, utterance: Utterance) -> bool:
        """Tell whether all of it is: two voices in one sentence would confuse a listener."""
        pieces, language = utterance.pieces, utterance.language
        return bool(pieces) and all((piece, language) in self.recordings for piece in pieces)

    def _recorded_url(self, utterance: Utterance) -> str:
        """Return a plain address for what every caller hears, and a sealed one for her values."""
        pieces, language = utterance.pieces, utterance.language
        versions = [self.recordings[piece, language] for piece in pieces]
        if pieces == (utterance.prompt,):
            place = f"{language}/{utterance.prompt}.wav?v={quote(versions[0])}"
            return f"{self.origin}/voice/prompts/{place}"
        version = sha256("".join(versions).encode()).hexdigest()[:_VERSION_LENGTH]
        token = self.tokens.seal(language, utterance.text, pieces=pieces, version=version)
        return self._sealed_url(token)

    def _sealed_url(self, token: str) -> str:
        return f"{self.origin}/voice/audio/{token}.wav"

    def sound_url(self, sound: Sound) -> str:
        return f"{self.origin}/voice/sounds/{sound.value}.wav"

    def silence_url(self) -> str:
        """Return the address of one second of silence."""
        return f"{self.origin}/voice/sounds/silence.wav"


def split_text(text: str) -> tuple[str, ...]:
    """Split at spaces into the fewest parts that one <Say> each may hold."""
    parts: list[str] = []
    for word in text.split():
        joined = f"{parts[-1]} {word}" if parts else word
        if parts and _fits(joined):
            parts[-1] = joined
        else:
            parts.extend(_pieces(word))
    return tuple(parts)


def _pieces(word: str) -> list[str]:
    # A "word" too long for one <Say> is no word; it is cut anywhere rather than lost.
    size = len(word) if _fits(word) else MAX_SAY_ENCODED // len(quote("😀"))
    return [word[start : start + size] for start in range(0, len(word), size)]


def _fits(text: str) -> bool:
    return len(text.encode()) <= MAX_SAY_BYTES and len(quote(text, safe="")) <= MAX_SAY_ENCODED


class _Voice(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    voice: str
    language: str


class _VoicesFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    voices: dict[str, dict[str, _Voice]]


def load_voices(path: Path) -> Voices:
    """Return the carriers' voices by (dialect, language). Errors: VoicesError, OSError."""
    try:
        file = _VoicesFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise VoicesError(f"{path.name}: {error}") from error
    return {
        (dialect, language): CarrierVoice(voice.voice, voice.language)
        for dialect, languages in file.voices.items()
        for language, voice in languages.items()
    }
