"""How words become sound."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telephony.speech import (
    MAX_SAY_BYTES,
    MAX_SAY_ENCODED,
    Audio,
    AudioTokens,
    CarrierSpeech,
    CarrierVoice,
    SpeechBook,
    UnknownAudio,
    VoicesError,
    load_voices,
    split_text,
)
from ivr_flows.engine.steps import Utterance

ORIGIN = "https://door.example"
ADITI = CarrierVoice("Polly.Aditi", "hi-IN")
TOKENS = AudioTokens("secret")
FIXED = Utterance("welcome", "hi", "नमस्ते", pieces=("welcome",))
FREE = Utterance("heard", "hi", "आपने कहा: बुखार")
PIECED = Utterance("heard", "hi", FREE.text, pieces=("heard~0", "symptom.fever"))

PIECES = {"said": "heard~0", "fever": "symptom.fever"}


def book(*, voice: bool = True, recorded: bool = True) -> SpeechBook:
    return SpeechBook(
        ORIGIN,
        TOKENS,
        voices={("twilio", "hi"): ADITI} if voice else {},
        recordings={("welcome", "hi"): "v1", ("heard", "hi"): "v1"} if recorded else {},
    )


def test_a_recorded_prompt_comes_first() -> None:
    sounding = book().sounding(FIXED, dialect="twilio")
    assert sounding == Audio(f"{ORIGIN}/voice/prompts/hi/welcome.wav?v=v1")


def test_a_prompt_with_values_is_never_played_from_a_recording() -> None:
    sounding = book().sounding(FREE, dialect="twilio")
    assert sounding == CarrierSpeech(ADITI, (FREE.text,))


def pieced(**versions: str) -> SpeechBook:
    recordings = {(PIECES[name], "hi"): version for name, version in versions.items()}
    return SpeechBook(ORIGIN, TOKENS, voices={("twilio", "hi"): ADITI}, recordings=recordings)


def test_values_are_played_from_recorded_pieces_at_an_address_that_tells_nothing() -> None:
    sounding = pieced(said="1a", fever="2b").sounding(PIECED, dialect="twilio")
    assert isinstance(sounding, Audio)
    assert "fever" not in sounding.url
    token = sounding.url.removeprefix(f"{ORIGIN}/voice/audio/").removesuffix(".wav")
    assert TOKENS.open(token) == ("hi", PIECED.text, PIECED.pieces)


def test_two_voices_are_never_mixed_within_an_utterance() -> None:
    sounding = pieced(said="1a").sounding(PIECED, dialect="twilio")
    assert sounding == CarrierSpeech(ADITI, (PIECED.text,))


def test_a_piece_that_is_recorded_anew_changes_the_address() -> None:
    before = pieced(said="1a", fever="2b").sounding(PIECED, dialect="twilio")
    assert pieced(said="1a", fever="2b").sounding(PIECED, dialect="twilio") == before
    assert pieced(said="1a", fever="3c").sounding(PIECED, dialect="twilio") != before


def test_an_address_of_words_alone_is_what_it_was_before_there_were_pieces() -> None:
    """Turns that are stored, and carriers' caches, hold such addresses."""
    words = json.dumps(["hi", "नमस्ते"], ensure_ascii=False).encode()
    sealed = TOKENS._cipher.encrypt(zlib.compress(words, 9), None)
    assert TOKENS.seal("hi", "नमस्ते") == urlsafe_b64encode(sealed).rstrip(b"=").decode()


@pytest.mark.parametrize(("dialect", "language"), [("somleng", "hi"), ("twilio", "ta")])
def test_without_a_carriers_voice_the_words_are_synthesised(dialect: str, language: str) -> None:
    said = Utterance("heard", language, FREE.text)
    sounding = book(recorded=False).sounding(said, dialect=dialect)
    assert isinstance(sounding, Audio)
    token = sounding.url.removeprefix(f"{ORIGIN}/voice/audio/").removesuffix(".wav")
    assert book().open_audio_token(token) == (language, FREE.text, ())


def test_an_address_tells_nothing_and_stays_the_same() -> None:
    url = book().audio_url(FREE)
    assert url == book().audio_url(FREE)
    assert url.isascii()
    assert quote(FREE.text) not in url
    assert FREE.prompt not in url


@given(text=st.text(max_size=300), language=st.sampled_from(["hi", "en", "ta"]))
def test_an_address_opens_to_the_words_it_was_made_for(text: str, language: str) -> None:
    assert TOKENS.open(TOKENS.seal(language, text)) == (language, text, ())


@given(place=st.integers(min_value=0), letter=st.sampled_from("AZaz09-_"))
def test_an_altered_address_is_unknown(place: int, letter: str) -> None:
    token = TOKENS.seal("hi", FREE.text)
    at = place % (len(token) - 1)  # the last letter carries bits that are padding
    altered = token[:at] + letter + token[at + 1 :]
    if altered != token:
        with pytest.raises(UnknownAudio):
            TOKENS.open(altered)


@pytest.mark.parametrize("token", ["", "A", "AAAA", "नमस्ते", "../../etc/passwd", "A" * 5000])
def test_an_address_that_was_never_ours_is_unknown(token: str) -> None:
    with pytest.raises(UnknownAudio):
        TOKENS.open(token)


def test_another_secret_opens_nothing() -> None:
    with pytest.raises(UnknownAudio):
        AudioTokens("another").open(TOKENS.seal("hi", "x"))


def test_a_stranger_cannot_have_a_bomb_unpacked() -> None:
    bomb = zlib.compress(b"0" * 10_000_000)
    with pytest.raises(UnknownAudio):
        TOKENS.open(quote(bomb.hex()))


@given(
    words=st.lists(st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=1, max_size=40))
)
def test_a_long_text_is_split_within_the_carriers_limits_and_loses_no_word(
    words: list[str],
) -> None:
    text = " ".join(words * 20)
    parts = split_text(text)
    assert " ".join(parts).split() == text.split()
    for part in parts:
        assert len(part.encode()) <= MAX_SAY_BYTES
        assert len(quote(part, safe="")) <= MAX_SAY_ENCODED


def test_a_hindi_text_is_split_by_its_encoded_length() -> None:
    """Nine bytes a letter once encoded: 1200 letters fit the byte limit of no single <Say>."""
    text = "बुखार " * 200
    assert len(split_text(text)) == 3
    assert split_text("short") == ("short",)


def test_a_word_longer_than_any_limit_is_cut_not_lost() -> None:
    assert "".join(split_text("क" * 2000)) == "क" * 2000


@pytest.mark.parametrize(
    "yaml",
    ["voices: {", "version: 1\nvoices: {twilio: {hi: {voice: x}}}", "version: 1\nvoice: {}"],
)
def test_a_broken_file_of_voices_is_refused_by_name(tmp_path: Path, yaml: str) -> None:
    path = tmp_path / "voices.yaml"
    path.write_text(yaml)
    with pytest.raises(VoicesError, match=r"voices\.yaml"):
        load_voices(path)
