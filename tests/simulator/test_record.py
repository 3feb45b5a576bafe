"""Record: what is said, how it ends, and how the gateway fetches it."""

from __future__ import annotations

import io
import time
import wave

import pytest

from tests.simulator.desk import (
    PATIENT,
    TOLL_FREE,
    Desk,
    HandHeld,
    StubGateway,
    start_desk,
    tone,
    twiml,
)

HEARD_WITHIN_S = 0.3


def begin(desk: Desk, attributes: str = "") -> HandHeld:
    desk.gateway.answers["/incoming"] = twiml(
        f'<Record action="/done" {attributes}/><Redirect>/nothing</Redirect>'
    )
    desk.gateway.answers["/nothing"] = twiml("<Hangup/>")
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("recording")
    return phone


def fetch(desk: Desk, url: str) -> bytes:
    path = url.removeprefix(
        desk.url(f"/2010-04-01/Accounts/{desk.simulator.exchange.settings.account_sid}")
    )
    response = desk.rest("GET", path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "audio/x-wav"
    return bytes(response.content)


def seconds(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return float(file.getnframes() / 8000)


def test_silence_after_speech_ends_the_recording(desk: Desk) -> None:
    phone = begin(desk, 'timeout="2" maxLength="20"')
    assert phone.speak(tone(3)) == {"heard": True, "seconds": 3.0}
    form = desk.gateway.wait_for("/done")[0].form
    assert form["RecordingDuration"] == "3"
    assert form["CallStatus"] == "in-progress"
    assert seconds(fetch(desk, form["RecordingUrl"])) == pytest.approx(3, abs=0.1)
    assert seconds(fetch(desk, form["RecordingUrl"] + ".wav")) == pytest.approx(3, abs=0.1)


def test_other_sampling_rates_are_brought_to_the_line(desk: Desk) -> None:
    phone = begin(desk, 'timeout="1"')
    phone.speak(tone(2, rate_hz=16_000))
    url = desk.gateway.wait_for("/done")[0].form["RecordingUrl"]
    assert seconds(fetch(desk, url)) == pytest.approx(2, abs=0.1)


def test_a_microphones_parcels_become_one_recording(desk: Desk) -> None:
    phone = begin(desk, 'timeout="10" finishOnKey="#"')
    for _ in range(3):
        phone.speak(tone(1))
    phone.speak(tone(11, hertz=0))
    form = desk.gateway.wait_for("/done")[0].form
    assert form["RecordingDuration"] == "3", "the silence that ended it is trimmed"
    assert form["Digits"] == ""


def test_a_key_ends_the_recording_in_the_middle_of_a_word(desk: Desk) -> None:
    long_story = tone(60)
    phone = begin(desk, 'finishOnKey="#"')
    phone.speak(long_story)
    # Until she is heard the recording is empty, and its key is lost with it.
    time.sleep(HEARD_WITHIN_S)
    phone.do("keys", digits="5#")
    form = desk.gateway.wait_for("/done")[0].form
    assert form["Digits"] == "#"
    assert 0 < int(form["RecordingDuration"]) < 60


def test_the_recording_is_no_longer_than_allowed(desk: Desk) -> None:
    # Made before the call, and long beside the time that a busy machine needs to say it.
    clip = tone(50)
    phone = begin(desk, 'maxLength="40"')
    phone.speak(clip)
    assert desk.gateway.wait_for("/done")[0].form["RecordingDuration"] == "40"


@pytest.mark.parametrize("said", [None, tone(4, hertz=0)], ids=["nothing", "silence"])
def test_an_empty_recording_goes_on_without_its_action(desk: Desk, said: bytes | None) -> None:
    phone = begin(desk, 'timeout="2"')
    if said is not None:
        phone.speak(said)
    desk.gateway.wait_for("/nothing")
    assert desk.gateway.at("/done") == []
    assert desk.rest("GET", "/Recordings.json").json()["recordings"] == []


def test_hanging_up_keeps_what_was_said(desk: Desk) -> None:
    phone = begin(desk, 'timeout="30" trim="do-not-trim"')
    phone.speak(tone(2))
    desk.simulator.exchange.clock.sleep(6)
    phone.do("hangup")
    form = desk.gateway.wait_for("/done")[0].form
    assert (form["Digits"], form["CallStatus"]) == ("hangup", "completed")
    assert form["RecordingDuration"] == "2"
    assert desk.gateway.at("/nothing") == []


def test_the_recording_callback_is_told(desk: Desk) -> None:
    phone = begin(desk, 'timeout="1" recordingStatusCallback="/receipt"')
    phone.speak(tone(1))
    told = desk.gateway.wait_for("/receipt")[0]
    assert told.signed
    assert told.form["RecordingStatus"] == "completed"
    assert told.form["RecordingSid"] == desk.gateway.wait_for("/done")[0].form["RecordingSid"]


def test_a_recording_can_be_late(desk: Desk) -> None:
    desk.misbehave(recording_not_ready=2)
    phone = begin(desk, 'timeout="1"')
    phone.speak(tone(1))
    sid = desk.gateway.wait_for("/done")[0].form["RecordingSid"]
    statuses = [desk.rest("GET", f"/Recordings/{sid}").status_code for _ in range(3)]
    assert statuses == [404, 404, 200]


def test_media_wants_the_accounts_password(desk: Desk) -> None:
    phone = begin(desk, 'timeout="1"')
    phone.speak(tone(1))
    url = desk.gateway.wait_for("/done")[0].form["RecordingUrl"]
    assert desk.http.get(url).status_code == 401


def test_a_recording_can_be_deleted(desk: Desk) -> None:
    phone = begin(desk, 'timeout="1"')
    phone.speak(tone(1))
    sid = desk.gateway.wait_for("/done")[0].form["RecordingSid"]
    assert desk.rest("DELETE", f"/Recordings/{sid}.json").status_code == 204
    assert desk.rest("GET", f"/Recordings/{sid}").status_code == 404


def test_speech_that_nobody_listens_to_is_not_heard(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml('<Pause length="60"/>')
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    assert phone.speak(tone(1))["heard"] is False


def test_what_is_no_wav_file_is_refused(desk: Desk) -> None:
    phone = begin(desk)
    assert "WAV" in phone.speak(b"<html>", expect=400)["error"]


def test_a_long_recording_lives_at_the_pace_of_the_line(gateway: StubGateway) -> None:
    desk = start_desk(gateway, speed=10.0)
    phone = begin(desk, 'timeout="1"')
    clock = desk.simulator.exchange.clock
    began_s = clock.reading_s()
    phone.speak(tone(5))
    phone.expect("recorded")
    assert 5.5 <= clock.line_s(began_s) <= 16
    desk.simulator.stop()
