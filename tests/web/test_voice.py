"""The voice webhooks: signed, answered once, and never silent."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from gateway.container import Container
from gateway.db.models import (
    Call,
    Caller,
    Message,
    OutboundCall,
    Receipt,
    Recording,
    Ticket,
    Turn,
)
from gateway.services.conversation import Conversation
from tests.services.fakes import Queue
from tests.web.conftest import SignedCarrier

INCOMING = "/voice/twilio/incoming"
# Hindi, consent, a woman of 34 who is not pregnant and says no name; fever by keys, for a day,
# mild, no danger. The empty one is silence.
TO_THE_TONE = ("1", "1", "1", "34", "2", "")
TO_THE_TOKEN = (*TO_THE_TONE, "2", "1", "1", "1", "1", "2")


def next_of(body: str) -> str:
    found = re.search(r'action="([^"]+)"', body)
    assert found, body
    return found[1].replace("&amp;", "&")


def press(carrier: SignedCarrier, body: str, *keys: str) -> str:
    for key in keys:
        response = carrier.post(next_of(body), {"Digits": key})
        assert response.status_code == 200
        body = response.text
    return body


def heard(parts: Container, body: str) -> str:
    """The words of an answer: what the carrier says, and what it plays of ours."""
    said = re.findall("<Say[^>]*>([^<]+)", body)
    tokens = re.findall(r"/voice/audio/([^<]+)\.wav", body)
    recorded = re.findall(r"/voice/prompts/(\w+)/([\w.]+)\.wav", body)
    said += [parts.speech_book.open_audio_token(token)[1] for token in tokens]
    said += [parts.book.catalogue(lang).templates[key].text for lang, key in recorded]
    return " ".join(said)


def rows(engine: Engine, model: type) -> int:
    with Session(engine) as db:
        return db.scalar(select(func.count()).select_from(model)) or 0


def test_a_call_is_answered_with_a_language_menu_and_an_emergency_key(
    carrier: SignedCarrier,
) -> None:
    response = carrier.post(INCOMING)
    assert response.mimetype == "text/xml"
    # What is recorded is played; the carrier speaks the rest.
    assert "/voice/prompts/hi/language.own.wav?v=" in response.text
    assert "/voice/prompts/hi/menu.emergency.wav?v=" in response.text
    assert "English" in response.text
    ElementTree.fromstring(response.data)


def test_the_same_incoming_call_delivered_twice_is_one_call_with_one_answer(
    carrier: SignedCarrier, engine: Engine
) -> None:
    first, second = carrier.post(INCOMING), carrier.post(INCOMING)
    assert first.data == second.data
    assert rows(engine, Call) == 1


def test_a_turn_delivered_twice_gets_the_stored_answer_and_changes_nothing(
    carrier: SignedCarrier, engine: Engine
) -> None:
    body = press(carrier, carrier.post(INCOMING).text, *TO_THE_TOKEN[:-1])
    last = next_of(body)
    first = carrier.post(last, {"Digits": "2"})
    again = carrier.post(last, {"Digits": "2"})
    other = carrier.post(last, {"Digits": "1"})
    assert first.data == again.data == other.data
    assert (rows(engine, Ticket), rows(engine, Message)) == (1, 1)


def test_an_old_turn_that_comes_late_gets_its_own_answer(carrier: SignedCarrier) -> None:
    start = carrier.post(INCOMING).text
    consent = press(carrier, start, "1")
    later = press(carrier, consent, "1", "1")
    late = carrier.post(next_of(start), {"Digits": "2"})
    assert late.text == consent
    assert press(carrier, later, "34")


def test_a_key_press_takes_at_most_six_statements(carrier: SignedCarrier, engine: Engine) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    body = carrier.post(INCOMING).text
    event.listen(engine, "before_cursor_execute", note)
    worst = 0
    for key in (*TO_THE_TOKEN, "", "", "2"):
        statements.clear()
        body = carrier.post(next_of(body), {"Digits": key}).text
        worst = max(worst, len(statements))
        assert len(statements) <= 6, statements
        if "action=" not in body:
            break
    assert worst > 1


def test_a_wrong_signature_is_refused(carrier: SignedCarrier, engine: Engine) -> None:
    assert carrier.post(INCOMING, sign="another token").status_code == 403
    assert rows(engine, Call) == 0


def test_a_missing_signature_is_refused(carrier: SignedCarrier, engine: Engine) -> None:
    assert carrier.post(INCOMING, sign=None).status_code == 403
    assert rows(engine, Call) == 0


def test_a_carrier_that_we_have_no_account_with_is_unknown(carrier: SignedCarrier) -> None:
    assert carrier.post("/voice/elsewhere/incoming").status_code == 404


@pytest.mark.parametrize("number", ["anonymous", "+266696687", "", "Restricted"])
def test_a_withheld_number_is_served_and_no_caller_is_made(
    carrier: SignedCarrier, engine: Engine, parts: Container, number: str
) -> None:
    body = carrier.post(INCOMING, {"From": number}).text
    body = press(carrier, body, *TO_THE_TOKEN)
    assert "आपका टोकन नंबर है: शून्य" in heard(parts, body)
    assert (rows(engine, Ticket), rows(engine, Caller), rows(engine, Message)) == (1, 0, 0)


def test_an_unknown_call_is_told_so_in_every_language_and_ended(carrier: SignedCarrier) -> None:
    response = carrier.post(f"/voice/twilio/turn/{'0' * 32}/3", {"Digits": "1"})
    assert response.status_code == 200
    assert "<Hangup" in response.text
    assert len(re.findall("<(?:Say|Play)", response.text)) >= 2


def test_a_turn_of_another_call_is_not_taken(carrier: SignedCarrier, engine: Engine) -> None:
    body = carrier.post(INCOMING).text
    stolen = carrier.post(next_of(body), {"CallSid": "CAthief", "Digits": "1"})
    assert "<Hangup" in stolen.text
    assert rows(engine, Turn) == 1


@pytest.mark.parametrize(
    "form", [{"CallSid": ""}, {"CallSid": "no; such"}, {"RecordingDuration": "many"}]
)
def test_a_malformed_form_gets_a_precise_400(carrier: SignedCarrier, form: dict[str, str]) -> None:
    response = carrier.post(INCOMING, form)
    assert response.status_code == 400
    assert next(iter(form)) in response.text


@pytest.mark.parametrize("digits", ["9" * 500, "12x", "٣", "**##"])
def test_absurd_digits_are_a_failed_try_and_not_an_error(
    carrier: SignedCarrier, digits: str
) -> None:
    response = carrier.post(next_of(carrier.post(INCOMING).text), {"Digits": digits})
    assert response.status_code == 200
    assert "<Gather" in response.text


def test_three_failed_tries_lead_on_and_never_to_silence(carrier: SignedCarrier) -> None:
    body = carrier.post(INCOMING).text
    for _ in range(60):
        if "action=" not in body:
            break
        body = carrier.post(next_of(body), {"Digits": ""}).text
        assert re.search("<(?:Say|Play|Record)", body)
    assert "<Hangup" in body or "hold.wav" in body


def test_a_failure_of_ours_is_apologised_for_in_her_language_and_she_is_called_back(
    carrier: SignedCarrier, parts: Container, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = press(carrier, carrier.post(INCOMING).text, "1")

    def broken(*_args: object, **_kwargs: object) -> str:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Conversation, "turn", broken)
    response = carrier.post(next_of(body), {"Digits": "1"})
    assert response.status_code == 200
    assert "<Hangup" in response.text
    assert "माफ़ कीजिए" in heard(parts, response.text)
    assert "disk" not in response.text
    assert rows(parts.engine, OutboundCall) == 1


def test_a_recording_is_an_intent_before_it_is_a_job(
    carrier: SignedCarrier, engine: Engine, queue: Queue
) -> None:
    body = press(carrier, carrier.post(INCOMING).text, *TO_THE_TONE, "")
    assert "<Record" in body
    queue.broken = True
    url = "https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE1"
    response = carrier.post(next_of(body), {"RecordingUrl": url, "RecordingDuration": "4"})
    assert response.status_code == 200
    assert rows(engine, Recording) == 1


def test_synthesised_words_are_served_from_a_sealed_address_and_may_be_kept(
    client: FlaskClient, parts: Container
) -> None:
    token = parts.speech_book.tokens.seal("hi", "बुखार")
    for _ in range(2):
        response = client.get(f"/voice/audio/{token}.wav")
        assert response.data[:4] == b"RIFF"
        assert "immutable" in response.headers["Cache-Control"]
    assert client.get(f"/voice/audio/{token[:-4]}AAAA.wav").status_code == 404


def test_a_recorded_prompt_is_fetched_once_and_asked_after_cheaply(
    carrier: SignedCarrier, client: FlaskClient
) -> None:
    (address, *_) = re.findall(r"/voice/prompts/hi/[^<]+", carrier.post(INCOMING).text)
    response = client.get(address)
    assert response.data[:4] == b"RIFF"
    assert "immutable" in response.headers["Cache-Control"]
    # In production nobody is told the words.
    assert "X-Caption" not in response.headers
    again = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data
    assert client.head(address).headers["Content-Length"] == str(len(response.data))


@pytest.mark.parametrize("name", ["hold", "silence"])
def test_sounds_are_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/voice/sounds/{name}.wav").data[:4] == b"RIFF"


@pytest.mark.parametrize(
    "path", ["/voice/sounds/none.wav", "/voice/prompts/hi/none.wav", "/voice/prompts/../x.wav"]
)
def test_a_sound_that_is_not_there_is_a_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_receipt_is_taken_and_one_for_an_unknown_message_is_dropped(
    carrier: SignedCarrier, engine: Engine
) -> None:
    press(carrier, carrier.post(INCOMING).text, *TO_THE_TOKEN)
    with Session(engine) as db:
        message_id = db.scalars(select(Message.id)).one()
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}
    for known in (message_id, "0" * 32):
        assert carrier.post(f"/sms/twilio/status?message={known}", form).status_code == 204
    assert rows(engine, Receipt) == 1


FALLBACK = "/voice/twilio/fallback"
NO_ANSWER = {"ErrorCode": "11200", "ErrorUrl": "https://doorvani.example/voice/twilio/turn/x/1"}


def test_an_answer_that_did_not_arrive_is_given_again(carrier: SignedCarrier) -> None:
    body = press(carrier, carrier.post(INCOMING).text, "1")
    again = carrier.post(FALLBACK, NO_ANSWER)
    assert again.text == body
    assert press(carrier, again.text, "1") != body


def test_a_first_request_that_failed_is_made_good(carrier: SignedCarrier) -> None:
    assert carrier.post(FALLBACK, NO_ANSWER).text == carrier.post(INCOMING).text


def test_a_document_that_cannot_be_carried_out_is_not_given_again(
    carrier: SignedCarrier, engine: Engine
) -> None:
    body = carrier.post(INCOMING).text
    answer = carrier.post(FALLBACK, {"ErrorCode": "12100", "ErrorUrl": "x"})
    assert answer.text != body
    assert "<Hangup" in answer.text
    assert rows(engine, OutboundCall) == 1  # she is called back


def test_a_fallback_that_nobody_signed_is_refused(carrier: SignedCarrier) -> None:
    assert carrier.post(FALLBACK, NO_ANSWER, sign=None).status_code == 403
