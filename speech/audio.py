"""A carrier's recording made ready for the recogniser, or the named reason why it cannot be.

Ffmpeg decodes (directly, since pydub would ask ffprobe, which no Python wheel brings) within
bounds of size, length, time and container; pydub then corrects what a telephone line does.
"""

from __future__ import annotations

import math
import warnings
from array import array
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeAlias

from speech.ffmpeg import ConversionError, convert

with warnings.catch_warnings():
    # Pydub misses an ffmpeg on the PATH when it is imported; we never let it decode.
    warnings.simplefilter("ignore", RuntimeWarning)
    from pydub import AudioSegment
    from pydub.effects import normalize
    from pydub.silence import detect_leading_silence

MAX_BYTES: Final = 12_000_000  # 60 s of 44.1 kHz stereo PCM, far beyond any telephone's
MAX_SECONDS: Final = 90.0
HEADROOM_DB: Final = 3.0  # resampling overshoots; a clipped peak costs whole words
KEPT_SILENCE_MS: Final = 200  # the recogniser wants to hear a word begin

_DECODE_TIMEOUT_S = 20.0
# No playlists: a recording must not make ffmpeg open anything else.
_CONTAINERS = "wav,mp3,ogg,amr,amrnb,amrwb,flac,aac,au,aiff,matroska,webm,mov,gsm,w64"
_SILENT_DBFS = -50.0  # a whole recording below this holds nobody's voice
_ROOM_FOR_DC_DB = 6.0
_TRIM_BELOW_PEAK_DB = 40.0
_BLOCK_MS = 40
_ACTIVE_BELOW_PEAK_DB = 25.0
# Clean speech has no flat top at all. On 20 complaints overdriven by 15 dB (at most 9 % flat) the
# shipped model still found 31 of 34 symptoms, by 20 dB (8-21 %) 25, and it invented more and more.
_CLIPPED_SHARE = 0.1
_DTMF_HZ: Final = (697, 770, 852, 941, 1209, 1336, 1477, 1633)
_DTMF_SHARE = 0.8
_DTMF_BLOCKS = 50
# Sizes that streaming writers leave in a RIFF header because they cannot know better.
_OPEN_SIZES = frozenset({0, 0x7FFFFFFF, 0xFFFFFFFF})


class Unusable(StrEnum):
    NOT_AUDIO = "not_audio"
    EMPTY = "empty"
    SILENT = "silent"
    TOO_LONG = "too_long"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    CLIPPED = "clipped"
    DTMF_ONLY = "dtmf_only"


@dataclass(frozen=True, slots=True)
class UnusableAudio:
    """Nothing can be recognised in it; the conversation can speak about the reason."""

    reason: Unusable


@dataclass(frozen=True, slots=True)
class Pcm:
    """Mono samples, 16-bit little-endian."""

    samples: bytes
    rate_hz: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / 2 / self.rate_hz


Prepared: TypeAlias = Pcm | UnusableAudio


def prepare(audio: bytes, *, rate_hz: int, max_seconds: float = MAX_SECONDS) -> Prepared:
    """Return the recording as mono PCM at `rate_hz`: DC removed, levelled, silence trimmed.

    Takes what carriers record: WAV (PCM, µ-law, A-law), MP3, Ogg, AMR, WebM. Never raises for
    what the bytes hold: `UnusableAudio` says what is wrong with them.
    """
    if not audio:
        return UnusableAudio(Unusable.EMPTY)
    if len(audio) > MAX_BYTES:
        return UnusableAudio(Unusable.TOO_LARGE)
    if _is_cut_short(audio):
        return UnusableAudio(Unusable.TRUNCATED)
    samples = _decode(audio, rate_hz, max_seconds)
    if samples is None:
        return UnusableAudio(Unusable.NOT_AUDIO)
    if not samples:
        return UnusableAudio(Unusable.EMPTY)
    if len(samples) / 2 > max_seconds * rate_hz:
        return UnusableAudio(Unusable.TOO_LONG)
    sound = AudioSegment(data=samples, sample_width=2, frame_rate=rate_hz, channels=1)
    return _correct(_without_dc(sound))


