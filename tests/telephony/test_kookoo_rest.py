"""Asking KooKoo: it places calls, and says plainly that it can do nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.services.ports import (
    Ambiguous,
    Carrier,
    Fetched,
    NotSent,
    Placed,
    Refused,
    Sought,
    Unanswered,
    Unfetchable,
)
from gateway.telephony.kookoo_rest import UNSUPPORTED, KookooCarrier
from gateway.telephony.links import Links
from gateway.telephony.rest import CarrierAccount
from tests.telephony.carrier_stub import Answer, Stub

PHONE = "+919800000001"
NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


def carrier_at(url: str) -> Carrier:
    account = CarrierAccount("KK1", "KK1", "+911800000100", "DOORVN", url)
    links = Links("https://door.example", "kookoo", "s" * 40)
    return KookooCarrier(account, links=links, connect_s=1, read_s=5)


@pytest.fixture
def carrier(stub: Stub) -> Carrier:
    return carrier_at(stub.origin)


def told(status: str, message: str) -> Answer:
    text = f"<response><status>{status}</status><message>{message}</message></response>"
    return Answer(200, text.encode(), content_type="text/xml")


def test_a_call_is_placed_and_its_addresses_carry_the_secret(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: told("queued", "5551")
    assert carrier.place_call(PHONE, intent="i1", ring_s=30) == Placed("5551")
    (request,) = stub.requests
    assert (request.method, request.path) == ("GET", "/outbound/outbound.php")
    assert dict(request.query) == {
        "api_key": "KK1",
        "phone_no": "09800000001",
        "caller_id": "911800000100",
        "outbound_version": "2",
        "url": f"https://door.example/voice/kookoo/outbound/i1?key={'s' * 40}",
        "callback_url": f"https://door.example/voice/kookoo/status?outbound=i1&key={'s' * 40}",
    }


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (told("error", "the number 9800000001 is on the list"), Refused),
        (told("queued", ""), Ambiguous),
        (told("busy", "x"), Ambiguous),
        (Answer(200, b"<html>"), Ambiguous),
        (Answer(200, b""), Ambiguous),
        (Answer(503), Ambiguous),
        (Answer(403), Refused),
        (Answer(hangs_up=True), Ambiguous),
    ],
)
def test_each_end_of_a_request_is_named_and_tells_no_number(
    carrier: Carrier, stub: Stub, answer: Answer, outcome: type
) -> None:
    stub.script = lambda _: answer
    result = carrier.place_call(PHONE, intent="i1", ring_s=30)
    assert isinstance(result, outcome)
    assert "9800000001" not in repr(result)
    assert len(stub.requests) == 1


def test_a_request_that_never_left_us_may_be_repeated() -> None:
    carrier = carrier_at("http://127.0.0.1:1")
    assert isinstance(carrier.place_call(PHONE, intent="i1", ring_s=30), NotSent)


def test_what_it_cannot_do_it_says_without_a_request(carrier: Carrier, stub: Stub) -> None:
    assert carrier.redirect_to_offer("5551", offer_id="o1") == UNSUPPORTED
    assert carrier.end_call("5551") == UNSUPPORTED
    assert carrier.has_ended("5551") is None
    assert carrier.send_sms(PHONE, "text", intent="m1") == UNSUPPORTED
    assert isinstance(carrier.find_call(PHONE, intent="i1", since=NOW), Unanswered)
    assert isinstance(carrier.find_sms(PHONE, "text", sought=Sought(NOW)), Unanswered)
    assert not stub.requests


def test_a_recording_is_fetched_without_showing_the_key(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: Answer(200, b"RIFF1234", content_type="audio/wav")
    assert carrier.fetch_recording(f"{stub.origin}/r.wav") == Fetched(b"RIFF1234", "audio/wav")
    assert stub.requests[0].authorization is None
    insecure = "http://recordings.kookoo.in/r.wav"
    assert isinstance(carrier.fetch_recording(insecure), Unfetchable)
