"""REST: calls."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator.calls import Call, Direction, Fetch, Inline, Source, plan_callbacks
from simulator.exchange import Exchange
from simulator.legs import start_outbound
from simulator.rest_errors import CALL_NOT_ENDED, INVALID_PARAMETER, RestError, not_found
from simulator.rest_requests import (
    bounded_parameter,
    changing,
    number_parameter,
    url_parameter,
    within,
)
from simulator.rest_shapes import show_call, show_page

TO_MISSING, TO_INVALID = 21201, 21211
FROM_MISSING, FROM_INVALID, FROM_NOT_OURS = 21213, 21212, 21210
URL_INVALID = 21205
NOT_IN_PROGRESS = 21220
MAX_TIMEOUT_S = 600
DEFAULT_TIMEOUT_S = 60
RING_GRACE_S = 5


def add_call_routes(blueprint: Blueprint, exchange: Exchange) -> None:
    """Add create, list, fetch, update and delete of calls."""

    @blueprint.post("/Calls.json")
    def create_call() -> Response:
        to = number_parameter("To", missing=TO_MISSING, invalid=TO_INVALID)
        from_ = number_parameter("From", missing=FROM_MISSING, invalid=FROM_INVALID)
        if exchange.settings.number(from_) is None:
            message = f"The source phone number provided, {from_}, is not yet verified"
            raise RestError(400, FROM_NOT_OURS, message)
        source = _source(required=True)
        timeout_s = bounded_parameter("Timeout", DEFAULT_TIMEOUT_S, least=1, most=MAX_TIMEOUT_S)
        return changing(
            exchange,
            (to, from_),
            status=201,
            work=lambda: _place(exchange, from_, to, source=source, timeout_s=timeout_s),
        )

    @blueprint.get("/Calls.json")
    def list_calls() -> Response:
        with exchange.lock:
            found = [call for call in reversed(exchange.calls.values()) if _matches(call)]
            return jsonify(show_page("calls", found, lambda call: show_call(exchange, call)))

    @blueprint.get("/Calls/<sid>.json")
    def fetch_call(sid: str) -> Response:
        with exchange.lock:
            return jsonify(show_call(exchange, _find(exchange, sid)))

    @blueprint.post("/Calls/<sid>.json")
    def update_call(sid: str) -> Response:
        call = _find(exchange, sid)
        return changing(
            exchange,
            (call.far_end, call.own),
            status=200,
            work=lambda: _update(exchange, call),
        )

    @blueprint.delete("/Calls/<sid>.json")
    def delete_call(sid: str) -> Response:
        with exchange.lock:
            if not _find(exchange, sid).status.final:
                raise RestError(409, CALL_NOT_ENDED, "A call in progress cannot be deleted")
            del exchange.calls[sid]
        return Response(status=204)


def _find(exchange: Exchange, sid: str) -> Call:
    with exchange.lock:
        if sid not in exchange.calls:
            raise not_found(request.path)
        return exchange.calls[sid]


def _source(*, required: bool) -> Source | None:
    if "Twiml" in request.form:
        return Inline(request.form["Twiml"])
    url = url_parameter("Url", code=URL_INVALID)
    if url:
        return Fetch(url, _method("Method"))
    if required:
        raise RestError(400, URL_INVALID, "Url parameter is required.")
    return None


def _method(name: str) -> str:
    method = request.form.get(name, "POST").upper()
    if method not in ("GET", "POST"):
        raise RestError(400, INVALID_PARAMETER, f"{name} is neither GET nor POST: {method}")
    return method


def _place(
    exchange: Exchange, from_: str, to: str, *, source: Source | None, timeout_s: int
) -> dict[str, Any]:
    fallback_url = url_parameter("FallbackUrl", code=URL_INVALID)
    callbacks = plan_callbacks(
        url_parameter("StatusCallback", code=URL_INVALID),
        _method("StatusCallbackMethod"),
        events=tuple(request.form.getlist("StatusCallbackEvent")),
    )
    with exchange.lock:
        call = exchange.new_call(
            from_,
            to,
            direction=Direction.OUTBOUND_API,
            source=source,
            fallback=Fetch(fallback_url, _method("FallbackMethod")) if fallback_url else None,
            callbacks=callbacks,
        )
        shown = show_call(exchange, call)
    start_outbound(exchange, call, timeout_s + RING_GRACE_S)
    return shown


def _update(exchange: Exchange, call: Call) -> dict[str, Any]:
    """Hang up, cancel or redirect.

    A call that has ended is gone: hanging it up gives 404, redirecting it Twilio's 21220.
    """
    status = request.form.get("Status")
    source = _source(required=False)
    with exchange.lock:
        if status is None and source is None:
            raise RestError(400, INVALID_PARAMETER, "nothing to update: no Status, Url or Twiml")
        if status not in (None, "completed", "canceled"):
            raise RestError(400, INVALID_PARAMETER, f"Status cannot be set to {status}")
        if call.status.final:
            raise _too_late(status)
        if status == "completed" or (status == "canceled" and call.answered_s is None):
            exchange.hang_up(call)
        elif source is not None:
            if call.answered_s is None:
                raise _too_late(None)
            call.redirect_to(source)
        return show_call(exchange, call)


def _too_late(status: str | None) -> RestError:
    if status is not None:
        return not_found(request.path)
    return RestError(400, NOT_IN_PROGRESS, "Call is not in-progress. Cannot redirect.")


def _matches(call: Call) -> bool:
    asked = request.args
    parent = None if call.parent is None else call.parent.sid
    return (
        asked.get("To", call.to) == call.to
        and asked.get("From", call.from_) == call.from_
        and asked.get("Status", call.status) == call.status
        and asked.get("ParentCallSid", parent) == parent
        and within(call.started_at or call.created_at, "StartTime")
        and within(call.ended_at, "EndTime")
    )
