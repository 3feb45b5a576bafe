"""The carrier told to misbehave: late, twice, out of order, silent, slow."""

from __future__ import annotations

import time

import pytest
import requests

from tests.simulator.desk import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    DOCTOR,
    PATIENT,
    TOLL_FREE,
    Desk,
    eventually,
    twiml,
)

ALL_EVENTS = ["initiated", "ringing", "answered", "completed"]


def whole_call(desk: Desk) -> str:
    desk.gateway.answers["/outbound"] = twiml("<Hangup/>")
    sid = desk.call(
        DOCTOR,
        StatusCallback=f"{desk.gateway.origin}/receipt",
        StatusCallbackEvent=ALL_EVENTS,
    )
    doctor = desk.phone(DOCTOR)
    doctor.expect("ringing")
    doctor.do("answer")
    doctor.expect("hangup")
    return sid


def told(desk: Desk, count: int) -> list[str]:
    return [request.form["SequenceNumber"] for request in desk.gateway.wait_for("/receipt", count)]


def test_callbacks_come_twice(desk: Desk) -> None:
    desk.misbehave(callback_copies=2)
    whole_call(desk)
    assert sorted(told(desk, 8)) == ["0", "0", "1", "1", "2", "2", "3", "3"]


def test_callbacks_come_out_of_order(desk: Desk) -> None:
    desk.misbehave(callback_order="swapped")
    whole_call(desk)
    assert told(desk, 4) == ["1", "0", "3", "2"]


def test_callbacks_come_late(desk: Desk) -> None:
    desk.misbehave(callback_delay_s=20)
    desk.gateway.answers["/incoming"] = twiml("<Hangup/>")
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("hangup")
    began_s = time.monotonic()
    desk.gateway.wait_for("/status")
    assert time.monotonic() - began_s > 0.3


def test_webhooks_come_twice_and_the_call_goes_on_once(desk: Desk) -> None:
    desk.misbehave(webhook_copies=2)
    desk.gateway.answers["/incoming"] = twiml("<Say>once</Say>")
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("hangup")
    first, second = desk.gateway.wait_for("/incoming", 2)
    assert (first.form, first.signature) == (second.form, second.signature)
    assert phone.kinds().count("prompt") == 1


@pytest.mark.parametrize(("fault", "status"), [("refuse_429", 429), ("fail_500", 500)])
def test_rest_refuses_without_doing_anything(desk: Desk, fault: str, status: int) -> None:
    desk.misbehave(rest=fault, rest_times=1)
    form = {"To": PATIENT, "From": TOLL_FREE, "Body": "hello"}
    assert desk.rest("POST", "/Messages.json", form).status_code == status
    assert desk.rest("GET", "/Messages.json").json()["messages"] == []
    assert desk.rest("POST", "/Messages.json", form).status_code == 201, "only once"


def test_rest_fails_after_it_has_done_the_work(desk: Desk) -> None:
    desk.misbehave(rest="fail_500_after_accepting", rest_times=1)
    form = {"To": PATIENT, "From": TOLL_FREE, "Body": "hello"}
    assert desk.rest("POST", "/Messages.json", form).status_code == 500
    assert desk.phone(PATIENT).expect("sms")["body"] == "hello"


def test_rest_falls_silent_after_it_has_placed_the_call(desk: Desk) -> None:
    desk.misbehave(number=DOCTOR, rest="time_out_after_accepting", rest_hold_s=1)
    url = desk.url(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json")
    form = {"To": DOCTOR, "From": TOLL_FREE, "Url": f"{desk.gateway.origin}/outbound"}
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=0.3)
    desk.phone(DOCTOR).expect("ringing")
    placed = desk.rest("GET", "/Calls.json", params={"To": DOCTOR}).json()["calls"]
    assert len(placed) == 1, "the list tells what became of the request"


@pytest.mark.parametrize("fate", ["busy", "no-answer", "failed"])
def test_a_call_over_rest_meets_the_fate_it_is_told(desk: Desk, fate: str) -> None:
    desk.misbehave(callee=fate)
    sid = desk.call(DOCTOR, Timeout="1")
    eventually(lambda: desk.call_status(sid) == fate, fate)


def test_faults_of_one_number_leave_the_others_alone(desk: Desk) -> None:
    desk.misbehave(number=DOCTOR, sms="failed")
    for number in (DOCTOR, PATIENT):
        desk.rest("POST", "/Messages.json", {"To": number, "From": TOLL_FREE, "Body": "x"})
    desk.phone(PATIENT).expect("sms")
    assert desk.phone(DOCTOR).state()["inbox"] == []


@pytest.mark.parametrize(
    ("order", "complaint"),
    [({"callee": "asleep"}, "callee"), ({"naughty": True}, "naughty"), ({"rest_times": 0}, "rest")],
)
def test_an_order_that_makes_no_sense_is_refused(
    desk: Desk, order: dict[str, object], complaint: str
) -> None:
    refused = desk.http.post(desk.url("/control/misbehave"), json=order)
    assert refused.status_code == 400
    assert complaint in refused.json()["error"]


def test_a_reset_ends_the_calls_and_forgets_the_faults(desk: Desk) -> None:
    desk.misbehave(sms="failed")
    desk.gateway.answers["/incoming"] = twiml('<Pause length="600"/>')
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("silence")
    desk.http.post(desk.url("/control/reset"))
    assert phone.state()["state"] == "idle"
    assert phone.state()["inbox"] == []
    assert desk.rest("GET", "/Calls.json").json()["calls"] == []
    faults = desk.http.get(desk.url("/control/misbehave")).json()
    assert faults["general"]["sms"] == "delivered"
