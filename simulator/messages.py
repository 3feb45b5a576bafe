"""Text messages in both directions, and their delivery receipts."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from simulator.documents import TwimlError, parse_document
from simulator.forms import API_VERSION
from simulator.misbehaviour import Delivery
from simulator.phones import InboxItem, Phone
from simulator.segments import count_segments
from simulator.twiml import Message as MessageVerb
from simulator.twiml import Redirect
from simulator.webhooks import WebhookError

if TYPE_CHECKING:
    from simulator.exchange import Exchange

# Line seconds between two states of a message on its way.
HOP_S = 0.5
UNREACHABLE_HANDSET = 30003
UNKNOWN_ERROR = 30008
MAX_SMS_REDIRECTS = 3


class MessageStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


class MessageDirection(StrEnum):
    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_REPLY = "outbound-reply"


@dataclass(slots=True, eq=False)
class Message:
    """One message; guarded by the exchange's lock."""

    sid: str
    from_: str
    to: str
    body: str
    direction: MessageDirection
    created_at: datetime
    status: MessageStatus
    status_callback: str = ""
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    error_code: int | None = None

    @property
    def segments(self) -> int:
        return count_segments(self.body)


def send_message(
    exchange: Exchange,
    from_: str,
    to: str,
    *,
    body: str,
    direction: MessageDirection = MessageDirection.OUTBOUND_API,
    status_callback: str = "",
) -> Message:
    """Accept a message and deliver it in the background."""
    with exchange.lock:
        message = Message(
            sid=exchange.sids.next("SM"),
            from_=from_,
            to=to,
            body=body,
            direction=direction,
            created_at=exchange.clock.now(),
            status=MessageStatus.QUEUED,
            status_callback=status_callback,
        )
        exchange.messages[message.sid] = message
        exchange.journal.add("message", **_noted(message))
        _report(exchange, message)
    threading.Thread(target=_deliver, args=(exchange, message), daemon=True).start()
    return message


def _deliver(exchange: Exchange, message: Message) -> None:
    fate = exchange.faults.of(message.to, message.from_).sms
    exchange.clock.sleep(HOP_S)
    if fate is Delivery.FAILED:
        _move(exchange, message, MessageStatus.FAILED, error_code=UNKNOWN_ERROR)
        return
    _move(exchange, message, MessageStatus.SENT)
    exchange.clock.sleep(HOP_S)
    with exchange.lock:
        phone = exchange.phones.get(message.to)
        if phone is None or fate is Delivery.UNDELIVERED:
            _move(exchange, message, MessageStatus.UNDELIVERED, error_code=UNREACHABLE_HANDSET)
            return
        _arrive(exchange, message, phone)
        _move(exchange, message, MessageStatus.DELIVERED)


def _arrive(exchange: Exchange, message: Message, phone: Phone) -> None:
    now = exchange.clock.now()
    phone.inbox.append(InboxItem(message.sid, message.from_, message.body, now))
    exchange.journal.add(
        "sms",
        phone=phone.number,
        sid=message.sid,
        body=message.body,
        segments=message.segments,
        **{"from": message.from_},
    )


def _move(
    exchange: Exchange, message: Message, status: MessageStatus, *, error_code: int | None = None
) -> None:
    with exchange.lock:
        message.status = status
        message.updated_at = exchange.clock.now()
        message.error_code = error_code
        if status is MessageStatus.SENT:
            message.sent_at = message.updated_at
        exchange.journal.add("message", **_noted(message))
        _report(exchange, message)


def _noted(message: Message) -> dict[str, str]:
    return {
        "sid": message.sid,
        "status": message.status.value,
        "direction": message.direction.value,
        "from": message.from_,
        "to": message.to,
    }


def _report(exchange: Exchange, message: Message) -> None:
    """Send a delivery receipt; Twilio's carries no time, so only its order of sending is known."""
    if not message.status_callback:
        return
    form = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": message.status.value,
        "SmsStatus": message.status.value,
        "AccountSid": exchange.settings.account_sid,
        "From": message.from_,
        "To": message.to,
        "ApiVersion": API_VERSION,
    }
    if message.error_code is not None:
        form["ErrorCode"] = str(message.error_code)
    exchange.courier.tell(
        message.sid,
        message.status_callback,
        params=form,
        faults=exchange.faults.of(message.to, message.from_),
        last=message.status not in (MessageStatus.QUEUED, MessageStatus.SENT),
    )


def receive_message(exchange: Exchange, phone: Phone, to: str, *, body: str) -> Message:
    """Take a message from a phone and hand it to the gateway in the background."""
    with exchange.lock:
        message = Message(
            sid=exchange.sids.next("SM"),
            from_=phone.number,
            to=to,
            body=body,
            direction=MessageDirection.INBOUND,
            created_at=exchange.clock.now(),
            status=MessageStatus.RECEIVED,
            sent_at=exchange.clock.now(),
        )
        exchange.messages[message.sid] = message
        exchange.journal.add("message", **_noted(message))
    threading.Thread(target=_hand_over, args=(exchange, message, phone), daemon=True).start()
    return message


def _hand_over(exchange: Exchange, message: Message, phone: Phone) -> None:
    entry = exchange.settings.number(message.to)
    url = entry.sms_url if entry else None
    try:
        for _ in range(MAX_SMS_REDIRECTS):
            url = _answer_sms(exchange, message, url) if url else None
    except (WebhookError, TwimlError) as error:
        exchange.journal.add("error", phone=phone.number, code=error.code, message=str(error))


def _answer_sms(exchange: Exchange, message: Message, url: str) -> str | None:
    """Post the message, send the replies of the answer, return where it redirects to."""
    answer = exchange.courier.ask(
        url,
        "POST",
        params=_inbound_form(exchange, message),
        faults=exchange.faults.of(message.from_, message.to),
    )
    verbs = parse_document(answer.body).verbs if answer.body.strip() else ()
    for verb in verbs:
        if isinstance(verb, Redirect):
            return urljoin(url, verb.url)
        if isinstance(verb, MessageVerb):
            recipient = verb.to or message.from_
            reply = MessageDirection.OUTBOUND_REPLY
            send_message(exchange, message.to, recipient, body=verb.body, direction=reply)
    return None


def _inbound_form(exchange: Exchange, message: Message) -> dict[str, str]:
    return {
        "ToCountry": "IN",
        "ToState": "",
        "ToCity": "",
        "ToZip": "",
        "FromCountry": "IN",
        "FromState": "",
        "FromCity": "",
        "FromZip": "",
        "SmsMessageSid": message.sid,
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "AccountSid": exchange.settings.account_sid,
        "From": message.from_,
        "To": message.to,
        "Body": message.body,
        "NumMedia": "0",
        "NumSegments": str(message.segments),
        "SmsStatus": MessageStatus.RECEIVED.value,
        "ApiVersion": API_VERSION,
    }
