from __future__ import annotations

import math
import random
from array import array
from pathlib import Path

import pytest

from speech.audio import KEPT_SILENCE_MS, MAX_BYTES, Pcm, Unusable, UnusableAudio, prepare
from speech.ffmpeg import convert
from speech.synthesis import synthesise, wav_file

RATE_HZ = 8000


@pytest.fixture(scope="module")
def spoken() -> bytes:
    return synthesise("मुझे तीन दिन से बुखार है", "hi")


def made_by_ffmpeg(audio: bytes, *arguments: str) -> bytes:
    return convert(audio, ["-i", "pipe:0", *arguments, "pipe:1"], timeout_s=20)


def tone(*frequencies_hz: float, seconds: float = 1.0, level: float = 8000) -> bytes:
    waves = (
        sum(math.sin(2 * math.pi * f * i / RATE_HZ) for f in frequencies_hz) * level
        for i in range(int(seconds * RATE_HZ))
    )
    return array("h", [int(max(-32768, min(32767, sample))) for sample in waves]).tobytes()


def usable(audio: bytes, *, rate_hz: int = RATE_HZ) -> Pcm:
    pcm = prepare(audio, rate_hz=rate_hz)
    assert isinstance(pcm, Pcm), pcm
    return pcm


@pytest.mark.parametrize(
    "arguments",
    [
        ("-f", "wav"),
        ("-c:a", "pcm_mulaw", "-f", "wav"),
        ("-c:a", "pcm_alaw", "-f", "wav"),
        ("-f", "mp3"),
        ("-c:a", "libopus", "-f", "ogg"),
        ("-c:a", "libopus", "-f", "webm"),
        ("-ar", "8000", "-f", "amr"),
        ("-ac", "2", "-ar", "44100", "-f", "wav"),
    ],
    ids=" ".join,
)
def test_what_carriers_record_becomes_mono_pcm_of_the_same_length(
    spoken: bytes, arguments: tuple[str, ...]
) -> None:
    pcm = usable(made_by_ffmpeg(spoken, *arguments), rate_hz=16000)
    assert pcm.rate_hz == 16000
    assert pcm.seconds == pytest.approx(usable(spoken).seconds, abs=0.3)


def test_level_is_raised_with_headroom_and_dc_is_removed(spoken: bytes) -> None:
    quiet = made_by_ffmpeg(spoken, "-af", "volume=-26dB,dcshift=0.1", "-f", "wav")
    samples = array("h", usable(quiet).samples)
    assert 0.6 < max(map(abs, samples)) / 32768 < 0.75
    assert abs(sum(samples) / len(samples)) < 300


def test_silence_around_the_words_is_cut_but_for_a_breath(spoken: bytes) -> None:
    padded = made_by_ffmpeg(spoken, "-af", "adelay=3000,apad=pad_dur=4", "-f", "wav")
    assert usable(padded).seconds < usable(spoken).seconds + 2 * KEPT_SILENCE_MS / 1000 + 0.1


@pytest.mark.parametrize(
    ("audio", "reason"),
    [
        (b"", Unusable.EMPTY),
        (wav_file(b"", RATE_HZ), Unusable.EMPTY),
        (b"<html><body>Not found</body></html>", Unusable.NOT_AUDIO),
        (b"\x00" * 5000, Unusable.NOT_AUDIO),
        (b"RIFF", Unusable.NOT_AUDIO),
        (b"#EXTM3U\n#EXTINF:9,\nfile:///etc/hostname\n", Unusable.NOT_AUDIO),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", Unusable.NOT_AUDIO),
        (b"x" * (MAX_BYTES + 1), Unusable.TOO_LARGE),
        (wav_file(bytes(2 * 2 * RATE_HZ), RATE_HZ), Unusable.SILENT),
        (wav_file(tone(440, seconds=91), RATE_HZ), Unusable.TOO_LONG),
        (wav_file(tone(440), RATE_HZ)[:9000], Unusable.TRUNCATED),
        (wav_file(tone(770, 1336), RATE_HZ), Unusable.DTMF_ONLY),
        (wav_file(tone(697, 1209, seconds=0.3) + bytes(4800), RATE_HZ), Unusable.DTMF_ONLY),
        (wav_file(tone(300, level=200_000), RATE_HZ), Unusable.CLIPPED),
    ],
)
def test_unusable_audio_has_a_name(audio: bytes, reason: Unusable) -> None:
    assert prepare(audio, rate_hz=RATE_HZ) == UnusableAudio(reason)


def test_overdriven_speech_is_clipped_even_when_turned_down_again(spoken: bytes) -> None:
    loud = made_by_ffmpeg(spoken, "-af", "volume=35dB", "-c:a", "pcm_s16le", "-f", "wav")
    down = made_by_ffmpeg(loud, "-af", "volume=-12dB", "-f", "wav")
    assert prepare(down, rate_hz=RATE_HZ) == UnusableAudio(Unusable.CLIPPED)


def test_a_header_of_unknown_length_is_not_a_broken_download(spoken: bytes) -> None:
    streamed = spoken[:4] + b"\xff\xff\xff\xff" + spoken[8:]
    assert usable(streamed).seconds == pytest.approx(usable(spoken).seconds, abs=0.1)


def test_human_speech_and_complaints_are_never_called_unusable(
    human_hindi: Path, spoken_symptoms: Path
) -> None:
    files = [*human_hindi.glob("*.wav"), *spoken_symptoms.glob("*.wav")]
    assert len(files) == 36
    for file in files:
        usable(file.read_bytes())


@pytest.mark.parametrize("seed", range(60))
def test_corrupted_audio_is_heard_or_named_and_never_raises(spoken: bytes, seed: int) -> None:
    """Bytes changed, cut out, doubled or torn off, anywhere, in every kind that carriers record."""
    chance = random.Random(seed)
    kinds = (
        ("-f", "wav"),
        ("-c:a", "pcm_mulaw", "-f", "wav"),
        ("-f", "mp3"),
        ("-c:a", "libopus", "-f", "ogg"),
        ("-ar", "8000", "-f", "amr"),
    )
    audio = bytearray(made_by_ffmpeg(spoken, *kinds[seed % len(kinds)]))
    for _ in range(chance.randint(1, 20)):
        # Headers decide more than samples do, so half of the damage is done there.
        most = min(len(audio), 64) if chance.random() < 0.5 else len(audio)
        at = chance.randrange(most)
        match chance.randrange(4):
            case 0:
                audio[at] = chance.randrange(256)
            case 1:
                del audio[at : at + chance.randint(1, 4000)]
            case 2:
                audio[at:at] = audio[at : at + chance.randint(1, 4000)]
            case _:
                del audio[max(at, 45) :]
        audio = audio or bytearray(b"\x00")
    prepared = prepare(bytes(audio), rate_hz=RATE_HZ)
    assert isinstance(prepared, UnusableAudio) or 0 < prepared.seconds <= 90
