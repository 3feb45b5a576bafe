"""Recorded prompts as a carrier fetches them: whole, and put together around a caller's values."""

from __future__ import annotations

import io
import re
import wave
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from gateway.container import Container
from gateway.telephony.speech import AudioTokens, SpeechBook
from gateway.web.prompt_audio import PromptAudio
from ivr_flows.recordings import Recorded
from speech.errors import SpeechError
from speech.synthesis import synthesise, wav_file
from tests.web.conftest import SignedCarrier

TOKENS = AudioTokens("secret")
ALL_OF_IT = ("said~0", "number~3", "said~1")


def seconds(audio: bytes) -> float:
    with wave.open(io.BytesIO(audio)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        return float(file.getnframes() / file.getframerate())


@pytest.fixture
def recorded(tmp_path: Path) -> dict[tuple[str, str], Recorded]:
    """Three pieces, of 1, 2 and 3 s."""
    found = {}
    for length, key in enumerate(ALL_OF_IT, 1):
        path = tmp_path / f"{key}.wav"
        path.write_bytes(wav_file(bytes([length, 1]) * 8000 * length, 8000))
        found[key, "hi"] = Recorded(path, f"v{length}", length, "Asha")
    return found


def audio_of(folder: Path, recorded: dict[tuple[str, str], Recorded]) -> PromptAudio:
    book = SpeechBook("https://door.example", TOKENS)
    return PromptAudio(book=book, voice=synthesise, cache_dir=folder / "kept", recorded=recorded)


def test_pieces_are_heard_one_after_another_in_their_order(
    tmp_path: Path, recorded: dict[tuple[str, str], Recorded]
) -> None:
    prompts = audio_of(tmp_path, recorded)
    sound = prompts.open(TOKENS.seal("hi", "तीन", pieces=ALL_OF_IT))
    assert seconds(sound) == 6
    samples = sound[-6 * 16_000 :]
    assert [samples[at] for at in (0, 16_000, 48_000)] == [1, 2, 3]


def test_what_was_put_together_once_is_kept(
    tmp_path: Path, recorded: dict[tuple[str, str], Recorded]
) -> None:
    token = TOKENS.seal("hi", "तीन", pieces=ALL_OF_IT)
    first = audio_of(tmp_path, recorded).open(token)
    for recording in recorded.values():
        recording.path.unlink()
    assert audio_of(tmp_path, recorded).open(token) == first


def test_a_piece_that_is_gone_leaves_the_whole_to_the_synthesiser(
    tmp_path: Path, recorded: dict[tuple[str, str], Recorded]
) -> None:
    """An address outlives a release; the caller must hear it all, in one voice."""
    del recorded["number~3", "hi"]
    sound = audio_of(tmp_path, recorded).open(TOKENS.seal("hi", "तीन", pieces=ALL_OF_IT))
    assert 0.2 < seconds(sound) < 2


def test_a_recording_that_cannot_be_read_is_told_and_not_kept(
    tmp_path: Path, recorded: dict[tuple[str, str], Recorded]
) -> None:
    recorded["said~0", "hi"].path.write_bytes(b"no audio")
    with pytest.raises(SpeechError):
        audio_of(tmp_path, recorded).recorded("hi", "said~0")
    assert not list((tmp_path / "kept").glob("*"))


def test_a_hindi_call_is_played_from_recordings_from_the_first_word(
    carrier: SignedCarrier, client: FlaskClient
) -> None:
    played = re.findall(r"<Play>https://doorvani.example([^<]+)</Play>", greeting(carrier))
    hindi = [address for address in played if address.startswith("/voice/prompts/hi/")]
    assert hindi
    for address in hindi:
        assert 0.3 < seconds(client.get(address).data) < 20


def test_a_callers_own_number_is_played_in_the_recorded_voice(
    parts: Container, client: FlaskClient
) -> None:
    said = parts.book.catalogue("hi").utter("token.spoken", {"token": "4071"})
    sounding = parts.speech_book.sounding(said, dialect="twilio")
    address = getattr(sounding, "url", "").removeprefix("https://doorvani.example")
    assert address.startswith("/voice/audio/")
    response = client.get(address)
    assert "immutable" in response.headers["Cache-Control"]
    pieces = [parts.recordings[piece, "hi"].seconds for piece in said.pieces]
    assert seconds(response.data) == pytest.approx(sum(pieces), abs=0.6 * len(pieces))


def greeting(carrier: SignedCarrier) -> str:
    return carrier.post("/voice/twilio/incoming").text