def _without_dc(sound: AudioSegment) -> AudioSegment:
    # Pydub's shift wraps a full-scale sample round to the other end: a click at every peak.
    room = sound.apply_gain(-_ROOM_FOR_DC_DB) if sound.max_dBFS > -_ROOM_FOR_DC_DB else sound
    return room.remove_dc_offset()


def _correct(sound: AudioSegment) -> Prepared:
    if sound.max_dBFS < _SILENT_DBFS:
        return UnusableAudio(Unusable.SILENT)
    voiced = _trim(sound)
    if _is_keys_only(voiced):
        return UnusableAudio(Unusable.DTMF_ONLY)
    if _is_clipped(voiced):
        return UnusableAudio(Unusable.CLIPPED)
    return Pcm(normalize(voiced, headroom=HEADROOM_DB).raw_data, voiced.frame_rate)


def _is_cut_short(audio: bytes) -> bool:
    """Tell whether a RIFF file promises more than there is, as a broken download leaves it."""
    if audio[:4] != b"RIFF" or len(audio) < 8:
        return False
    promised = int.from_bytes(audio[4:8], "little")
    return promised not in _OPEN_SIZES and promised + 8 > len(audio) + 1


def _decode(audio: bytes, rate_hz: int, max_seconds: float) -> bytes | None:
    # Half a second more than allowed is decoded, so that too long can be told from just in time.
    arguments = (
        *("-protocol_whitelist", "pipe", "-format_whitelist", _CONTAINERS, "-i", "pipe:0"),
        *("-map", "0:a:0", "-t", f"{max_seconds + 0.5:g}", "-ac", "1"),
        *("-af", f"aresample={rate_hz}:filter_size=64", "-f", "s16le", "pipe:1"),
    )
    try:
        return convert(audio, arguments, timeout_s=_DECODE_TIMEOUT_S)
    except ConversionError:
        return None


def _trim(sound: AudioSegment) -> AudioSegment:
    quiet = sound.max_dBFS - _TRIM_BELOW_PEAK_DB
    start = detect_leading_silence(sound, silence_threshold=quiet)
    end = detect_leading_silence(sound.reverse(), silence_threshold=quiet)
    return sound[max(0, start - KEPT_SILENCE_MS) : len(sound) - max(0, end - KEPT_SILENCE_MS)]


def _is_clipped(sound: AudioSegment) -> bool:
    """Tell whether the waveform has a flat top, also where it was turned down afterwards."""
    samples = array("h", sound.raw_data)
    ceiling = 0.99 * sound.max
    flat = sum(1 for one, two in pairwise(samples) if abs(one) >= ceiling and abs(two) >= ceiling)
    return flat > _CLIPPED_SHARE * len(samples)


def _is_keys_only(sound: AudioSegment) -> bool:
    """Tell whether what sounds is keypad tones: she pressed keys instead of speaking."""
    loud = sound.max_dBFS - _ACTIVE_BELOW_PEAK_DB
    blocks = [sound[at : at + _BLOCK_MS] for at in range(0, len(sound) - _BLOCK_MS, _BLOCK_MS)]
    active = [block for block in blocks if block.dBFS > loud]
    checked = active[:: max(1, len(active) // _DTMF_BLOCKS)]
    tones = sum(_is_key_tone(array("h", block.raw_data), block.frame_rate) for block in checked)
    return bool(checked) and tones >= _DTMF_SHARE * len(checked)


def _is_key_tone(samples: array[int], rate_hz: int) -> bool:
    """Tell whether one low and one high DTMF tone hold nearly all the energy (ITU-T Q.23)."""
    energy = sum(sample * sample for sample in samples)
    power = [_goertzel(samples, tone / rate_hz) for tone in _DTMF_HZ]
    low, high = max(power[:4]), max(power[4:])
    # A pure pair of equal tones puts a quarter of n x energy into each.
    share = 2 * (low + high) / (len(samples) * energy or 1)
    return share > 0.7 and min(low, high) > 0.05 * max(low, high)


def _goertzel(samples: array[int], cycles_per_sample: float) -> float:
    """Return the squared magnitude of one frequency in the block."""
    turn = 2 * math.cos(2 * math.pi * cycles_per_sample)
    last = before = 0.0
    for sample in samples:
        last, before = sample + turn * last - before, last
    return last * last + before * before - turn * last * before
