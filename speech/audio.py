"""A carrier's recording made ready for the recogniser, or the named reason why it cannot be.

What a telephone network records, WAV in PCM, µ-law or A-law, is read here; all else is decoded by
ffmpeg (directly, since pydub would ask ffprobe, which no Python wheel brings) within bounds of
size, length, time and container. Pydub then corrects what a telephone line does.

Upwards, from 8 kHz to a model's 16 kHz, pydub's linear interpolation is used on purpose: it leaves
an image of the telephone band where the network cut the speech off, and a model that was trained
on full speech hears better with it (docs/adr/0011; `bench.audio_treatment` measures it).
"""

from __future__ import annotations

import audioop
import math
import struct
import warnings
from array import array
from collections.abc import Callable, Mapping
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
# So many blocks tell speech from keys nearly always, and the others are not looked at.
_DTMF_FIRST_BLOCKS = 5
_FMT = struct.Struct("<HHIIHH")  # the first fields of a WAV's "fmt " chunk
# The kinds of samples by (format tag, bits), each made 16-bit.
_PLAIN: Final[Mapping[tuple[int, int], Callable[[bytes], bytes]]] = {
    (1, 16): bytes,
    (7, 8): lambda data: audioop.ulaw2lin(data, 2),
    (6, 8): lambda data: audioop.alaw2lin(data, 2),
}
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
    sound = _telephone_wav(audio) or _decode(audio, max_seconds)
    if sound is None:
        return UnusableAudio(Unusable.NOT_AUDIO)
    if not len(sound.raw_data):
        return UnusableAudio(Unusable.EMPTY)
    if sound.duration_seconds > max_seconds:
        return UnusableAudio(Unusable.TOO_LONG)
    at_rate = _at_rate(sound, rate_hz)
    return UnusableAudio(Unusable.NOT_AUDIO) if at_rate is None else _correct(_without_dc(at_rate))


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


def _telephone_wav(audio: bytes) -> AudioSegment | None:
    """Return a mono WAV of a telephone's kinds; None for every other, which is left to ffmpeg."""
    if audio[:4] != b"RIFF" or audio[8:12] != b"WAVE":
        return None
    header, data, at = b"", b"", 12
    while at + 8 <= len(audio):
        name, size = audio[at : at + 4], int.from_bytes(audio[at + 4 : at + 8], "little")
        body = audio[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
        if name == b"fmt ":
            header = body
        elif name == b"data":
            data = body
            break
    if len(header) < _FMT.size:
        return None
    kind, channels, rate_hz, _, _, bits = _FMT.unpack_from(header)
    plain = _PLAIN.get((kind, bits))
    if plain is None or channels != 1 or not 4000 <= rate_hz <= 48000:
        return None
    samples = plain(data[: len(data) - len(data) % (bits // 8)])
    return AudioSegment(data=samples, sample_width=2, frame_rate=rate_hz, channels=1)


def _decode(audio: bytes, max_seconds: float) -> AudioSegment | None:
    # Half a second more than allowed is decoded, so that too long can be told from just in time.
    arguments = (
        *("-protocol_whitelist", "pipe", "-format_whitelist", _CONTAINERS, "-i", "pipe:0"),
        *("-map", "0:a:0", "-t", f"{max_seconds + 0.5:g}", "-ac", "1"),
        *("-c:a", "pcm_s16le", "-f", "wav", "pipe:1"),
    )
    try:
        return _telephone_wav(convert(audio, arguments, timeout_s=_DECODE_TIMEOUT_S))
    except ConversionError:
        return None


def _at_rate(sound: AudioSegment, rate_hz: int) -> AudioSegment | None:
    """Bring the sound to the model's rate; downwards with a filter, or it would alias."""
    if sound.frame_rate <= rate_hz:
        return sound.set_frame_rate(rate_hz)
    arguments = (
        *("-f", "s16le", "-ar", str(sound.frame_rate), "-ac", "1", "-i", "pipe:0"),
        *("-af", f"aresample={rate_hz}:filter_size=64", "-f", "s16le", "pipe:1"),
    )
    try:
        samples = convert(sound.raw_data, arguments, timeout_s=_DECODE_TIMEOUT_S)
    except ConversionError:
        return None
    return AudioSegment(data=samples, sample_width=2, frame_rate=rate_hz, channels=1)


def _trim(sound: AudioSegment) -> AudioSegment:
    quiet = sound.max_dBFS - _TRIM_BELOW_PEAK_DB
    start = detect_leading_silence(sound, silence_threshold=quiet)
    end = detect_leading_silence(sound.reverse(), silence_threshold=quiet)
    return sound[max(0, start - KEPT_SILENCE_MS) : len(sound) - max(0, end - KEPT_SILENCE_MS)]


def _is_clipped(sound: AudioSegment) -> bool:
    """Tell whether the waveform has a flat top, also where it was turned down afterwards."""
    # So many samples near the peak lift the mean square to at least their share of the peak's.
    if sound.rms**2 < _CLIPPED_SHARE * (0.99 * sound.max) ** 2:
        return False
    samples = array("h", sound.raw_data)
    ceiling = 0.99 * sound.max
    flat = sum(1 for one, two in pairwise(samples) if abs(one) >= ceiling and abs(two) >= ceiling)
    return flat > _CLIPPED_SHARE * len(samples)


def _is_keys_only(sound: AudioSegment) -> bool:
    """Tell whether what sounds is keypad tones: she pressed keys instead of speaking."""
    loud = sound.max_dBFS - _ACTIVE_BELOW_PEAK_DB
    blocks = [sound[at : at + _BLOCK_MS] for at in range(0, len(sound) - _BLOCK_MS, _BLOCK_MS)]
    active = [block for block in blocks if block.dBFS > loud]
    return all(
        _tones_share(active, blocks) >= _DTMF_SHARE for blocks in (_DTMF_FIRST_BLOCKS, _DTMF_BLOCKS)
    )


def _tones_share(active: list[AudioSegment], most: int) -> float:
    checked = active[:: max(1, len(active) // most)]
    tones = sum(_is_key_tone(array("h", block.raw_data), block.frame_rate) for block in checked)
    return tones / len(checked) if checked else 0.0


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
