"""Words that answer a list, the question where it hurts, or a read-back."""

from __future__ import annotations

import pytest

from gateway.db.models import Recording
from gateway.domain.recording import RecordingPurpose
from gateway.services.ports import Fetched
from speech.synthesis import synthesise
from tests.services.desk import Desk
from tests.services.line import NO_DANGER, Line, at_the_tone, tell_who


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
    [kept] = hearing_desk.all(Recording)
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
    kept = {recording.purpose: recording.id for recording in hearing_desk.all(Recording)}
    assert kept.keys() == {RecordingPurpose.COMPLAINT, RecordingPurpose.ANSWER}
    # A yes is nothing for the doctor to hear.
    assert complaint["recording_ids"] == [kept[RecordingPurpose.COMPLAINT]]


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
