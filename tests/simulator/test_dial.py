"""Dial: whisper, bridge, the many ways in which it ends; Conference."""

from __future__ import annotations

import pytest

from tests.simulator.desk import (
    DOCTOR,
    NOBODY,
    OTHER_DOCTOR,
    PATIENT,
    TOLL_FREE,
    Desk,
    HandHeld,
    eventually,
    tone,
    twiml,
)

WHISPER = twiml(
    '<Gather numDigits="1" action="/accepted"><Say>A patient waits; 1 accepts</Say></Gather>',
    "<Hangup/>",
)


def dial(desk: Desk, *numbers: str, attributes: str = "", number_attributes: str = "") -> HandHeld:
    """Let the patient call, and the gateway dial these numbers with a whisper.

    They ring for ten minutes of the simulator's unless told otherwise, so that a busy machine is
    in time to answer.
    """
    if "timeout=" not in attributes:
        attributes += ' timeout="600"'
    nouns = "".join(
        f'<Number url="/whisper" {number_attributes}>{number}</Number>' for number in numbers
    )
    desk.gateway.answers |= {
        "/incoming": twiml(
            f'<Dial action="/done" callerId="{TOLL_FREE}" {attributes}>{nouns}</Dial>'
        ),
        "/whisper": WHISPER,
        "/accepted": twiml(),
    }
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    return phone


def accept(desk: Desk, number: str = DOCTOR) -> HandHeld:
    doctor = desk.phone(number)
    doctor.expect("ringing")
    doctor.do("answer")
    doctor.expect("gathering")
    doctor.do("keys", digits="1")
    return doctor


def action(desk: Desk) -> dict[str, str]:
    return dict(desk.gateway.wait_for("/done")[0].form)


def test_the_callee_hears_the_whisper_and_a_key_joins_the_legs(desk: Desk) -> None:
    patient = dial(desk, DOCTOR)
    doctor = desk.phone(DOCTOR)
    assert doctor.expect("ringing")["from"] == TOLL_FREE
    doctor.do("answer")
    assert "patient waits" in doctor.expect("prompt")["text"]
    doctor.expect("gathering")
    assert "bridged" not in patient.kinds()
    doctor.do("keys", digits="1")
    assert patient.expect("bridged")["with"] == DOCTOR
    assert doctor.expect("bridged")["with"] == PATIENT
    whisper = desk.gateway.at("/whisper")[0]
    assert whisper.form["Direction"] == "outbound-dial"
    assert whisper.form["ParentCallSid"] == patient.state()["call"]["sid"]


def test_both_sides_of_a_bridge_hear_each_other(desk: Desk) -> None:
    patient = dial(desk, DOCTOR)
    doctor = accept(desk)
    doctor.expect("bridged")
    assert patient.speak(tone(1))["heard"]
    heard = doctor.expect("audio_in")
    assert desk.http.get(desk.url(heard["audio_url"])).content == tone(1)
    doctor.speak(tone(2))
    assert patient.expect("audio_in")["seconds"] == 2


@pytest.mark.parametrize("leaver", [PATIENT, DOCTOR])
def test_the_bridge_ends_when_either_side_hangs_up(desk: Desk, leaver: str) -> None:
    dial(desk, DOCTOR)
    accept(desk).expect("bridged")
    desk.simulator.exchange.clock.sleep(8)
    desk.phone(leaver).do("hangup")
    form = action(desk)
    assert (form["DialCallStatus"], form["DialBridged"]) == ("completed", "true")
    assert int(form["DialCallDuration"]) >= 8
    for number in (PATIENT, DOCTOR):
        desk.phone(number).expect("hangup", reason="completed")


def test_a_whisper_that_hangs_up_joins_nobody(desk: Desk) -> None:
    patient = dial(desk, DOCTOR)
    doctor = desk.phone(DOCTOR)
    doctor.expect("ringing")
    doctor.do("answer")
    doctor.expect("hangup")
    form = action(desk)
    assert (form["DialCallStatus"], form["DialBridged"]) == ("completed", "false")
    assert "bridged" not in patient.kinds()


def test_the_callees_phone_stops_ringing_when_the_caller_hangs_up(desk: Desk) -> None:
    patient = dial(desk, DOCTOR)
    doctor = desk.phone(DOCTOR)
    doctor.expect("ringing")
    patient.do("hangup")
    doctor.expect("hangup", reason="canceled")
    assert doctor.state()["state"] == "idle"
    form = action(desk)
    assert (form["DialCallStatus"], form["CallStatus"]) == ("canceled", "completed")


