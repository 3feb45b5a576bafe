"""Calls on the feature phone page, in a real browser, against a real simulator."""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import PhonesPage
from tests.simulator.desk import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    DOCTOR,
    PATIENT,
    TOLL_FREE,
    Desk,
    Reply,
    StubGateway,
    eventually,
    tone,
    twiml,
)

pytestmark = pytest.mark.browser

GREETING = "नमस्ते, दूरवाणी। एक दबाइए।"
WELCOME = f'<Say language="hi-IN">{GREETING}</Say>'
ASK = f'<Gather numDigits="1" timeout="30" action="/key">{WELCOME}</Gather><Hangup/>'
RECORD = '<Record maxLength="20" timeout="2" finishOnKey="#" action="/said"/>'


def recorded_wav(desk: Desk, form: Mapping[str, str]) -> wave.Wave_read:
    answer = desk.http.get(form["RecordingUrl"] + ".wav", auth=(ACCOUNT_SID, AUTH_TOKEN))
    assert answer.status_code == 200
    return wave.open(io.BytesIO(answer.content), "rb")


def bridge_phones(phones: PhonesPage, gateway: StubGateway) -> None:
    """Let the patient's call ring the doctor, who hears a whisper and accepts with 1."""
    number = f'<Number url="/whisper">{DOCTOR}</Number>'
    gateway.answers |= {
        "/incoming": twiml(f'<Dial action="/after" timeout="30">{number}</Dial>'),
        "/whisper": twiml(
            '<Gather numDigits="1" timeout="30" action="/accept"><Say>Woman, 34. Press 1.</Say>'
            "</Gather><Hangup/>"
        ),
        "/accept": twiml(),
        "/after": twiml('<Say language="hi-IN">धन्यवाद।</Say>'),
    }
    phones.patient.part("quick-dial").click()
    phones.doctor.expect_state("ringing")
    expect(phones.doctor.part("peer")).to_have_text("98000 00001")
    phones.doctor.part("call").click()
    expect(phones.doctor.part("caption")).to_contain_text("Woman, 34.")
    phones.doctor.expect_task("gathering")
    phones.doctor.press("1")
    for phone in (phones.patient, phones.doctor):
        phone.expect_task("bridged")


def test_dialling_on_the_keypad_reaches_the_gateway(
    phones: PhonesPage, gateway: StubGateway
) -> None:
    gateway.answers |= {"/incoming": twiml(ASK), "/key": twiml("<Hangup/>")}
    phones.patient.press("1800000100")
    expect(phones.patient.part("dial-number")).to_have_value("1800000100")
    phones.patient.part("call").click()
    phones.patient.expect_state("talking")
    form = gateway.wait_for("/incoming")[0].form
    assert (form["From"], form["To"]) == (PATIENT, TOLL_FREE)


def test_what_is_said_is_heard_and_stands_in_the_caption(
    phones: PhonesPage, gateway: StubGateway
) -> None:
    gateway.answers |= {"/incoming": twiml(ASK)}
    with phones.page.expect_response("**/speech?*") as heard:
        phones.patient.part("quick-dial").click()
    assert heard.value.headers["content-type"] == "audio/wav"
    said = phones.patient.part("caption").get_by_text(GREETING)
    expect(said).to_have_attribute("lang", "hi")
    expect(said).to_have_class("prompt sounding")
    expect(phones.patient.root).to_have_attribute("data-playing", "")
    expect(phones.patient.part("status")).to_have_text("Key in 1 digit")


def test_a_key_silences_the_prompt_and_answers_the_gather(
    phones: PhonesPage, gateway: StubGateway
) -> None:
    long_prompt = f'<Say language="hi-IN">{GREETING * 10}</Say>'
    gateway.answers |= {
        "/incoming": twiml(f'<Gather numDigits="1" action="/key">{long_prompt}</Gather>'),
        "/key": twiml("<Hangup/>"),
    }
    phones.patient.part("quick-dial").click()
    expect(phones.patient.part("caption").locator(".sounding")).to_be_visible()
    phones.patient.press("3")
    expect(phones.patient.root).to_have_attribute("data-playing", "")
    assert gateway.wait_for("/key")[0].form["Digits"] == "3"
    expect(phones.patient.part("caption")).to_contain_text("Pressed 3")


def test_a_prompt_that_cannot_be_fetched_does_not_hold_up_the_next(
    page: Page, desk: Desk, gateway: StubGateway
) -> None:
    page.route("**/media?*", lambda route: route.abort())
    phones = PhonesPage.open(page, desk.url("/"))
    gateway.answers |= {
        "/incoming": twiml("<Play>/hello.wav</Play>", WELCOME, '<Pause length="60"/>'),
        "/hello.wav": Reply(tone(0.3), content_type="audio/wav"),
    }
    phones.patient.part("quick-dial").click()
    expect(phones.patient.part("caption")).to_contain_text("♪ hello.wav")
    expect(phones.patient.part("caption").locator(".sounding")).to_have_text(GREETING)


