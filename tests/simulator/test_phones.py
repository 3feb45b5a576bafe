"""The phone API: states, events, refusals, the carrier's log, the page's routes."""

from __future__ import annotations

import json

import pytest
import requests

from tests.simulator.desk import DOCTOR, NOBODY, PATIENT, TOLL_FREE, Desk, eventually, twiml


def test_a_phone_tells_its_state_through_a_call(desk: Desk) -> None:
    desk.gateway.answers["/outbound"] = twiml('<Pause length="600"/>')
    doctor = desk.phone(DOCTOR)
    assert doctor.state()["state"] == "idle"
    desk.call(DOCTOR)
    doctor.expect("ringing")
    assert doctor.state()["state"] == "ringing"
    doctor.do("answer")
    assert doctor.state()["state"] == "in_call"
    assert doctor.state()["call"]["with"] == TOLL_FREE
    doctor.do("hangup")
    assert doctor.state()["call"] is None


@pytest.mark.parametrize(
    ("action", "body"),
    [("answer", {}), ("reject", {}), ("hangup", {}), ("keys", {"digits": "1"})],
)
def test_an_idle_phone_refuses_what_needs_a_call(
    desk: Desk, action: str, body: dict[str, object]
) -> None:
    assert desk.phone(PATIENT).do(action, 409, **body)["error"]


@pytest.mark.parametrize(
    ("action", "body"),
    [("dial", {}), ("dial", {"to": "112"}), ("keys", {}), ("sms", {"to": TOLL_FREE})],
)
def test_a_malformed_request_is_explained(desk: Desk, action: str, body: dict[str, object]) -> None:
    assert desk.phone(PATIENT).do(action, 400, **body)["error"]


def test_keys_that_no_phone_has_are_refused(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml('<Pause length="600"/>')
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    assert "keys" in phone.do("keys", 400, digits="12A")["error"]
    phone.do("dial", 409, to=TOLL_FREE)


def test_an_unknown_phone_is_not_found(desk: Desk) -> None:
    desk.phone(NOBODY).do("dial", 404, to=TOLL_FREE)
    assert desk.http.get(desk.url(f"/phones/{NOBODY}/log")).status_code == 404
    assert desk.http.get(desk.url(f"/phones/{NOBODY}/events")).status_code == 404


def test_a_number_that_nobody_has_is_not_in_service(desk: Desk) -> None:
    phone = desk.phone(PATIENT)
    phone.do("dial", to=NOBODY)
    phone.expect("hangup", reason="not_in_service")


@pytest.mark.parametrize(
    ("anonymous", "shown"), [(True, "+266696687"), ("word", "anonymous"), (False, PATIENT)]
)
def test_a_caller_may_withhold_the_number(desk: Desk, anonymous: object, shown: str) -> None:
    desk.gateway.answers["/incoming"] = twiml("<Say>who is there</Say>")
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE, anonymous=anonymous)
    phone.expect("prompt", text="who is there")
    phone.expect("hangup")
    assert desk.gateway.at("/incoming")[0].form["From"] == shown


def test_a_missed_call_ends_after_one_ring(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml('<Pause length="60"/>')
    phone = desk.phone(PATIENT)
    phone.do("missed_call", to=TOLL_FREE)
    phone.expect("hangup", reason="canceled")
    assert "answered" not in phone.kinds()
    assert desk.gateway.wait_for("/status")[0].form["CallStatus"] == "canceled"


def test_a_stream_resumes_after_the_last_event_seen(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml("<Say>one</Say><Say>two</Say>")
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("hangup")
    first = next(event for event in phone.events() if event.get("text") == "one")
    url = desk.url(f"/phones/{PATIENT}/events")
    headers = {"Last-Event-ID": str(first["id"])}
    with requests.get(url, headers=headers, stream=True, timeout=5) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = (line.decode() for line in stream.iter_lines() if line.startswith(b"data:"))
        following = json.loads(next(lines).removeprefix("data:"))
        assert (following["text"], following["phone"]) == ("two", PATIENT)
        assert following["id"] > first["id"]
        assert json.loads(next(lines).removeprefix("data:"))["kind"] == "hangup"


def test_the_carriers_log_holds_webhooks_callbacks_and_rest_requests(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml("<Hangup/>")
    desk.phone(PATIENT).do("dial", to=TOLL_FREE)
    eventually(lambda: desk.log("callback") != [], "the callback in the log")
    webhook = desk.log("webhook")[0]
    assert webhook["url"].endswith("/incoming")
    assert webhook["status"] == 200
    assert webhook["ms"] > 0
    assert "Hangup" in webhook["answer"]
    desk.rest("POST", "/Messages.json", {"To": PATIENT, "From": TOLL_FREE, "Body": "x"})
    rest = desk.log("rest")[-1]
    assert (rest["method"], rest["status"]) == ("POST", 201)
    assert "Authorization" not in str(rest)


def test_speech_of_no_or_too_much_text_is_refused(desk: Desk) -> None:
    for text in ("", "x" * 5000):
        assert desk.http.get(desk.url("/speech"), params={"text": text}).status_code == 400
    strange = desk.http.get(desk.url("/speech"), params={"text": "x", "language": "xx"})
    assert strange.status_code == 400


def test_phones_can_be_added_and_are_listed(desk: Desk) -> None:
    added = desk.http.post(desk.url("/phones"), json={"number": NOBODY, "name": "new"})
    assert added.status_code == 201
    numbers = [phone["number"] for phone in desk.http.get(desk.url("/phones")).json()]
    assert NOBODY in numbers
    assert desk.http.post(desk.url("/phones"), json={"number": "me"}).status_code == 400


def test_the_page_shows_the_phones_asked_for(desk: Desk) -> None:
    page = desk.http.get(desk.url("/"), params={"phone": PATIENT})
    assert page.status_code == 200
    assert PATIENT in page.text
    assert DOCTOR not in page.text
