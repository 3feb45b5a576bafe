"""A caller's own words as a carrier can play them: 8 kHz mono, whatever the carrier recorded."""

from __future__ import annotations

import io
import wave

from gateway.services.recordings import SpokenNames
from gateway.telephony.speech import AudioTokens
from gateway.web.prompt_audio import RATE_HZ
from speech.audio import Pcm, prepare


def spoken_name(token: str, *, tokens: AudioTokens, names: SpokenNames) -> bytes | None:
    """Return the name behind a sealed address as WAV; None when it is gone or cannot be played.

    Errors: UnknownAudio.
    """
    found = names.audio(tokens.open_recording(token))
    if found is None:
        return None
    sound = prepare(found[0], rate_hz=RATE_HZ)
    return _wav(sound) if isinstance(sound, Pcm) else None


def _wav(sound: Pcm) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.rate_hz)
        file.writeframes(sound.samples)
    return out.getvalue()
