"""Recordings: fetched, kept sealed, heard by the real recogniser, or led to the keypad."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gateway.db.models import Recording
from gateway.domain.recording import RecordingPurpose
from gateway.services.hearing import RecogniserEar
from gateway.services.ports import Fetched, Fetching, NotReady, Unfetchable
from gateway.services.recordings import MOST_TAKEN, Hearing, Transcribing
from speech.hearing import Heard
from speech.lexicon import load_lexicon
from speech.models import UNKNOWN
from speech.recogniser import Transcript, Word
from speech.synthesis import synthesise
from tests.services.desk import Desk
from tests.services.line import NO_DANGER, Line, tell_who


@pytest.fixture
def hearing_desk(desk: Desk) -> Desk:
    """The desk with the real recogniser behind the job."""
    desk.transcribing = Transcribing(
        work=desk.work, carriers={"twilio": desk.carrier}, ear=RecogniserEar(load_lexicon())
    )
    return desk


def at_the_tone(desk: Desk, language: str = "hi") -> Line:
    """A man of 40 who is about to say what his trouble is."""
    line = Line(desk, "CA1").dial()
    line.choose_language(language)
    line.press("consent.agree")
    tell_who(line, who="household.self_male", age="40")
    line.wait()
    assert line.at == "complaint/tell"
    return line


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


def at_a_list(desk: Desk, *areas: str, language: str = "hi") -> Line:
    """A man of 40 who chose the keys, perhaps an area, and then keyed nothing."""
    line = Line(desk, "CA1").dial()
    line.choose_language(language)
    line.press("consent.agree")
    tell_who(line, who="household.self_male", age="40")
    line.press("tell.by_keys", *areas)
    line.wait()
    return line


def says(desk: Desk, line: Line, words: str) -> None:
    desk.carrier.recording = Fetched(synthesise(words, "hi"), "audio/wav")
    line.say()
    desk.work_off()
    line.wait()


def test_one_word_of_the_list_is_heard_by_vosk_and_read_back(hearing_desk: Desk) -> None:
    line = at_a_list(hearing_desk, "area.chest")
    assert line.at == "complaint/one_word"
    says(hearing_desk, line, "खांसी")
    line.press("heard.right", "duration.few", "severity.mild", NO_DANGER)
    complaint = hearing_desk.tickets()[0].complaint
    assert complaint["symptoms"] == [{"code": "cough", "source": "speech"}]
    assert (complaint["duration_days"], complaint["severity"]) == (3, "mild")


def test_a_word_that_the_list_has_not_leads_back_to_the_list(hearing_desk: Desk) -> None:
    line = at_a_list(hearing_desk, "area.chest")
    says(hearing_desk, line, "दस्त")
    assert line.at == "complaint/symptom"
    kept = row(hearing_desk)
    assert kept.outcome == "unclear"
    assert kept.heard is not None
    assert [symptom["code"] for symptom in kept.heard["symptoms"]] == ["diarrhoea"]
    line.wait()
    line.press("symptom.cough")
    assert line.at == "complaint/ask_duration"


def test_where_areas_are_asked_any_trouble_is_an_answer(hearing_desk: Desk) -> None:
    line = at_a_list(hearing_desk)
    says(hearing_desk, line, "दस्त")
    line.press("heard.right")
    assert line.at == "complaint/ask_duration"


def test_a_machine_that_bears_no_open_question_is_asked_for_words_of_a_list_only(
    desk: Desk,
) -> None:
    desk.ear.hears_freely = False
    line = at_the_tone(desk)
    line.say()
    assert line.at == "complaint/area"  # kept for the doctor, and the keys take over
    line.wait()
    assert line.at == "complaint/area"
    line.press("area.chest")
    line.wait()
    assert line.at == "complaint/one_word"


def test_a_word_that_is_said_again_is_said_by_the_same_list(desk: Desk) -> None:
    desk.ear.offered = ("fever", "cough")
    line = at_a_list(desk, "area.chest")
    says(desk, line, "खांसी")
    line.press("heard.say_again")
    assert line.at == "complaint/one_word"
    line.post(digits="1")
    assert line.session["variables"]["code"] == "cough"


def test_a_key_while_it_records_answers_the_page_that_was_heard(desk: Desk) -> None:
    line = at_a_list(desk, "area.chest")
    line.post(digits="5", recording_url="https://api.twilio.com/rec", recording_s=1)
    assert line.at == "complaint/symptom"
    line.press("symptom.sore_throat")
    assert line.at == "complaint/ask_duration"
    [recording] = desk.all(Recording)
    assert recording.purpose is None


def test_nine_while_it_records_leads_back_before_the_list(desk: Desk) -> None:
    line = at_a_list(desk, "area.chest")
    line.post(digits="9")
    assert line.at == "complaint/area"


def test_where_nothing_is_heard_silence_stays_a_failed_try(desk: Desk) -> None:
    line = at_a_list(desk, "area.chest", language="en")
    assert line.at == "complaint/symptom"
    assert line.session["tries"] == 1


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


@pytest.mark.parametrize(("part", "symptom"), [("पेट में", "abdominal_pain"), ("घुटने में", "joint_pain")])
def test_a_part_of_the_body_leads_to_its_list_from_whichever_page(
    hearing_desk: Desk, part: str, symptom: str
) -> None:
    line = at_a_list(hearing_desk)
    assert line.at == "complaint/one_word"
    says(hearing_desk, line, part)
    assert line.at == "complaint/symptom"
    line.press(f"symptom.{symptom}", "duration.few", "severity.mild", NO_DANGER)
    complaint = hearing_desk.tickets()[0].complaint
    assert complaint["symptoms"] == [{"code": symptom, "source": "keypad"}]
    # It may have been more than the part: the doctor can hear it.
    assert len(complaint["recording_ids"]) == 1


def test_nine_at_a_list_that_a_spoken_part_led_to_leads_back_to_the_areas(desk: Desk) -> None:
    desk.ear.answer = "area.abdomen"
    line = at_a_list(desk)
    says(desk, line, "पेट")
    line.post(digits="9")
    assert line.at == "complaint/area"


def read_back(desk: Desk, said: str) -> Line:
    """A man who said his trouble freely, heard it read back, and keyed nothing."""
    line = at_the_tone(desk)
    says(desk, line, said)
    assert line.at == "complaint/ask_heard"
    line.wait()
    return line


def test_a_spoken_yes_confirms_what_no_red_flag_looks_at(hearing_desk: Desk) -> None:
    line = read_back(hearing_desk, "खुजली")
    assert line.at == "complaint/yes_or_no"
    says(hearing_desk, line, "जी हाँ")
    line.press(NO_DANGER)
    complaint = hearing_desk.tickets()[0].complaint
    assert complaint["symptoms"] == [{"code": "itching", "source": "voice"}]
    trouble, answer = hearing_desk.all(Recording)
    assert (trouble.purpose, answer.purpose) == (
        RecordingPurpose.COMPLAINT,
        RecordingPurpose.ANSWER,
    )
    # A yes is nothing for the doctor to hear.
    assert complaint["recording_ids"] == [trouble.id]


def test_what_a_red_flag_looks_at_is_confirmed_by_a_key_alone(hearing_desk: Desk) -> None:
    line = read_back(hearing_desk, "बुखार")
    assert line.at == "complaint/ask_heard"
    assert len(hearing_desk.all(Recording)) == 1


def test_a_spoken_no_lets_her_say_it_again(hearing_desk: Desk) -> None:
    line = read_back(hearing_desk, "खुजली")
    says(hearing_desk, line, "नहीं")
    assert line.at == "complaint/tell"


@pytest.mark.parametrize("said", ["आज बारिश हुई", "बुखार", "हाँ नहीं"])
def test_what_is_neither_yes_nor_no_is_asked_for_by_key(hearing_desk: Desk, said: str) -> None:
    line = read_back(hearing_desk, "खुजली")
    says(hearing_desk, line, said)
    assert line.at == "complaint/ask_heard"
    line.wait()
    assert line.at == "complaint/ask_heard"
    line.press("heard.right", NO_DANGER)
    symptoms = hearing_desk.tickets()[0].complaint["symptoms"]
    assert symptoms == [{"code": "itching", "source": "speech"}]


def test_a_key_while_a_yes_is_recorded_counts_as_a_key(desk: Desk) -> None:
    desk.ear.offered = ("itching",)
    line = read_back(desk, "खुजली")
    line.post(digits="1")
    line.press(NO_DANGER)
    symptoms = desk.tickets()[0].complaint["symptoms"]
    assert symptoms == [{"code": "itching", "source": "speech"}]
