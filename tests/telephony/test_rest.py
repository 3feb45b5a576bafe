"""Asking the carrier: each request once, and each end of it named."""

from __future__ import annotations

import json
import socket
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from gateway.services.ports import (
    AlreadyEnded,
    Ambiguous,
    Carrier,
    Done,
    NotSent,
    Placed,
    Placing,
    Refused,
    Sought,
    Unanswered,
)
from gateway.telephony.dialects import TWILIO
from gateway.telephony.links import Links
from gateway.telephony.rest import CarrierAccount, TwilioCarrier
from tests.telephony.carrier_stub import Answer, Request, Stub

SID = "AC" + "1" * 32
PHONE = "+919800000001"
ROOT = f"/2010-04-01/Accounts/{SID}"
NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


def carrier_at(url: str, *, connect_s: float = 1.0, read_s: float = 5.0) -> Carrier:
    account = CarrierAccount(
        account_sid=SID,
        auth_token="token",
        call_from="+911800000100",
        sms_from="DOORVN",
        api_url=url,
    )
    links = Links("https://door.example", "twilio")
    return TwilioCarrier(account, dialect=TWILIO, links=links, connect_s=connect_s, read_s=read_s)


@pytest.fixture
def carrier(stub: Stub) -> Carrier:
    return carrier_at(stub.origin)


def reply(status: int, /, **fields: object) -> Answer:
    return Answer(status, json.dumps(fields).encode())


def refusal(status: int, code: int) -> Answer:
    return reply(status, code=code, message=f"The 'To' number {PHONE} is not valid.", status=status)


def call_row(sid: str, *, at: datetime, sender: str = "+911800000100") -> dict[str, object]:
    return {"sid": sid, "from": sender, "to": PHONE, "date_created": format_datetime(at)}


def test_trap_10_a_call_is_placed_with_all_that_brings_it_back_to_us(
    carrier: Carrier, stub: Stub
) -> None:
    stub.script = lambda _: reply(201, sid="CA1")
    assert carrier.place_call(PHONE, intent="i1", ring_s=30) == Placed("CA1")
    (request,) = stub.requests
    assert (request.method, request.path) == ("POST", f"{ROOT}/Calls.json")
    assert request.authorization == "Basic " + b64encode(f"{SID}:token".encode()).decode()
    assert sorted(request.form) == sorted(
        [
            ("To", PHONE),
            ("From", "+911800000100"),
            ("Url", "https://door.example/voice/twilio/outbound/i1"),
            ("Method", "POST"),
            ("FallbackUrl", "https://door.example/voice/twilio/fallback?outbound=i1"),
            ("FallbackMethod", "POST"),
            ("StatusCallback", "https://door.example/voice/twilio/status?outbound=i1"),
            ("StatusCallbackMethod", "POST"),
            ("StatusCallbackEvent", "initiated"),
            ("StatusCallbackEvent", "ringing"),
            ("StatusCallbackEvent", "answered"),
            ("StatusCallbackEvent", "completed"),
            ("Timeout", "30"),
        ]
    )


