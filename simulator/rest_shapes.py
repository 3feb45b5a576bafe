"""Resources as Twilio's REST API shows them.

Source: Twilio's OpenAPI description, `twilio_api_v2010`; the tests hold the answers against it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request

from simulator.calls import Call
from simulator.exchange import Exchange
from simulator.forms import API_VERSION, twilio_time
from simulator.messages import Message
from simulator.recordings import Recording
from simulator.rest_errors import INVALID_PARAMETER, RestError

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000

Item = TypeVar("Item")


def account_path(exchange: Exchange) -> str:
    return f"/{API_VERSION}/Accounts/{exchange.settings.account_sid}"


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else twilio_time(moment)


def show_call(exchange: Exchange, call: Call) -> dict[str, Any]:
    uri = f"{account_path(exchange)}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "account_sid": exchange.settings.account_sid,
        "parent_call_sid": None if call.parent is None else call.parent.sid,
        "from": call.from_,
        "from_formatted": call.from_,
        "to": call.to,
        "to_formatted": call.to,
        "status": call.status.value,
        "direction": call.direction.value,
        "date_created": _time(call.created_at),
        "date_updated": _time(call.ended_at or call.started_at or call.created_at),
        "start_time": _time(call.started_at),
        "end_time": _time(call.ended_at),
        "duration": str(exchange.duration_s(call)) if call.status.final else None,
        "answered_by": None,
        "caller_name": None,
        "forwarded_from": None,
        "group_sid": None,
        "phone_number_sid": None,
        "trunk_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "api_version": API_VERSION,
        "uri": f"{uri}.json",
        "subresource_uris": {
            "events": f"{uri}/Events.json",
            "recordings": f"{uri}/Recordings.json",
        },
    }


def show_message(exchange: Exchange, message: Message) -> dict[str, Any]:
    uri = f"{account_path(exchange)}/Messages/{message.sid}"
    return {
        "sid": message.sid,
        "account_sid": exchange.settings.account_sid,
        "from": message.from_,
        "to": message.to,
        "body": message.body,
        "num_segments": str(message.segments),
        "num_media": "0",
        "direction": message.direction.value,
        "status": message.status.value,
        "error_code": message.error_code,
        "error_message": None,
        "messaging_service_sid": None,
        "date_created": _time(message.created_at),
        "date_sent": _time(message.sent_at),
        "date_updated": _time(message.updated_at or message.created_at),
        "price": None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def show_recording(exchange: Exchange, recording: Recording) -> dict[str, Any]:
    uri = f"{account_path(exchange)}/Recordings/{recording.sid}"
    return {
        "sid": recording.sid,
        "account_sid": exchange.settings.account_sid,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "status": "completed",
        "source": "RecordVerb",
        "channels": 1,
        "duration": str(recording.duration_s),
        "date_created": _time(recording.created_at),
        "date_updated": _time(recording.created_at),
        "start_time": _time(recording.started_at),
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "encryption_details": None,
        "api_version": API_VERSION,
        "uri": f"{uri}.json",
        "subresource_uris": {},
        "media_url": f"{exchange.settings.origin}{uri}",
    }


def show_page(
    name: str, items: Sequence[Item], show: Callable[[Item], dict[str, Any]]
) -> dict[str, Any]:
    """Show one page of a list, newest first, as Page and PageSize of the request ask."""
    size = min(_whole_number("PageSize", DEFAULT_PAGE_SIZE, least=1), MAX_PAGE_SIZE)
    page = _whole_number("Page", 0, least=0)
    start = page * size
    shown = items[start : start + size]
    more = start + size < len(items)
    return {
        name: [show(item) for item in shown],
        "page": page,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": _page_uri(page, size),
        "first_page_uri": _page_uri(0, size),
        "previous_page_uri": _page_uri(page - 1, size) if page else None,
        "next_page_uri": _page_uri(page + 1, size) if more else None,
    }


def _whole_number(name: str, default: int, *, least: int) -> int:
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise RestError(400, INVALID_PARAMETER, f"{name} is not a number from {least} up: {text}")
    return int(text)


def _page_uri(page: int, size: int) -> str:
    filters = [(name, value) for name, value in request.args.items() if name not in _PAGING]
    query = urlencode([*filters, ("PageSize", size), ("Page", page)])
    return f"{request.path}?{query}"


_PAGING = ("Page", "PageSize", "PageToken")
