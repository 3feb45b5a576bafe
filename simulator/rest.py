"""Twilio's REST API, as far as the gateway needs it."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, g, request

from simulator.exchange import Exchange
from simulator.forms import API_VERSION
from simulator.rest_calls import add_call_routes
from simulator.rest_errors import RestError, render_error
from simulator.rest_messages import add_message_routes
from simulator.rest_recordings import add_recording_routes
from simulator.rest_requests import check_account


def create_rest(exchange: Exchange) -> Blueprint:
    """Return the routes below /2010-04-01/Accounts/<sid>; every one wants basic auth."""
    rest = Blueprint("rest", __name__, url_prefix=f"/{API_VERSION}/Accounts/<account_sid>")

    @rest.url_value_preprocessor
    def take_account(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.account_sid = (values or {}).pop("account_sid", "")
        g.began_s = time.monotonic()

    @rest.before_request
    def authenticate() -> None:
        check_account(exchange, g.account_sid)

    @rest.after_request
    def note(response: Response) -> Response:
        exchange.journal.add(
            "rest",
            method=request.method,
            path=request.path,
            params=request.form.to_dict(flat=False),
            status=response.status_code,
            ms=round((time.monotonic() - g.began_s) * 1000, 1),
        )
        return response

    rest.register_error_handler(RestError, render_error)
    add_call_routes(rest, exchange)
    add_message_routes(rest, exchange)
    add_recording_routes(rest, exchange)
    return rest
