"""Text messages: sent over REST, received from phones, and their receipts."""

from __future__ import annotations

import pytest

from simulator.segments import count_segments
from tests.simulator.desk import NOBODY, PATIENT, TOLL_FREE, Desk, eventually, twiml

TOKEN_TEXT = "आपका टोकन 42 है"


def send(desk: Desk, expect: int = 201, **changes: str) -> dict[str, object]:
    form = {
        "To": PATIENT,
        "From": TOLL_FREE,
        "Body": TOKEN_TEXT,
        "StatusCallback": f"{desk.gateway.origin}/receipt",
    } | changes
    response = desk.rest("POST", "/Messages.json", form)
    assert response.status_code == expect, response.text
    answer: dict[str, object] = response.json()
    return answer


def statuses(desk: Desk, count: int) -> list[str]:
    return [request.form["MessageStatus"] for request in desk.gateway.wait_for("/receipt", count)]


def test_a_message_arrives_in_the_inbox_and_is_receipted(desk: Desk) -> None:
    message = send(desk)
    assert (message["status"], message["num_segments"]) == ("queued", "1")
    heard = desk.phone(PATIENT).expect("sms")
    assert (heard["from"], heard["body"], heard["sid"]) == (TOLL_FREE, TOKEN_TEXT, message["sid"])
    assert desk.phone(PATIENT).state()["inbox"][0]["body"] == TOKEN_TEXT
    assert statuses(desk, 3) == ["queued", "sent", "delivered"]
    receipts = desk.gateway.at("/receipt")
    assert all(request.signed for request in receipts)
    assert "Timestamp" not in receipts[0].form
    fetched = desk.rest("GET", f"/Messages/{message['sid']}.json").json()
    assert fetched["status"] == "delivered"
    assert fetched["date_sent"] is not None


@pytest.mark.parametrize(
    ("fate", "expected", "code"),
    [
        ("undelivered", ["queued", "sent", "undelivered"], "30003"),
        ("failed", ["queued", "failed"], "30008"),
    ],
)
def test_a_message_can_be_lost(desk: Desk, fate: str, expected: list[str], code: str) -> None:
    desk.misbehave(number=PATIENT, sms=fate)
    send(desk)
    assert statuses(desk, len(expected)) == expected
    assert desk.gateway.at("/receipt")[-1].form["ErrorCode"] == code
    assert desk.phone(PATIENT).state()["inbox"] == []


def test_a_number_without_a_phone_receives_nothing(desk: Desk) -> None:
    send(desk, To=NOBODY)
    assert statuses(desk, 3)[-1] == "undelivered"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "patient"}, 21211),
        ({"From": ""}, 21603),
        ({"From": "+15005550006"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"ValidityPeriod": "36001"}, 20001),
        ({"StatusCallback": "ftp://x"}, 21609),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused(
    desk: Desk, changes: dict[str, str], code: int
) -> None:
    assert send(desk, 400, **changes)["code"] == code


def test_a_registered_header_may_send(desk: Desk) -> None:
    send(desk, From="DRVANI")
    assert desk.phone(PATIENT).expect("sms")["from"] == "DRVANI"


def test_messages_are_found_by_number_and_day(desk: Desk) -> None:
    sent = send(desk)
    send(desk, To=NOBODY)
    found = desk.rest("GET", "/Messages.json", params={"To": PATIENT}).json()["messages"]
    assert [message["sid"] for message in found] == [sent["sid"]]
    long_ago = desk.rest("GET", "/Messages.json", params={"DateSent<": "2020-01-01"}).json()
    assert long_ago["messages"] == []
    recent = desk.rest("GET", "/Messages.json", params={"DateSent>": "2020-01-01T00:00:00Z"})
    assert len(recent.json()["messages"]) == 2
    assert desk.rest("GET", "/Messages.json?DateSent=soon").status_code == 400


def test_a_phones_message_reaches_the_gateway_and_its_reply_comes_back(desk: Desk) -> None:
    desk.gateway.answers["/sms"] = twiml("<Message>received</Message>")
    phone = desk.phone(PATIENT)
    phone.do("sms", to=TOLL_FREE, body="STATUS & more")
    webhook = desk.gateway.wait_for("/sms")[0]
    assert webhook.signed
    assert (webhook.form["From"], webhook.form["Body"]) == (PATIENT, "STATUS & more")
    assert (webhook.form["NumMedia"], webhook.form["SmsStatus"]) == ("0", "received")
    assert phone.expect("sms")["body"] == "received"


def test_an_inbound_message_is_listed_too(desk: Desk) -> None:
    desk.phone(PATIENT).do("sms", to=TOLL_FREE, body="hello")

    def listed() -> list[dict[str, str]]:
        messages = desk.rest("GET", f"/Messages.json?To=%2B{TOLL_FREE[1:]}").json()["messages"]
        return list(messages)

    eventually(lambda: listed() != [], "the message in the list")
    [message] = listed()
    assert (message["from"], message["body"]) == (PATIENT, "hello")


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 152 + "[" + "a" * 152, 3),
        ("क" * 70, 1),
        ("क" * 71, 2),
        ("क" * 66 + "😀" + "क" * 66, 3),
        ("", 1),
    ],
)
def test_segments_never_split_a_character(text: str, segments: int) -> None:
    assert count_segments(text) == segments


def test_an_answer_to_an_sms_may_redirect(desk: Desk) -> None:
    desk.gateway.answers |= {
        "/sms": twiml("<Redirect>/second</Redirect>"),
        "/second": twiml("<Message>from the second</Message>"),
    }
    phone = desk.phone(PATIENT)
    phone.do("sms", to=TOLL_FREE, body="hello")
    assert phone.expect("sms")["body"] == "from the second"


def test_a_failed_answer_to_an_sms_is_seen_on_the_phone(desk: Desk) -> None:
    desk.gateway.answers["/sms"] = "<Response><Message>a & b</Message></Response>"
    phone = desk.phone(PATIENT)
    phone.do("sms", to=TOLL_FREE, body="hello")
    assert phone.expect("error")["code"] == 12100
