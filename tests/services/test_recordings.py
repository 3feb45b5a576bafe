"""Recordings: fetched, kept sealed, heard by the real recogniser, or led to the keypad."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gateway.db.models import Recording
from gateway.services.hearing import RecogniserEar
from gateway.services.ports import Fetched, Fetching, NotReady, Unfetchable
from gateway.services.recordings import MOST_TAKEN, Hearing
from speech.hearing import Heard
from speech.lexicon import load_lexicon
from speech.models import UNKNOWN
from speech.recogniser import Transcript, Word
from speech.synthesis import synthesise
from tests.services.desk import Desk
from tests.services.line import NO_DANGER, Line, at_the_tone


def spoken(desk: Desk, recording: Fetching) -> Line:
    desk.carrier.recording = recording
    line = at_the_tone(desk)
    line.say()
    desk.work_off()
    return line


def row(desk: Desk) -> Recording:
    with Session(desk.engine) as db:
        recording = db.query(Recording).one()
        _ = recording.audio
        return recording


def test_a_spoken_symptom_is_heard_by_vosk_and_asked_for_by_key(hearing_desk: Desk) -> None:
    said = Fetched(synthesise("बुखार", "hi"), "audio/wav")
    line = spoken(hearing_desk, said)
    assert "मैंने सुना: बुखार" in line.wait()
    assert row(hearing_desk).outcome == "understood"
    assert not hearing_desk.tickets()
    line.press("heard.right", NO_DANGER)
    [ticket] = hearing_desk.tickets()
    assert ticket.complaint["symptoms"] == [{"code": "fever", "source": "speech"}]


def test_a_heard_symptom_that_she_denies_is_not_hers(hearing_desk: Desk) -> None:
    line = spoken(hearing_desk, Fetched(synthesise("बुखार", "hi"), "audio/wav"))
    line.wait()
    line.press("tell.by_keys")
    assert line.at == "complaint/area"
    line.press("area.chest", "symptom.cough", "duration.one", "severity.mild", NO_DANGER)
    codes = [s["code"] for s in hearing_desk.tickets()[0].complaint["symptoms"]]
    assert "fever" not in codes
    assert hearing_desk.tickets()[0].complaint["recording_ids"]


def test_the_audio_is_kept_for_the_doctor_and_sealed(hearing_desk: Desk) -> None:
    audio = synthesise("बुखार", "hi")
    spoken(hearing_desk, Fetched(audio, "audio/wav"))
    assert row(hearing_desk).audio == audio
    with hearing_desk.engine.connect() as connection:
        raw = bytes(connection.scalar(text("SELECT audio FROM recordings")) or b"")
    assert raw
    assert audio[:64] not in raw


@pytest.mark.parametrize(
    "body",
    [b"<Response>error</Response>", b"", b"\x00" * 4000, synthesise("बुखार", "hi")[:60]],
    ids=["xml", "empty", "zeros", "cut"],
)
def test_what_is_no_speech_leads_to_the_keypad_and_not_to_an_error(
    hearing_desk: Desk, body: bytes
) -> None:
    line = spoken(hearing_desk, Fetched(body, "audio/wav"))
    assert "तकलीफ़ कहाँ है" in line.wait()
    assert row(hearing_desk).outcome not in {None, "understood"}


def test_trap_09_a_recording_that_is_not_ready_is_fetched_later(hearing_desk: Desk) -> None:
    spoken(hearing_desk, NotReady("HTTP 404"))
    assert row(hearing_desk).outcome is None
    hearing_desk.carrier.recording = Fetched(synthesise("बुखार", "hi"), "audio/wav")
    hearing_desk.clock.forward(2)
    hearing_desk.sweep()
    hearing_desk.work_off()
    assert row(hearing_desk).outcome == "understood"


def test_a_recording_that_never_comes_ends_as_failed(hearing_desk: Desk) -> None:
    spoken(hearing_desk, NotReady("HTTP 404"))
    for _ in range(10):
        hearing_desk.clock.forward(600)
        hearing_desk.sweep()
        hearing_desk.work_off()
    assert row(hearing_desk).outcome == "failed"


def test_a_recording_from_elsewhere_is_not_fetched_again(hearing_desk: Desk) -> None:
    line = spoken(hearing_desk, Unfetchable("not a host of the carrier"))
    assert row(hearing_desk).outcome == "failed"
    assert "तकलीफ़ कहाँ है" in line.wait()


def test_a_recogniser_that_is_late_does_not_keep_her_waiting(desk: Desk) -> None:
    line = at_the_tone(desk)
    line.say()
    for _ in range(5):
        if "तकलीफ़ कहाँ है" in line.answer:
            break
        assert "<Say" in line.wait()
    assert "तकलीफ़ कहाँ है" in line.answer


def test_without_a_model_for_the_language_the_keypad_takes_over(desk: Desk) -> None:
    line = at_the_tone(desk, "en")
    answer = line.say()
    assert "doctor will listen" in answer
    assert "Where is the trouble" in answer
    assert desk.all(Recording)


def test_the_doctor_reads_a_gap_where_a_word_was_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = tuple(Word(said, n, n + 0.5, 1.0) for n, said in enumerate(("बुखार", UNKNOWN)))
    transcript = Transcript(" ".join(word.text for word in words), 1.0, words, 2.0, "model")
    heard = Heard(transcript, (), (), None)
    monkeypatch.setattr("gateway.services.hearing.hear", lambda *_, **__: heard)
    assert RecogniserEar(load_lexicon()).hear(b"", language="hi").detail["text"] == "बुखार …"


def test_a_recording_at_a_carrier_whose_account_is_gone_is_left_to_the_doctor(desk: Desk) -> None:
    del desk.carriers["twilio"]
    spoken(desk, Fetched(b"RIFF", "audio/wav"))
    assert row(desk).outcome == "failed"


def test_audio_that_kills_every_worker_is_not_heard_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []

    def die(audio: bytes, **_: object) -> Hearing:
        heard.append(audio)
        raise SystemExit

    monkeypatch.setattr(desk.ear, "hear", die)
    with pytest.raises(SystemExit):
        spoken(desk, Fetched(b"RIFF", "audio/wav"))
    for _ in range(100):
        desk.clock.forward(61)
        desk.sweep()
        with suppress(SystemExit):
            desk.work_off()
    assert row(desk).outcome == "failed"
    assert len(heard) <= MOST_TAKEN
    assert row(desk).audio == b"RIFF"
