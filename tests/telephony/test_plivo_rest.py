"""Asking Plivo: each request once, and each end of it named."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from gateway.services.ports import (
    AlreadyEnded,
    Ambiguous,
    Carrier,
    Done,
    Fetched,
    NotSent,
    Placed,
    Refused,
    Sought,
    Unanswered,
    Unfetchable,
)
from gateway.telephony.links import Links
from gateway.telephony.plivo_rest import PlivoCarrier
from gateway.telephony.rest import CarrierAccount
from tests.telephony.carrier_stub import Answer, Request, Script, Stub

PHONE = "+919800000001"
ROOT = "/v1/Account/MA1"
NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


def carrier_at(url: str) -> Carrier:
    account = CarrierAccount("MA1", "token", "+911800000100", "DOORVN", url)
    links = Links("https://door.example", "plivo")
    return PlivoCarrier(account, links=links, connect_s=1, read_s=5)


@pytest.fixture
def carrier(stub: Stub) -> Carrier:
    return carrier_at(stub.origin)


def reply(status: int, /, **fields: object) -> Answer:
    return Answer(status, json.dumps(fields).encode())


def body(request: Request) -> dict[str, object]:
    told: dict[str, object] = json.loads(request.body)
    return told


def test_a_call_is_placed_with_all_that_brings_it_back_to_us(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: reply(201, message="call fired", request_uuid="u1", api_id="a")
    assert carrier.place_call(PHONE, intent="i1", ring_s=30) == Placed("u1")
    (request,) = stub.requests
    assert (request.method, request.path) == ("POST", f"{ROOT}/Call/")
    assert request.authorization == "Basic " + b64encode(b"MA1:token").decode()
    assert body(request) == {
        "from": "911800000100",
        "to": "919800000001",
        "answer_url": "https://door.example/voice/plivo/outbound/i1",
        "answer_method": "POST",
        "hangup_url": "https://door.example/voice/plivo/status?outbound=i1",
        "hangup_method": "POST",
        "ring_timeout": 30,
    }


def test_a_text_is_handed_over_and_its_receipts_name_the_intent(
    carrier: Carrier, stub: Stub
) -> None:
    stub.script = lambda _: reply(202, message_uuid=["m1"])
    assert carrier.send_sms(PHONE, "बुखार", intent="m-row") == Placed("m1")
    told = body(stub.requests[0])
    assert (told["src"], told["dst"], told["text"]) == ("DOORVN", "919800000001", "बुखार")
    assert told["url"] == "https://door.example/sms/plivo/status?message=m-row"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (reply(500), Ambiguous("HTTP 500")),
        (reply(429), Ambiguous("HTTP 429")),
        (reply(400, error="919800000001 is not valid"), Refused("400", "HTTP 400")),
        (reply(403), Refused("403", "HTTP 403")),
        (Answer(302, b"", location="https://elsewhere.example"), Refused("302", "HTTP 302")),
        (Answer(201, b"<html>"), Ambiguous("the answer names nothing")),
        (reply(201, request_uuid=[], message_uuid=[]), Ambiguous("the answer names nothing")),
        (Answer(hangs_up=True), Ambiguous("ConnectionError")),
    ],
)
def test_trap_06_each_end_of_a_request_is_named_and_nothing_is_repeated(
    carrier: Carrier, stub: Stub, answer: Answer, outcome: object
) -> None:
    """Trap 6: it may have been accepted; a blind repeat texts the patient twice."""
    stub.script = lambda _: answer
    assert carrier.place_call(PHONE, intent="i1", ring_s=30) == outcome
    assert carrier.send_sms(PHONE, "text", intent="m1") == outcome
    assert len(stub.requests) == 2


def test_a_request_that_never_left_us_may_be_repeated() -> None:
    assert isinstance(carrier_at("http://127.0.0.1:1").send_sms(PHONE, "t", intent="m"), NotSent)


def test_a_holding_call_is_brought_to_the_bridge(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: reply(202, message="call transferred")
    assert carrier.redirect_to_offer("c-1", offer_id="o1") == Done()
    assert stub.requests[0].path == f"{ROOT}/Call/c-1/"
    assert body(stub.requests[0]) == {
        "legs": "aleg",
        "aleg_url": "https://door.example/voice/plivo/offer/o1/redirect",
        "aleg_method": "POST",
    }


def test_trap_12_a_call_is_ended_once_or_had_ended(carrier: Carrier, stub: Stub) -> None:
    """Trap 12: hanging up a call that has ended is success."""
    stub.script = lambda _: Answer(204, b"")
    assert carrier.end_call("c-1") == Done()
    assert (stub.requests[0].method, stub.requests[0].path) == ("DELETE", f"{ROOT}/Call/c-1/")
    stub.script = lambda _: reply(404, error="call not found")
    assert carrier.end_call("c-1") == AlreadyEnded()
    assert carrier.redirect_to_offer("c-1", offer_id="o1") == AlreadyEnded()
    stub.script = lambda _: reply(500)
    assert carrier.end_call("c-1") == Ambiguous("HTTP 500")


def test_an_id_in_a_path_stays_one_part_of_it(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: Answer(204, b"")
    carrier.end_call("../x?y")
    assert stub.requests[0].path == f"{ROOT}/Call/..%2Fx%3Fy/"


def calls(*, ended: Sequence[object], live: dict[str, str]) -> Script:
    def script(request: Request) -> Answer:
        query = dict(request.query)
        if request.path != f"{ROOT}/Call/":
            return reply(200, to=live[request.path.split("/")[-2]])
        if "status" in query:
            return reply(200, calls=list(live) if query["status"] == "live" else [])
        return reply(200, objects=ended)

    return script


@pytest.mark.parametrize(
    ("records", "ended"), [({None}, True), ({"live"}, False), ({"queued"}, False), (set(), None)]
)
def test_a_call_is_over_when_it_has_a_record_and_not_while_it_is_in_another_list(
    carrier: Carrier, stub: Stub, records: set[str | None], ended: bool | None
) -> None:
    def script(request: Request) -> Answer:
        listed = dict(request.query).get("status") in records
        return reply(200, to="919800000001") if listed else reply(404, error="not found")

    stub.script = script
    assert carrier.has_ended("c-1") is ended


def row(call_uuid: str, at: datetime) -> dict[str, str]:
    return {"call_uuid": call_uuid, "initiation_time": at.isoformat(sep=" ")}


def test_the_newest_call_that_has_ended_is_found(carrier: Carrier, stub: Stub) -> None:
    ended = [
        row("old", NOW - timedelta(minutes=1)),
        row("newer", NOW + timedelta(seconds=9)),
        row("new", NOW + timedelta(seconds=2)),
        {"call_uuid": "undated"},
    ]
    stub.script = calls(ended=ended, live={})
    assert carrier.find_call(PHONE, intent="i1", since=NOW) == Placed("newer")
    assert dict(stub.requests[0].query)["to_number"] == "919800000001"


def test_a_call_that_still_rings_is_found_by_its_number(carrier: Carrier, stub: Stub) -> None:
    live = {"c-1": "911234567890", "c-2": "919800000001"}
    stub.script = calls(ended=[], live=live)
    assert carrier.find_call(PHONE, intent="i1", since=NOW) == Placed("c-2")


def test_a_call_that_was_never_placed_is_not_found(carrier: Carrier, stub: Stub) -> None:
    stub.script = calls(ended=[], live={"c-1": "911234567890"})
    assert carrier.find_call(PHONE, intent="i1", since=NOW) is None


@dataclass
class Sent:
    """Plivo's list of messages as its documentation tells it: filtered by direction and time,
    pages of at most 20, the newest first; neither a filter by number nor the words of a text."""

    rows: list[tuple[str, str, datetime]] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        assert (request.method, request.path) == ("GET", f"{ROOT}/Message/")
        query = dict(request.query)
        assert set(query) <= {
            "message_direction",
            "message_time__gte",
            "message_time__lte",
            "limit",
            "offset",
        }
        limit, offset = int(query["limit"]), int(query["offset"])
        assert 1 <= limit <= 20
        first, last = (
            datetime.strptime(query[f"message_time__{end}"], "%Y-%m-%d %H:%M:%S").replace(
                tzinfo=UTC
            )
            for end in ("gte", "lte")
        )
        within = sorted((r for r in self.rows if first <= r[2] <= last), key=lambda r: r[2])[::-1]
        return reply(
            200,
            meta={"limit": limit, "offset": offset, "total_count": len(within)},
            objects=[
                {
                    "message_uuid": name,
                    "to_number": to,
                    "message_time": at.replace(tzinfo=None).isoformat(sep=" "),
                    "message_direction": "outbound",
                    "message_state": "sent",
                    "units": 1,
                }
                for name, to, at in within[offset : offset + limit]
            ],
        )

    def add(self, name: str, *, to: str = "919800000001", after_s: float = 1) -> None:
        self.rows.append((name, to, NOW + timedelta(seconds=after_s)))


@pytest.fixture
def sent(stub: Stub) -> Sent:
    listing = Sent()
    stub.script = listing
    return listing


def test_a_text_that_went_is_found_by_its_number_and_time(carrier: Carrier, sent: Sent) -> None:
    sent.add("m1")
    sent.add("other", to="911234567890")
    sent.add("hours ago", after_s=-3600)
    assert carrier.find_sms(PHONE, "text", sought=Sought(NOW)) == Placed("m1")


def test_a_text_that_never_went_is_told_so(carrier: Carrier, sent: Sent) -> None:
    sent.add("other", to="911234567890")
    sent.add("hours ago", after_s=-3600)
    assert carrier.find_sms(PHONE, "text", sought=Sought(NOW)) is None


def test_it_is_looked_for_on_every_page(carrier: Carrier, sent: Sent, stub: Stub) -> None:
    sent.add("m1", after_s=0)
    for number in range(45):
        sent.add(f"o{number}", to="911234567890", after_s=1 + number / 10)
    assert carrier.find_sms(PHONE, "text", sought=Sought(NOW)) == Placed("m1")
    assert [dict(r.query)["offset"] for r in stub.requests] == ["0", "20", "40"]


def test_where_too_much_went_nothing_is_concluded(carrier: Carrier, sent: Sent, stub: Stub) -> None:
    for number in range(500):
        sent.add(f"o{number}", to="911234567890", after_s=number / 10)
    assert isinstance(carrier.find_sms(PHONE, "text", sought=Sought(NOW)), Unanswered)
    assert len(stub.requests) == 5


def test_what_belongs_to_another_text_is_not_taken_for_this_one(
    carrier: Carrier, sent: Sent
) -> None:
    sent.add("m1")
    known = Sought(NOW, frozenset({"m1"}))
    assert carrier.find_sms(PHONE, "text", sought=known) is None
    sent.add("m2")
    assert carrier.find_sms(PHONE, "text", sought=known) == Placed("m2")


def test_of_several_without_a_name_none_is_guessed(carrier: Carrier, sent: Sent) -> None:
    assert carrier.find_sms(PHONE, "text", sought=Sought(NOW, alone=False)) is None
    sent.add("m1")
    assert isinstance(carrier.find_sms(PHONE, "text", sought=Sought(NOW, alone=False)), Unanswered)
    sent.add("m2")
    assert isinstance(carrier.find_sms(PHONE, "text", sought=Sought(NOW)), Unanswered)


@pytest.mark.parametrize("status", [401, 402])
def test_a_refusal_of_the_account_fails_no_text(carrier: Carrier, stub: Stub, status: int) -> None:
    stub.script = lambda _: reply(status, error="authentication failed")
    assert isinstance(carrier.send_sms(PHONE, "text", intent="m"), NotSent)
    stub.script = lambda _: reply(400, error="invalid number")
    assert isinstance(carrier.send_sms(PHONE, "text", intent="m"), Refused)


@pytest.mark.parametrize("answer", [reply(500), reply(401), Answer(200, b"[]"), reply(200)])
def test_a_carrier_that_cannot_tell_is_not_taken_for_a_no(
    carrier: Carrier, stub: Stub, answer: Answer
) -> None:
    stub.script = lambda _: answer
    assert isinstance(carrier.find_call(PHONE, intent="i1", since=NOW), Unanswered)
    assert isinstance(carrier.find_sms(PHONE, "text", sought=Sought(NOW)), Unanswered)


def test_a_recording_comes_from_its_own_hosts_alone(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: Answer(200, b"RIFF1234", content_type="audio/wav")
    fetched = carrier.fetch_recording(f"{stub.origin}/r.wav")
    assert fetched == Fetched(b"RIFF1234", "audio/wav")
    assert isinstance(carrier.fetch_recording("https://evil.example/r.wav"), Unfetchable)


def test_nothing_of_a_request_is_logged(
    carrier: Carrier, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    stub.script = lambda _: reply(400)
    carrier.send_sms(PHONE, "बुखार", intent="m1")
    assert "9800000001" not in caplog.text
    assert "बुखार" not in caplog.text
