"""Steps become documents of the TwiML family."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telephony.dialects import DIALECTS, SOMLENG, TWILIO, Dialect
from gateway.telephony.document import BridgeTarget, TurnUrls, UnrenderableError
from gateway.telephony.render import render
from gateway.telephony.speech import AudioTokens, CarrierVoice, SpeechBook, load_voices
from gateway.telephony.twiml import SILENCE_MARK, marked_silent
from ivr_flows.engine.steps import (
    Bridge,
    Connect,
    Gather,
    Hangup,
    Next,
    Pause,
    Play,
    Record,
    Reject,
    Say,
    Sound,
    Step,
    Utterance,
)

ORIGIN = "https://door.example"
NEXT = f"{ORIGIN}/voice/twilio/turn/c1/3?a=1&b=2"
HELLO = Utterance("hello", "hi", "नमस्ते", pieces=("hello",))
BRIDGE = BridgeTarget(
    number="+919800000002",
    caller_id="+911800000100",
    whisper_url=f"{ORIGIN}/whisper",
    joined_url=f"{ORIGIN}/joined",
    action_url=f"{ORIGIN}/next",
    status_url=f"{ORIGIN}/status",
    ring_s=20,
    time_limit_s=3600,
)
VOICES = Path(__file__).parents[2] / "config" / "voices.yaml"


def book(**kwargs: object) -> SpeechBook:
    voices = {("twilio", "hi"): CarrierVoice("Polly.Aditi", "hi-IN")}
    return SpeechBook(ORIGIN, AudioTokens("secret"), **{"voices": voices, **kwargs})  # type: ignore[arg-type]  # fields by name


def document(
    *steps: Step,
    dialect: Dialect = TWILIO,
    speech: SpeechBook | None = None,
    bridge: BridgeTarget | None = None,
) -> ElementTree.Element:
    rendered = render(
        steps, urls=TurnUrls(NEXT), speech=speech or book(), dialect=dialect, bridge=bridge
    )
    return ElementTree.fromstring(rendered)


def test_keys_come_to_the_next_turn_and_so_does_silence() -> None:
    gather, redirect = document(Gather((HELLO,), max_digits=1, timeout_s=4, sound=Sound.HOLD))
    assert gather.attrib == {
        "action": NEXT,
        "method": "POST",
        "input": "dtmf",
        "numDigits": "1",
        "timeout": "4",
        "finishOnKey": "",
    }
    say, play = gather
    assert (say.tag, say.text, say.get("voice"), say.get("language")) == (
        "Say",
        "नमस्ते",
        "Polly.Aditi",
        "hi-IN",
    )
    assert play.text == f"{ORIGIN}/voice/sounds/hold.wav"
    assert redirect.tag == "Redirect"
    assert redirect.text == f"{NEXT}&silence=1"


def test_a_number_may_be_ended_by_a_key() -> None:
    gather, _ = document(Gather((), max_digits=3, timeout_s=5, finish_on_key="#"))
    assert gather.get("finishOnKey") == "#"


def test_a_recording_beeps_is_bounded_and_goes_on_when_nothing_is_said() -> None:
    say, record, redirect = document(Record((HELLO,), max_s=30, silence_s=3))
    assert say.text == "नमस्ते"
    assert record.attrib == {
        "action": NEXT,
        "method": "POST",
        "maxLength": "30",
        "timeout": "3",
        "playBeep": "true",
        "finishOnKey": "1234567890*#",
        "trim": "trim-silence",
    }
    assert parse_qs(urlsplit(redirect.text or "").query)[SILENCE_MARK[0]] == ["1"]


def test_trap_10_a_bridge_rings_the_doctor_who_hears_a_whisper_first() -> None:
    (dial,) = document(Bridge("offer"), bridge=BRIDGE)
    assert dial.attrib == {
        "action": BRIDGE.action_url,
        "method": "POST",
        "callerId": "+911800000100",
        "timeout": "20",
        "timeLimit": "3600",
    }
    (number,) = dial
    assert number.text == "+919800000002"
    assert number.get("url") == BRIDGE.whisper_url
    assert number.get("statusCallback") == BRIDGE.status_url
    # Trap 10: one wrong name here, and no callback ever comes.
    assert set((number.get("statusCallbackEvent") or "").split()) == {
        "initiated",
        "ringing",
        "answered",
        "completed",
    }


def test_a_bridge_without_anybody_to_ring_is_refused() -> None:
    with pytest.raises(UnrenderableError, match="nobody to ring"):
        document(Bridge("offer"))


def test_a_dialect_that_cannot_whisper_never_joins_a_doctor_unasked() -> None:
    with pytest.raises(UnrenderableError, match="cannot whisper"):
        document(Bridge("offer"), dialect=SOMLENG, bridge=BRIDGE)


@pytest.mark.parametrize(
    ("step", "tag", "attributes"),
    [
        (Hangup(), "Hangup", {}),
        (Reject(), "Reject", {"reason": "busy"}),
        (Next(), "Redirect", {"method": "POST"}),
    ],
)
def test_endings(step: Step, tag: str, attributes: dict[str, str]) -> None:
    (element,) = document(step)
    assert (element.tag, element.attrib) == (tag, attributes)


def test_a_whisper_that_ends_joins_the_legs() -> None:
    assert [element.tag for element in document(Say((HELLO,)), Connect())] == ["Say"]


def test_a_pause_is_played_where_the_dialect_has_none() -> None:
    assert document(Pause(2), Hangup())[0].attrib == {"length": "2"}
    silent = document(Pause(2), Hangup(), dialect=SOMLENG)[0]
    assert (silent.tag, silent.attrib) == ("Play", {"loop": "2"})
    assert silent.text == f"{ORIGIN}/voice/sounds/silence.wav"


def test_somleng_gets_no_attribute_that_it_does_not_know() -> None:
    record = document(Record((), max_s=30, silence_s=3), dialect=SOMLENG)[0]
    assert record.get("trim") is None


def test_hold_music_may_be_played_alone() -> None:
    assert document(Play(Sound.HOLD), Next())[0].text == f"{ORIGIN}/voice/sounds/hold.wav"


@pytest.mark.parametrize(
    "steps", [(), (Say((HELLO,)),), (Hangup(), Say((HELLO,))), (Next(), Hangup())]
)
def test_a_turn_that_would_drop_the_caller_is_refused(steps: tuple[Step, ...]) -> None:
    with pytest.raises(UnrenderableError, match="ends once"):
        document(*steps)


@given(text=st.text(min_size=1, max_size=60), name=st.sampled_from(sorted(DIALECTS)))
def test_trap_20_no_text_breaks_a_document(text: str, name: str) -> None:
    """Trap 20: an unescaped & kills a call; so would a character that XML cannot hold."""
    said = Utterance("free", "hi", f"a & b <c> \x00\x0b\ufffe {text}")
    gather = document(Gather((said,), 1, 3), dialect=DIALECTS[name])[0]
    if name == "twilio":
        assert "a & b <c>" in (gather[0].text or "")


def test_what_a_text_says_is_not_taken_for_markup() -> None:
    said = Utterance("free", "hi", "R&D <Hangup/> \"q\" 'p'")
    response = document(Say((said,)), Hangup())
    assert [element.tag for element in response] == ["Say", "Hangup"]
    assert response[0].text == "R&D <Hangup/> \"q\" 'p'"


def test_the_shipped_voices_fit_the_dialects() -> None:
    voices = load_voices(VOICES)
    assert ("twilio", "hi") in voices
    assert {dialect for dialect, _ in voices} <= set(DIALECTS)
    assert all(voice.language.endswith("-IN") for voice in voices.values())


def test_the_mark_of_silence_joins_a_query_or_begins_one() -> None:
    assert marked_silent("https://x.example/t") == "https://x.example/t?silence=1"
    assert marked_silent("https://x.example/t?n=1") == "https://x.example/t?n=1&silence=1"