def test_a_text_is_handed_over_as_it_is(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: reply(201, sid="SM1")
    body = "दूरवाणी: टोकन 12 & 3+4"
    assert carrier.send_sms(PHONE, body, intent="m1") == Placed("SM1")
    (request,) = stub.requests
    assert dict(request.form) == {
        "To": PHONE,
        "From": "DOORVN",
        "Body": body,
        "StatusCallback": "https://door.example/sms/twilio/status?message=m1",
    }


def both_creates(carrier: Carrier) -> list[Placing]:
    return [
        carrier.place_call(PHONE, intent="i1", ring_s=30),
        carrier.send_sms(PHONE, "text", intent="m1"),
    ]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_trap_06_trouble_after_sending_is_ambiguous_and_not_repeated(
    carrier: Carrier, stub: Stub, status: int
) -> None:
    """Trap 6: a blind repeat would ring, or text, twice."""
    stub.script = lambda _: refusal(status, 20429)
    assert both_creates(carrier) == [Ambiguous(f"HTTP {status}")] * 2
    assert len(stub.requests) == 2


def test_a_time_out_after_sending_is_ambiguous_and_not_repeated(stub: Stub) -> None:
    stub.script = lambda _: Answer(201, b'{"sid": "CA1"}', late_s=0.5)
    outcomes = both_creates(carrier_at(stub.origin, read_s=0.1))
    assert outcomes == [Ambiguous("ReadTimeout")] * 2
    assert len(stub.requests) == 2


def test_a_line_cut_after_sending_is_ambiguous(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: Answer(hangs_up=True)
    assert all(isinstance(outcome, Ambiguous) for outcome in both_creates(carrier))
    assert len(stub.requests) == 2


def test_an_answer_that_is_no_json_is_ambiguous(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: Answer(201, b"<html>")
    assert all(isinstance(outcome, Ambiguous) for outcome in both_creates(carrier))


def test_a_refused_connection_was_never_sent() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    outcomes = both_creates(carrier_at(f"http://127.0.0.1:{port}"))
    assert all(isinstance(outcome, NotSent) for outcome in outcomes)


def test_an_unknown_host_was_never_sent() -> None:
    outcomes = both_creates(carrier_at("http://carrier.invalid"))
    assert all(isinstance(outcome, NotSent) for outcome in outcomes)


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (403, 20005), (400, 21611)])
def test_a_refusal_of_the_account_or_its_queue_fails_no_text(
    carrier: Carrier, stub: Stub, status: int, code: int
) -> None:
    stub.script = lambda _: refusal(status, code)
    assert isinstance(carrier.send_sms(PHONE, "text", intent="m"), NotSent)
    assert isinstance(carrier.place_call(PHONE, intent="i", ring_s=30), Refused)


def test_a_text_of_the_same_words_is_not_taken_for_another(carrier: Carrier, stub: Stub) -> None:
    row = {"body": "text", "date_created": format_datetime(NOW)}
    stub.script = lambda _: reply(200, messages=[{"sid": sid, **row} for sid in ("SM1", "SM2")])
    assert carrier.find_sms(PHONE, "text", sought=Sought(NOW, frozenset({"SM2"}))) == Placed("SM1")
    assert carrier.find_sms(PHONE, "text", sought=Sought(NOW, frozenset({"SM1", "SM2"}))) is None


def test_a_refusal_gives_the_code_and_keeps_the_number_back(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: refusal(400, 21211)
    outcomes = both_creates(carrier)
    assert outcomes == [Refused("21211", "HTTP 400")] * 2
    assert PHONE not in repr(outcomes)


def test_a_holding_call_is_brought_to_its_offer(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: reply(200, sid="CA1")
    assert carrier.redirect_to_offer("CA1", offer_id="o1") == Done()
    (request,) = stub.requests
    assert request.path == f"{ROOT}/Calls/CA1.json"
    assert dict(request.form) == {
        "Url": "https://door.example/voice/twilio/offer/o1/redirect",
        "Method": "POST",
    }


def test_a_call_is_ended(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: reply(200, sid="CA1")
    assert carrier.end_call("CA1") == Done()
    assert stub.requests[0].form == [("Status", "completed")]


@pytest.mark.parametrize(("status", "code"), [(404, 20404), (400, 21220)])
def test_trap_12_ending_a_call_that_has_ended_is_what_was_wanted(
    carrier: Carrier, stub: Stub, status: int, code: int
) -> None:
    """Trap 12."""
    stub.script = lambda _: refusal(status, code)
    assert carrier.end_call("CA1") == AlreadyEnded()
    assert carrier.redirect_to_offer("CA1", offer_id="o1") == AlreadyEnded()


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        (reply(200, sid="CA1", status="in-progress"), False),
        (reply(200, sid="CA1", status="completed"), True),
        (reply(200, sid="CA1", status="no-answer"), True),
        (refusal(404, 20404), None),
        (refusal(500, 20500), None),
    ],
)
def test_whether_a_call_is_over_is_told_where_the_carrier_tells_it(
    carrier: Carrier, stub: Stub, answer: Answer, ended: bool | None
) -> None:
    stub.script = lambda _: answer
    assert carrier.has_ended("CA1") is ended
    assert stub.requests[0].path == f"{ROOT}/Calls/CA1.json"


def test_steering_that_fails_says_how(carrier: Carrier, stub: Stub) -> None:
    stub.script = lambda _: refusal(500, 20500)
    assert carrier.end_call("CA1") == Ambiguous("HTTP 500")
    stub.script = lambda _: refusal(400, 21200)
    assert carrier.end_call("CA1") == Refused("21200", "HTTP 400")


def test_the_newest_call_of_ours_is_found(carrier: Carrier, stub: Stub) -> None:
    rows = [
        call_row("CAnew", at=NOW + timedelta(seconds=9)),
        call_row("CAother", at=NOW + timedelta(minutes=1), sender="+911111111111"),
        call_row("CAolder", at=NOW + timedelta(seconds=2)),
        call_row("CAlong-ago", at=NOW - timedelta(minutes=1)),
    ]
    stub.script = lambda _: reply(200, calls=rows)
    assert carrier.find_call(PHONE, intent="i1", since=NOW) == Placed("CAnew")
    assert dict(stub.requests[0].query)["To"] == PHONE


def test_a_call_that_was_never_placed_is_not_found(carrier: Carrier, stub: Stub) -> None:
    rows = [call_row("CAlong-ago", at=NOW - timedelta(minutes=1)), {"sid": "CAundated"}]
    stub.script = lambda _: reply(200, calls=rows)
    assert carrier.find_call(PHONE, intent="i1", since=NOW) is None


def test_whole_seconds_of_the_carriers_clock_hide_no_call(carrier: Carrier, stub: Stub) -> None:
    since = NOW + timedelta(milliseconds=900)
    stub.script = lambda _: reply(200, calls=[call_row("CA1", at=NOW)])
    assert carrier.find_call(PHONE, intent="i1", since=since) == Placed("CA1")


def test_a_text_is_found_by_its_words(carrier: Carrier, stub: Stub) -> None:
    rows = [
        {"sid": "SMother", "body": "another", "date_created": format_datetime(NOW)},
        {
            "sid": "SM1",
            "body": "Sent from a trial account - text",
            "date_created": format_datetime(NOW),
        },
    ]
    stub.script = lambda _: reply(200, messages=rows)
    assert carrier.find_sms(PHONE, "text", sought=Sought(NOW)) == Placed("SM1")
    assert carrier.find_sms(PHONE, "never sent", sought=Sought(NOW)) is None


@pytest.mark.parametrize(
    "answer",
    [refusal(500, 20500), refusal(401, 20003), Answer(200, b"<html>"), Answer(hangs_up=True)],
)
def test_a_carrier_that_cannot_tell_is_not_taken_for_a_no(
    carrier: Carrier, stub: Stub, answer: Answer
) -> None:
    stub.script = lambda _: answer
    assert isinstance(carrier.find_call(PHONE, intent="i1", since=NOW), Unanswered)
    assert isinstance(carrier.find_sms(PHONE, "text", sought=Sought(NOW)), Unanswered)


def test_nothing_of_a_request_is_logged(
    carrier: Carrier, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    """The SDK's own HTTP client logs numbers and texts."""
    caplog.set_level("INFO")

    def script(request: Request) -> Answer:
        return reply(201, sid="SM1") if request.method == "POST" else reply(200, messages=[])

    stub.script = script
    carrier.send_sms(PHONE, "बुखार", intent="m1")
    carrier.find_sms(PHONE, "बुखार", sought=Sought(NOW))
    assert "9800000001" not in caplog.text
    assert "बुखार" not in caplog.text


def test_a_connection_that_never_opens_was_never_sent() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        # Two that nobody accepts fill its queue, so the kernel answers no third.
        waiting = [socket.socket() for _ in range(2)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        outcome = carrier_at(url, connect_s=0.2).place_call(PHONE, intent="i1", ring_s=30)
        for one in waiting:
            one.close()
    assert outcome == NotSent("ConnectTimeout")