def test_the_microphone_fills_a_recording_with_telephone_audio(
    phones: PhonesPage, desk: Desk, gateway: StubGateway
) -> None:
    gateway.answers |= {"/incoming": twiml(RECORD), "/said": twiml("<Hangup/>")}
    phones.patient.part("quick-dial").click()
    phones.patient.expect_task("recording")
    expect(phones.patient.part("status")).to_contain_text("mic is off")
    phones.patient.part("mic").click()
    expect(phones.patient.root).to_have_attribute("data-mic", "open")
    expect(phones.patient.part("status")).to_contain_text("Speak now")
    # The browser's fake microphone beeps once a second, so silence does not end the recording.
    phones.page.wait_for_timeout(3_500)
    phones.patient.press("#")
    wav = recorded_wav(desk, gateway.wait_for("/said")[0].form)
    assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (8000, 1, 2)
    assert wav.getnframes() / 8000 > 1.5
    phones.patient.expect_state("ended")
    expect(phones.patient.root).to_have_attribute("data-mic", "armed")


@pytest.mark.parametrize(("hertz", "lowest", "highest"), [(1000, 0.95, 1.05), (6000, 0, 0.02)])
def test_the_microphone_keeps_speech_and_cuts_what_a_telephone_cannot_carry(
    phones: PhonesPage, hertz: int, lowest: float, highest: float
) -> None:
    """A tone above 4 kHz must not come back as one below it."""
    level = phones.page.evaluate(
        """async (frequency) => {
            const context = new OfflineAudioContext(1, 48000, 48000);
            await context.audioWorklet.addModule("/static/phone/microphone-worklet.js");
            const node = new AudioWorkletNode(context, "telephone");
            const parcels = [];
            node.port.onmessage = ({ data }) => parcels.push(...data);
            const tone = new OscillatorNode(context, { frequency });
            tone.connect(node).connect(context.destination);
            tone.start();
            await context.startRendering();
            while (parcels.length < 7000) await new Promise((resolve) => setTimeout(resolve, 20));
            const steady = parcels.slice(800, 6400);
            const square = steady.reduce((sum, sample) => sum + sample * sample, 0);
            return Math.sqrt((2 * square) / steady.length);
        }""",
        hertz,
    )
    assert lowest <= level <= highest


def test_a_file_is_spoken_into_a_recording_at_the_line_rate(
    phones: PhonesPage, desk: Desk, gateway: StubGateway, tmp_path: Path
) -> None:
    file = tmp_path / "fever.wav"
    file.write_bytes(tone(1.5, rate_hz=44_100))
    gateway.answers |= {"/incoming": twiml(RECORD), "/said": twiml("<Hangup/>")}
    phones.patient.part("quick-dial").click()
    phones.patient.expect_task("recording")
    phones.patient.part("sample-file").set_input_files(file)
    expect(phones.patient.part("notice")).to_contain_text("Speaks fever.wav, 1.5 s.")
    wav = recorded_wav(desk, gateway.wait_for("/said")[0].form)
    assert wav.getframerate() == 8000
    assert wav.getnframes() / 8000 == pytest.approx(1.5, abs=0.05)


def test_a_file_that_is_no_audio_is_refused_in_words(
    phones: PhonesPage, gateway: StubGateway, tmp_path: Path
) -> None:
    file = tmp_path / "notes.wav"
    file.write_text("no audio at all")
    phones.patient.part("sample-file").set_input_files(file)
    expect(phones.patient.part("notice")).to_contain_text("no audio that the browser can read")


def test_the_doctors_phone_rings_and_the_two_are_bridged(
    phones: PhonesPage, gateway: StubGateway
) -> None:
    bridge_phones(phones, gateway)
    expect(phones.patient.part("status")).to_have_text("With 98000 00002")
    expect(phones.doctor.part("status")).to_have_text("With 98000 00001")
    phones.doctor.part("hangup").click()
    phones.doctor.expect_state("ended")
    expect(phones.patient.part("caption")).to_contain_text("धन्यवाद।")
    phones.patient.expect_state("ended")
    assert gateway.wait_for("/after")[0].form["DialBridged"] == "true"


def test_bridged_phones_hear_each_other(phones: PhonesPage, gateway: StubGateway) -> None:
    bridge_phones(phones, gateway)
    with phones.page.expect_response("**/clips/*.wav") as parcel:
        phones.patient.part("mic").click()
    assert parcel.value.ok
    expect(phones.doctor.part("caption")).to_contain_text("The other side speaks")


def test_rejecting_a_call_ends_the_ringing(
    phones: PhonesPage, desk: Desk, gateway: StubGateway
) -> None:
    gateway.answers |= {"/outbound": twiml(WELCOME)}
    sid = desk.call(DOCTOR)
    phones.doctor.expect_state("ringing")
    phones.doctor.part("softkey-right").click()
    phones.doctor.expect_state("ended")
    eventually(lambda: desk.call_status(sid) == "busy", "the call is busy")
