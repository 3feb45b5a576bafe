"""The SMS channel's webhooks, signed as the carrier signs them."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gateway.db.models import Caller, Message
from tests.web.conftest import SignedCarrier

TEXT = {"MessageSid": "SM1", "From": "+919800000001", "Body": "madad"}


def kinds(engine: Engine) -> list[str]:
    with Session(engine) as db:
        return [message.kind for message in db.query(Message)]


def test_a_text_is_answered_by_a_text_once_however_often_it_comes(
    carrier: SignedCarrier, engine: Engine
) -> None:
    for _ in range(2):
        answer = carrier.post("/sms/twilio/incoming", TEXT)
        assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert kinds(engine) == ["help"]


def test_an_unsigned_text_does_nothing(carrier: SignedCarrier, engine: Engine) -> None:
    for sign in (None, "another-token"):
        assert carrier.post("/sms/twilio/incoming", TEXT, sign=sign).status_code == 403
    with Session(engine) as db:
        assert db.query(Caller).count() == 0
    assert kinds(engine) == []