def test_a_callee_who_answers_and_drops_is_not_bridged(desk: Desk) -> None:
    patient = dial(desk, DOCTOR)
    doctor = desk.phone(DOCTOR)
    doctor.expect("ringing")
    doctor.do("answer")
    doctor.expect("prompt")
    doctor.do("hangup")
    assert action(desk)["DialBridged"] == "false"
    assert "bridged" not in patient.kinds()


AMBULANCE = "108"


def dial_ambulance(desk: Desk, *, ring_s: int = 20) -> HandHeld:
    """Let the gateway dial a short public number, without a whisper."""
    desk.gateway.answers |= {
        "/incoming": twiml(
            f'<Dial action="/done" callerId="{TOLL_FREE}" timeout="{ring_s}">'
            f"<Number>{AMBULANCE}</Number></Dial>"
        ),
        "/done": twiml("<Say>after</Say>"),
    }
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    return phone


def test_a_public_number_is_joined_as_soon_as_it_answers(desk: Desk) -> None:
    ambulance = desk.phone(AMBULANCE)
    registered = desk.http.post(desk.url("/phones"), json={"number": AMBULANCE})
    assert registered.ok
    patient = dial_ambulance(desk)
    assert ambulance.expect("ringing")["from"] == TOLL_FREE
    ambulance.do("answer")
    assert patient.expect("bridged")["with"] == AMBULANCE
    ambulance.do("hangup")
    form = action(desk)
    assert (form["DialCallStatus"], form["DialBridged"]) == ("completed", "true")
    patient.expect("prompt", text="after")


def test_a_public_number_that_nobody_answers_is_told_to_the_gateway(desk: Desk) -> None:
    patient = dial_ambulance(desk, ring_s=1)
    assert action(desk)["DialCallStatus"] == "no-answer"
    patient.expect("prompt", text="after")


def test_a_rejected_ring_is_busy(desk: Desk) -> None:
    dial(desk, DOCTOR)
    doctor = desk.phone(DOCTOR)
    doctor.expect("ringing")
    doctor.do("reject")
    assert action(desk)["DialCallStatus"] == "busy"


def test_nobody_answers_in_time(desk: Desk) -> None:
    dial(desk, DOCTOR, attributes='timeout="5"')
    desk.phone(DOCTOR).expect("hangup", reason="no-answer")
    form = action(desk)
    assert form["DialCallStatus"] == "no-answer"
    assert "DialCallDuration" not in form


def test_a_number_without_a_phone_is_not_answered(desk: Desk) -> None:
    dial(desk, NOBODY, attributes='timeout="1"')
    assert action(desk)["DialCallStatus"] == "no-answer"


@pytest.mark.parametrize("fate", ["busy", "no-answer", "failed"])
def test_a_callee_can_be_told_to_misbehave(desk: Desk, fate: str) -> None:
    desk.misbehave(number=DOCTOR, callee=fate)
    dial(desk, DOCTOR, attributes='timeout="1"')
    assert action(desk)["DialCallStatus"] == fate
    assert "ringing" not in desk.phone(DOCTOR).kinds()


def test_a_phone_in_a_call_is_busy(desk: Desk) -> None:
    desk.gateway.answers["/outbound"] = twiml('<Pause length="600"/>')
    desk.call(DOCTOR)
    doctor = desk.phone(DOCTOR)
    doctor.expect("ringing")
    doctor.do("answer")
    dial(desk, DOCTOR)
    assert action(desk)["DialCallStatus"] == "busy"


def test_of_several_numbers_the_first_to_pick_up_wins(desk: Desk) -> None:
    patient = dial(desk, DOCTOR, OTHER_DOCTOR)
    desk.phone(DOCTOR).expect("ringing")
    accept(desk, OTHER_DOCTOR).expect("bridged")
    desk.phone(DOCTOR).expect("hangup", reason="canceled")
    assert patient.expect("bridged")["with"] == OTHER_DOCTOR


def test_a_dial_ends_at_its_time_limit(desk: Desk) -> None:
    dial(desk, DOCTOR, attributes='timeLimit="20"')
    doctor = accept(desk)
    doctor.expect("bridged")
    doctor.expect("hangup", reason="completed")
    assert 19 <= int(action(desk)["DialCallDuration"]) <= 40


