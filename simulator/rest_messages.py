"""REST: messages."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from simulator.exchange import Exchange
from simulator.messages import Message, send_message
from simulator.rest_errors import RestError, not_found
from simulator.rest_requests import (
    bounded_parameter,
    changing,
    number_parameter,
    url_parameter,
    within,
)
from simulator.rest_shapes import show_message, show_page

BODY_MISSING, BODY_TOO_LONG = 21602, 21617
FROM_MISSING, FROM_NOT_OURS = 21603, 21606
TO_MISSING, TO_INVALID = 21604, 21211
CALLBACK_INVALID = 21609
MAX_BODY_CHARACTERS = 1600
MAX_VALIDITY_S = 36_000


def add_message_routes(blueprint: Blueprint, exchange: Exchange) -> None:
    """Add create, list and fetch of messages."""

    @blueprint.post("/Messages.json")
    def create_message() -> Response:
        to = number_parameter("To", missing=TO_MISSING, invalid=TO_INVALID)
        from_ = _sender(exchange)
        body = _body()
        callback = url_parameter("StatusCallback", code=CALLBACK_INVALID)
        bounded_parameter("ValidityPeriod", MAX_VALIDITY_S, least=1, most=MAX_VALIDITY_S)
        return changing(
            exchange,
            (to, from_),
            status=201,
            work=lambda: show_message(
                exchange, send_message(exchange, from_, to, body=body, status_callback=callback)
            ),
        )

    @blueprint.get("/Messages.json")
    def list_messages() -> Response:
        with exchange.lock:
            found = [item for item in reversed(exchange.messages.values()) if _matches(item)]
            return jsonify(show_page("messages", found, lambda item: show_message(exchange, item)))

    @blueprint.get("/Messages/<sid>.json")
    def fetch_message(sid: str) -> Response:
        with exchange.lock:
            if sid not in exchange.messages:
                raise not_found(request.path)
            return jsonify(show_message(exchange, exchange.messages[sid]))


def _sender(exchange: Exchange) -> str:
    sender = request.form.get("From", "")
    settings = exchange.settings
    if not sender:
        raise RestError(400, FROM_MISSING, "A 'From' phone number is required.")
    if sender not in settings.sms_senders and settings.number(sender) is None:
        message = f"The 'From' number {sender} is not an SMS-capable sender of this account."
        raise RestError(400, FROM_NOT_OURS, message)
    return sender


def _body() -> str:
    body = request.form.get("Body", "")
    if not body:
        raise RestError(400, BODY_MISSING, "Message body is required.")
    if len(body) > MAX_BODY_CHARACTERS:
        message = f"The message body exceeds the {MAX_BODY_CHARACTERS} character limit."
        raise RestError(400, BODY_TOO_LONG, message)
    return body


def _matches(message: Message) -> bool:
    asked = request.args
    return (
        asked.get("To", message.to) == message.to
        and asked.get("From", message.from_) == message.from_
        and within(message.sent_at or message.created_at, "DateSent")
    )
