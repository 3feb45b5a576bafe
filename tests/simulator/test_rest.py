"""The REST API, through Twilio's own client and against Twilio's own OpenAPI description."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.simulator.desk import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    DOCTOR,
    NOBODY,
    PATIENT,
    TOLL_FREE,
    Desk,
    eventually,
    start_desk,
    tone,
    twiml,
)

DESCRIPTION = Path(__file__).parents[2] / ".." / "shared" / "data" / "twilio_api_v2010.json"
ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT_SID}"


class DeskHttpClient(TwilioHttpClient):  # type: ignore[misc] # the SDK has no types
    """Twilio's client, sent to the desk instead of api.twilio.com."""

    def __init__(self, origin: str) -> None:
        super().__init__(timeout=5)
        self._origin = origin

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        here = url.replace("https://api.twilio.com", self._origin)
        return super().request(method, here, *args, **kwargs)


@pytest.fixture
def twilio(desk: Desk) -> Client:
    return Client(ACCOUNT_SID, AUTH_TOKEN, http_client=DeskHttpClient(desk.simulator.origin))


def answered_call(desk: Desk, document: str = '<Pause length="600"/>', **params: Any) -> str:
    desk.gateway.answers["/outbound"] = twiml(document)
    sid = desk.call(DOCTOR, **params)
    doctor = desk.phone(DOCTOR)
    doctor.expect("ringing")
    doctor.do("answer")
    desk.gateway.wait_for("/outbound")
    return sid


def test_twilios_client_places_a_call_and_follows_it_to_its_end(desk: Desk, twilio: Client) -> None:
    desk.gateway.answers["/outbound"] = twiml("<Say>hello doctor</Say>")
    call = twilio.calls.create(to=DOCTOR, from_=TOLL_FREE, url=f"{desk.gateway.origin}/outbound")
    assert (call.status, call.direction) == ("queued", "outbound-api")
    doctor = desk.phone(DOCTOR)
    assert doctor.expect("ringing")["from"] == TOLL_FREE
    assert twilio.calls(call.sid).fetch().status == "ringing"
    doctor.do("answer")
    doctor.expect("prompt", text="hello doctor")
    doctor.expect("hangup", reason="completed")
    ended = twilio.calls(call.sid).fetch()
    assert ended.status == "completed"
    assert int(ended.duration) >= 1
    assert ended.start_time <= ended.end_time


def test_a_call_can_bring_its_document_along(desk: Desk, twilio: Client) -> None:
    twilio.calls.create(to=DOCTOR, from_=TOLL_FREE, twiml=twiml("<Say>inline</Say>"))
    doctor = desk.phone(DOCTOR)
    doctor.expect("ringing")
    doctor.do("answer")
    doctor.expect("prompt", text="inline")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21201),
        ({"To": "12345"}, 21211),
        ({"From": ""}, 21213),
        ({"From": NOBODY}, 21210),
        ({"Url": ""}, 21205),
        ({"Url": "/relative"}, 21205),
        ({"Timeout": "601"}, 20001),
        ({"Method": "PATCH"}, 20001),
    ],
)
def test_a_call_that_cannot_be_placed_is_refused_in_twilios_words(
    desk: Desk, changes: dict[str, str], code: int
) -> None:
    form = {"To": DOCTOR, "From": TOLL_FREE, "Url": f"{desk.gateway.origin}/outbound"} | changes
    refused = desk.rest("POST", "/Calls.json", form)
    assert refused.status_code == 400
    body = refused.json()
    assert body["code"] == code
    assert body["more_info"].endswith(str(code))
    assert body["status"] == 400
    assert body["message"]
    assert desk.rest("GET", "/Calls.json").json()["calls"] == []


def test_a_wrong_password_is_refused(desk: Desk) -> None:
    url = desk.url(f"{ACCOUNT}/Calls.json")
    for credentials in (None, (ACCOUNT_SID, "wrong"), ("AC", AUTH_TOKEN)):
        refused = desk.http.get(url, auth=credentials)
        assert (refused.status_code, refused.json()["code"]) == (401, 20003)


def test_another_account_is_not_found(desk: Desk) -> None:
    url = desk.url(f"/2010-04-01/Accounts/AC{'0' * 32}/Calls.json")
    assert desk.http.get(url, auth=(ACCOUNT_SID, AUTH_TOKEN)).status_code == 404


