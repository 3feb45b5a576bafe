"""Scripted phones: what they do, how they fail, and how they are checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from simulator.__main__ import main
from simulator.scripts import BadScriptError, load_script, parse_script
from simulator.settings import settings_from_environment
from tests.simulator.desk import (
    DOCTOR,
    PATIENT,
    TOLL_FREE,
    Desk,
    StubGateway,
    eventually,
    start_desk,
    tone,
    twiml,
)

PATIENT_SCRIPT = f"""
number: "{PATIENT}"
start: [{{dial: "{TOLL_FREE}"}}]
steps:
  - expect: gather
    contains: language
    then: {{keys: "1"}}
  - expect: record
    then: [{{wait: 1}}, {{speak: fever.wav}}]
  - expect: bridge
    then: [{{wait: 4}}, {{hangup: true}}]
  - expect: hangup
"""
DOCTOR_SCRIPT = f"""
number: "{DOCTOR}"
whenever:
  - {{expect: ring, then: {{answer: true}}}}
  - {{expect: gather, contains: accepts, then: {{keys: "1"}}}}
"""


def serve_consultation(desk: Desk) -> None:
    desk.gateway.answers |= {
        "/incoming": twiml(
            '<Gather numDigits="1" action="/tell"><Say>For your language press</Say></Gather>'
        ),
        "/tell": twiml('<Record timeout="2" action="/bridge"/>'),
        "/bridge": twiml(f'<Dial action="/done"><Number url="/whisper">{DOCTOR}</Number></Dial>'),
        "/whisper": twiml(
            '<Gather numDigits="1" action="/accepted"><Say>1 accepts</Say></Gather><Hangup/>'
        ),
        "/accepted": twiml(),
    }


def performance(desk: Desk, number: str) -> dict[str, Any]:
    state: dict[str, Any] = desk.phone(number).state()["script"]
    return state


def test_two_scripted_phones_hold_a_consultation(desk: Desk, tmp_path: Path) -> None:
    serve_consultation(desk)
    (tmp_path / "fever.wav").write_bytes(tone(2))
    (tmp_path / "patient.yaml").write_text(PATIENT_SCRIPT)
    desk.simulator.director.play(parse_script(DOCTOR_SCRIPT))
    desk.simulator.director.play(load_script(tmp_path / "patient.yaml"))
    eventually(lambda: performance(desk, PATIENT)["state"] == "done", "the script's end")
    assert desk.gateway.at("/tell")[0].form["Digits"] == "1"
    assert desk.gateway.at("/bridge")[0].form["RecordingDuration"] == "2"
    assert desk.gateway.wait_for("/done")[0].form["DialBridged"] == "true"


def test_a_script_can_be_posted_to_a_phone(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml("<Reject/>")
    script = f'start: [{{missed_call: "{TOLL_FREE}"}}]\nsteps: [{{expect: hangup}}]'
    posted = desk.http.post(desk.url(f"/phones/{PATIENT}/script"), data=script.encode())
    assert posted.status_code == 200
    eventually(lambda: performance(desk, PATIENT)["state"] == "done", "the script's end")


def test_a_script_that_waits_in_vain_has_failed(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml('<Pause length="600"/>')
    script = (
        f'{{number: "{PATIENT}", start: [{{dial: "{TOLL_FREE}"}}],'
        " steps: [{expect: gather, contains: hello, within_s: 5}]}"
    )
    desk.simulator.director.play(parse_script(script))
    eventually(lambda: performance(desk, PATIENT)["state"] == "failed", "the failure")
    assert performance(desk, PATIENT)["why"] == "step 1: no gather containing 'hello' within 5.0 s"
    assert desk.log("script")[-1]["state"] == "failed"


def test_a_script_that_acts_without_a_call_has_failed(desk: Desk) -> None:
    desk.simulator.director.play(parse_script(f'{{number: "{PATIENT}", start: [{{keys: "1"}}]}}'))
    eventually(lambda: performance(desk, PATIENT)["state"] == "failed", "the failure")


def test_an_sms_can_be_waited_for(desk: Desk) -> None:
    script = (
        f'{{number: "{PATIENT}", steps: [{{expect: sms, contains: "42",'
        f' then: {{sms: {{to: "{TOLL_FREE}", body: thanks}}}}}}]}}'
    )
    desk.simulator.director.play(parse_script(script))
    for body in ("token 41", "token 42"):
        desk.rest("POST", "/Messages.json", {"To": PATIENT, "From": TOLL_FREE, "Body": body})
    assert desk.gateway.wait_for("/sms")[0].form["Body"] == "thanks"


def test_a_new_script_takes_over_from_the_old_one(desk: Desk) -> None:
    old = parse_script(f'{{number: "{PATIENT}", steps: [{{expect: hangup, within_s: 4}}]}}')
    new = parse_script(f'{{number: "{PATIENT}", steps: [{{expect: sms}}]}}')
    first = desk.simulator.director.play(old)
    desk.simulator.director.play(new)
    desk.rest("POST", "/Messages.json", {"To": PATIENT, "From": TOLL_FREE, "Body": "x"})
    eventually(lambda: performance(desk, PATIENT)["state"] == "done", "the new script's end")
    desk.simulator.exchange.clock.sleep(5)
    assert first.state == "running", "what was replaced neither ends nor fails"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- a list", "mapping"),
        ("number: [", "YAML"),
        ('{number: "98000"}', "number"),
        ('{number: "+9198", steps: [{expect: song}]}', "steps.0.expect"),
        ('{number: "+9198", steps: [{expect: say, then: {keys: "x"}}]}', "keys"),
        ('{number: "+9198", steps: [{expect: say, then: {keys: "1", wait: 1}}]}', "exactly one"),
        ('{number: "+9198", start: [{hangup: false}]}', "only be true"),
        ('{number: "+9198", start: [{speak: missing.wav}]}', "missing.wav"),
        ('{number: "+9198", stepz: []}', "stepz"),
    ],
)
def test_a_broken_script_is_explained(text: str, complaint: str) -> None:
    with pytest.raises(BadScriptError, match=complaint):
        parse_script(text)


def test_audio_that_is_no_wav_is_found_when_the_script_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(b"la la la")
    (tmp_path / "script.yaml").write_text('{number: "+9198", start: [{speak: song.wav}]}')
    with pytest.raises(BadScriptError, match="not a PCM WAV"):
        load_script(tmp_path / "script.yaml")


def test_a_script_for_another_phone_is_refused(desk: Desk) -> None:
    url = desk.url(f"/phones/{PATIENT}/script")
    refused = desk.http.post(url, data=f'{{number: "{DOCTOR}"}}'.encode())
    assert refused.status_code == 400


def test_a_hundred_and_twenty_scripted_phones_call_at_once(gateway: StubGateway) -> None:
    desk = start_desk(gateway, speed=4.0)
    serve_consultation(desk)
    desk.gateway.answers |= {
        "/incoming": twiml('<Gather numDigits="1" timeout="120" action="/tell"/>'),
        "/tell": twiml("<Hangup/>"),
    }
    numbers = [f"+9170000{n:05d}" for n in range(120)]
    for number in numbers:
        script = (
            f'{{number: "{number}", start: [{{dial: "{TOLL_FREE}"}}],'
            ' steps: [{expect: gather, then: [{wait: 2}, {keys: "2"}]}, {expect: hangup}]}'
        )
        desk.simulator.director.play(parse_script(script))
    phones = desk.simulator.exchange.phones
    eventually(
        lambda: all(
            (part := phones[number].performance) is not None and part.state == "done"
            for number in numbers
        ),
        "all scripts done",
        patience_s=60,
    )
    assert {request.form["Digits"] for request in desk.gateway.at("/tell")} == {"2"}
    assert len(desk.gateway.at("/tell")) == 120
    desk.simulator.stop()


def test_the_environment_configures_the_simulator() -> None:
    settings = settings_from_environment(
        {
            "PUBLIC_URL": "https://gateway.example/",
            "TOLL_FREE_NUMBER": "+911800000222",
            "SIMULATOR_PHONES": "+919800000005=Asha=patient, +919800000006",
            "SIMULATOR_SPEED": "12",
            "SMS_SENDER": "DRVANI",
        }
    )
    number = settings.number("+911800000222")
    assert number is not None
    assert number.voice_url == "https://gateway.example/voice/twilio/incoming"
    assert number.status_callback == "https://gateway.example/voice/twilio/status"
    assert number.sms_url == "https://gateway.example/sms/twilio/incoming"
    assert [(phone.name, phone.role) for phone in settings.phones] == [
        ("Asha", "patient"),
        ("+919800000006", ""),
    ]
    assert (settings.speed, settings.sms_senders) == (12.0, ("DRVANI",))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--speed", "0"], "--speed"),
        (["--unregistered", "asleep"], "--unregistered"),
        (["--phones", "doctor"], "doctor"),
        (["--port", "0", "--script", "{script}"], "script.yaml"),
    ],
)
def test_the_command_explains_what_is_wrong(
    tmp_path: Path, options: list[str], complaint: str
) -> None:
    path = tmp_path / "script.yaml"
    path.write_text("steps: 7")
    result = CliRunner().invoke(main, [option.format(script=path) for option in options])
    assert result.exit_code != 0
    assert complaint in result.output