def test_a_dial_without_action_goes_on_with_the_next_verb(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml(
        f'<Dial timeout="1"><Number>{NOBODY}</Number></Dial><Say>next</Say>'
    )
    desk.phone(PATIENT).do("dial", to=TOLL_FREE)
    desk.phone(PATIENT).expect("prompt", text="next")


def test_a_call_answered_on_bridge_keeps_ringing_until_then(desk: Desk) -> None:
    patient = dial(desk, DOCTOR, attributes='answerOnBridge="true"')
    doctor = desk.phone(DOCTOR)
    doctor.expect("ringing")
    assert patient.state()["call"]["status"] == "ringing"
    accept(desk)
    patient.expect("bridged")
    assert patient.state()["call"]["status"] == "in-progress"


def test_redirecting_a_call_in_dial_asks_for_two_documents(desk: Desk) -> None:
    patient = dial(desk, DOCTOR)
    doctor = accept(desk)
    doctor.expect("bridged")
    desk.gateway.answers |= {
        "/done": twiml("<Say>never heard</Say>"),
        "/elsewhere": twiml("<Say>elsewhere</Say>"),
    }
    sid = patient.state()["call"]["sid"]
    target = {"Url": f"{desk.gateway.origin}/elsewhere"}
    assert desk.rest("POST", f"/Calls/{sid}.json", target).status_code == 200
    patient.expect("prompt", text="elsewhere")
    doctor.expect("hangup")
    assert len(desk.gateway.at("/done")) == 1
    assert "never heard" not in str(patient.events())


def test_redirecting_the_callee_ends_the_dial_without_ending_her_call(desk: Desk) -> None:
    dial(desk, DOCTOR)
    doctor = accept(desk)
    doctor.expect("bridged")
    desk.gateway.answers["/elsewhere"] = twiml("<Say>to you alone</Say>")
    sid = doctor.state()["call"]["sid"]
    desk.rest("POST", f"/Calls/{sid}.json", {"Url": f"{desk.gateway.origin}/elsewhere"})
    doctor.expect("prompt", text="to you alone")
    assert action(desk)["DialBridged"] == "true"


def test_a_caller_id_that_is_not_the_accounts_is_refused(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml(f'<Dial callerId="{NOBODY}">{DOCTOR}</Dial>')
    patient = desk.phone(PATIENT)
    patient.do("dial", to=TOLL_FREE)
    assert patient.expect("error")["code"] == 13214


def test_the_callees_progress_is_reported(desk: Desk) -> None:
    events = 'statusCallback="/receipt" statusCallbackEvent="initiated ringing answered completed"'
    dial(desk, DOCTOR, number_attributes=events)
    accept(desk).expect("bridged")
    desk.phone(DOCTOR).do("hangup")
    told = desk.gateway.wait_for("/receipt", 4)
    statuses = [request.form["CallStatus"] for request in told]
    assert statuses == ["initiated", "ringing", "in-progress", "completed"]
    assert [request.form["SequenceNumber"] for request in told] == ["0", "1", "2", "3"]
    assert all(request.signed for request in told)
    assert {request.form["To"] for request in told} == {DOCTOR}


def test_a_conference_lets_everybody_hear_everybody(desk: Desk) -> None:
    room = '<Dial action="/done"><Conference endConferenceOnExit="{}">room 7</Conference></Dial>'
    desk.gateway.answers |= {
        "/incoming": twiml(room.format("true")),
        "/outbound": twiml(room.format("false")),
    }
    patient, doctor = desk.phone(PATIENT), desk.phone(DOCTOR)
    patient.do("dial", to=TOLL_FREE)
    patient.expect("joined")
    desk.call(DOCTOR)
    doctor.expect("ringing")
    doctor.do("answer")
    assert patient.expect("bridged")["with"] == "room 7"
    doctor.speak(tone(1))
    patient.expect("audio_in")
    patient.do("hangup")
    eventually(lambda: len(desk.gateway.at("/done")) == 2, "both leave the room")
    assert desk.gateway.at("/done")[0].form["DialCallStatus"] == "answered"
    doctor.expect("hangup")


def test_a_muted_member_of_a_conference_only_listens(desk: Desk) -> None:
    room = '<Dial><Conference muted="{}">room</Conference></Dial>'
    desk.gateway.answers |= {
        "/incoming": twiml(room.format("true")),
        "/outbound": twiml(room.format("false")),
    }
    patient, doctor = desk.phone(PATIENT), desk.phone(DOCTOR)
    patient.do("dial", to=TOLL_FREE)
    patient.expect("joined")
    desk.call(DOCTOR)
    doctor.expect("ringing")
    doctor.do("answer")
    doctor.expect("joined")
    doctor.speak(tone(1))
    patient.expect("audio_in")
    assert patient.speak(tone(1))["heard"] is False