def test_an_unknown_call_is_not_found_in_twilios_words(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls("CA" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


@pytest.mark.parametrize("asked", [None, ["initiated", "ringing", "answered", "completed"]])
def test_the_events_asked_for_are_reported(desk: Desk, asked: list[str] | None) -> None:
    params: dict[str, Any] = {"StatusCallback": f"{desk.gateway.origin}/receipt"}
    if asked is not None:
        params["StatusCallbackEvent"] = asked
    answered_call(desk, "<Hangup/>", **params)
    count = 4 if asked else 1
    told = desk.gateway.wait_for("/receipt", count)
    statuses = [request.form["CallStatus"] for request in told]
    assert statuses == ["initiated", "ringing", "in-progress", "completed"][-count:]
    assert all(request.signed for request in told)
    assert told[-1].form["CallbackSource"] == "call-progress-events"
    assert "CallDuration" in told[-1].form


def test_one_bad_event_name_is_accepted_and_silences_them_all(desk: Desk) -> None:
    answered_call(
        desk,
        "<Hangup/>",
        StatusCallback=f"{desk.gateway.origin}/receipt",
        StatusCallbackEvent="initiated ringing",
    )
    desk.phone(DOCTOR).expect("hangup")
    desk.simulator.exchange.clock.sleep(10)
    assert desk.gateway.at("/receipt") == []


def test_a_live_call_is_redirected(desk: Desk, twilio: Client) -> None:
    sid = answered_call(desk)
    desk.gateway.answers["/elsewhere"] = twiml("<Say>elsewhere</Say>")
    twilio.calls(sid).update(url=f"{desk.gateway.origin}/elsewhere")
    desk.phone(DOCTOR).expect("prompt", text="elsewhere")


def test_a_live_call_is_given_a_document(desk: Desk, twilio: Client) -> None:
    sid = answered_call(desk)
    twilio.calls(sid).update(twiml=twiml("<Say>by hand</Say>"))
    desk.phone(DOCTOR).expect("prompt", text="by hand")


def test_a_live_call_is_hung_up_and_then_it_is_gone(desk: Desk, twilio: Client) -> None:
    sid = answered_call(desk)
    assert twilio.calls(sid).update(status="completed").status == "completed"
    desk.phone(DOCTOR).expect("hangup", reason="completed")
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls(sid).update(status="completed")
    assert refused.value.status == 404
    with pytest.raises(TwilioRestException) as late:
        twilio.calls(sid).update(url=f"{desk.gateway.origin}/elsewhere")
    assert (late.value.status, late.value.code) == (400, 21220)


def test_canceling_stops_a_ringing_call_only(desk: Desk, twilio: Client) -> None:
    ringing = desk.call(DOCTOR)
    desk.phone(DOCTOR).expect("ringing")
    assert twilio.calls(ringing).update(status="canceled").status == "canceled"
    desk.phone(DOCTOR).expect("hangup", reason="canceled")
    live = answered_call(desk)
    assert twilio.calls(live).update(status="canceled").status == "in-progress"


def test_a_rejected_call_is_busy_and_one_ignored_is_not_answered(desk: Desk) -> None:
    rejected = desk.call(DOCTOR)
    doctor = desk.phone(DOCTOR)
    doctor.expect("ringing")
    doctor.do("reject")
    assert desk.call_status(rejected) == "busy"
    ignored = desk.call(DOCTOR, Timeout="5")
    doctor.expect("ringing")
    doctor.expect("hangup", reason="no-answer")
    assert desk.call_status(ignored) == "no-answer"


def test_calls_are_found_by_number_and_time(desk: Desk, twilio: Client) -> None:
    sids = [desk.call(DOCTOR), desk.call(PATIENT), desk.call(NOBODY)]
    minute = timedelta(minutes=1)
    now = datetime.now(UTC)
    found = twilio.calls.list(to=DOCTOR, start_time_after=now - minute)
    assert [call.sid for call in found] == sids[:1]
    assert twilio.calls.list(to=DOCTOR, start_time_after=now + minute) == []
    assert len(twilio.calls.list(from_=TOLL_FREE, start_time_before=now + minute)) == 3


@pytest.mark.parametrize(
    ("form", "status"), [({}, 400), ({"Status": "asleep"}, 400), ({"Url": "x"}, 400)]
)
def test_an_update_that_makes_no_sense_is_refused(
    desk: Desk, form: dict[str, str], status: int
) -> None:
    assert desk.rest("POST", f"/Calls/{answered_call(desk)}.json", form).status_code == status


def test_a_ringing_call_cannot_be_redirected(desk: Desk) -> None:
    sid = desk.call(DOCTOR)
    desk.phone(DOCTOR).expect("ringing")
    refused = desk.rest("POST", f"/Calls/{sid}.json", {"Url": f"{desk.gateway.origin}/done"})
    assert (refused.status_code, refused.json()["code"]) == (400, 21220)


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday"])
def test_a_filter_that_is_no_time_is_refused(desk: Desk, day: str) -> None:
    desk.call(NOBODY)
    assert desk.rest("GET", "/Calls.json", params={"StartTime>": day}).status_code == 400


def test_lists_are_paged(desk: Desk, twilio: Client) -> None:
    sids = {desk.call(NOBODY) for _ in range(5)}
    assert {call.sid for call in twilio.calls.list(page_size=2)} == sids
    page = desk.rest("GET", "/Calls.json?PageSize=2").json()
    assert len(page["calls"]) == 2
    assert page["next_page_uri"] == f"{ACCOUNT}/Calls.json?PageSize=2&Page=1"
    assert desk.rest("GET", "/Calls.json?PageSize=many").status_code == 400


def test_only_an_ended_call_can_be_deleted(desk: Desk, twilio: Client) -> None:
    sid = answered_call(desk)
    assert desk.rest("DELETE", f"/Calls/{sid}.json").status_code == 409
    desk.phone(DOCTOR).do("hangup")
    assert twilio.calls(sid).delete()
    assert desk.rest("GET", f"/Calls/{sid}.json").status_code == 404


def test_calls_created_over_rest_leave_the_queue_at_the_carriers_rate(desk: Desk) -> None:
    slow = start_desk(desk.gateway, calls_per_second=0.2)
    first, second = slow.call(DOCTOR), slow.call(PATIENT)
    slow.phone(DOCTOR).expect("ringing")
    assert slow.call_status(second) == "queued"
    slow.phone(PATIENT).expect("ringing")
    assert slow.call_status(first) == "ringing"
    slow.simulator.stop()


@pytest.fixture(scope="module")
def description() -> OpenAPI:
    if not DESCRIPTION.exists():
        pytest.skip("Twilio's OpenAPI description is not at hand (../shared/data)")
    document = json.loads(DESCRIPTION.read_text("utf-8"))
    return OpenAPI.from_dict(document)


def test_answers_and_requests_follow_twilios_openapi_description(
    desk: Desk, description: OpenAPI
) -> None:
    call_sid = answered_call(desk, '<Record timeout="1" action="/outbound-done"/>')
    desk.phone(DOCTOR).expect("recording")
    desk.phone(DOCTOR).speak(tone(1))
    desk.gateway.wait_for("/outbound-done")
    recording_sid = desk.rest("GET", "/Recordings.json").json()["recordings"][0]["sid"]
    message = {"To": PATIENT, "From": TOLL_FREE, "Body": "token 42"}
    message_sid = desk.rest("POST", "/Messages.json", message).json()["sid"]
    placed = {"To": NOBODY, "From": TOLL_FREE, "Url": "http://127.0.0.1:9/x", "Timeout": "5"}
    requests = [
        ("POST", "/Calls.json", placed),
        ("GET", "/Calls.json?PageSize=1", None),
        ("GET", f"/Calls/{call_sid}.json", None),
        ("GET", f"/Calls/{call_sid}/Recordings.json", None),
        ("POST", "/Messages.json", message),
        ("GET", "/Messages.json", None),
        ("GET", f"/Messages/{message_sid}.json", None),
        ("GET", "/Recordings.json", None),
        ("GET", f"/Recordings/{recording_sid}.json", None),
        ("DELETE", f"/Recordings/{recording_sid}.json", None),
    ]
    for method, path, form in requests:
        response = desk.rest(method, path, form)
        assert response.status_code < 300, (method, path, response.text)
        check(description, response)


def check(description: OpenAPI, response: Any) -> None:
    """Validate an answer; the description knows the API by its public host only."""
    public = response.request.copy()
    host = "https://api.twilio.com"
    public.url = host + response.request.path_url
    response.url = public.url
    description.validate_response(RequestsOpenAPIRequest(public), RequestsOpenAPIResponse(response))


def test_the_description_would_notice_a_wrong_answer(desk: Desk, description: OpenAPI) -> None:
    response = desk.rest("GET", f"/Calls/{answered_call(desk)}.json")
    wrong = response.json() | {"status": "asleep"}
    response._content = json.dumps(wrong).encode()
    with pytest.raises(OpenAPIError, match="InvalidData"):
        check(description, response)


def test_an_answered_call_has_a_recording_list_of_its_own(desk: Desk, twilio: Client) -> None:
    sid = answered_call(desk, '<Record timeout="1" action="/outbound-done"/>')
    desk.phone(DOCTOR).expect("recording")
    desk.phone(DOCTOR).speak(tone(2))
    eventually(lambda: len(twilio.calls(sid).recordings.list()) == 1, "the recording")
    assert twilio.recordings.list(call_sid=sid)[0].duration == "2"
    assert desk.rest("GET", f"/Calls/CA{'0' * 32}/Recordings.json").status_code == 404
