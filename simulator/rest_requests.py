"""Reading REST requests: who asks, with what parameters, and which faults they meet."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from flask import Response, jsonify, request

from simulator.exchange import Exchange
from simulator.misbehaviour import Misbehaviour, RestFault
from simulator.numbers import E164
from simulator.rest_errors import (
    AUTHENTICATE,
    INTERNAL_ERROR,
    INVALID_PARAMETER,
    TOO_MANY_REQUESTS,
    RestError,
    not_found,
)


def check_account(exchange: Exchange, account_sid: str) -> None:
    """Refuse whoever does not know the account's SID and token. Raises RestError."""
    given = request.authorization
    settings = exchange.settings
    name = (given.username if given else "") or ""
    word = (given.password if given else "") or ""
    known = hmac.compare_digest(name.encode(), settings.account_sid.encode())
    trusted = hmac.compare_digest(word.encode(), settings.auth_token.encode())
    if not (known and trusted):
        raise RestError(401, AUTHENTICATE, "Authenticate")
    if account_sid != settings.account_sid:
        raise not_found(request.path)


def number_parameter(name: str, *, missing: int, invalid: int) -> str:
    """Return an E.164 number of the form. Raises RestError with the given Twilio codes."""
    value = request.form.get(name, "")
    if not value:
        raise RestError(400, missing, f"No '{name}' number is specified")
    if not E164.fullmatch(value):
        raise RestError(400, invalid, f"The '{name}' number {value} is not a valid phone number.")
    return value


def bounded_parameter(name: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number of the form within its bounds. Raises RestError."""
    value = request.form.get(name, str(default))
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        message = f"{name} must be between {least} and {most}: {value}"
        raise RestError(400, INVALID_PARAMETER, message)
    return int(value)


def url_parameter(name: str, *, code: int) -> str:
    """Return an absolute URL of the form, or "". Raises RestError with `code`."""
    value = request.form.get(name, "")
    if value and not value.startswith(("http://", "https://")):
        raise RestError(400, code, f"{name} is not a valid URL: {value}")
    return value


def within(moment: datetime | None, name: str) -> bool:
    """Tell whether `moment` meets the query's filters on `name`: on that day, < and >."""
    bounds = {mark: request.args.get(f"{name}{mark}") for mark in ("", "<", ">")}
    if not any(bounds.values()):
        return True
    if moment is None:
        return False
    on, before, after = (bounds[mark] for mark in ("", "<", ">"))
    if on and moment.date() != _moment(on).date():
        return False
    if before and moment > _moment(before) + _day_if_date(before):
        return False
    return not (after and moment < _moment(after))


def _day_if_date(text: str) -> timedelta:
    """A bound that is a day includes all of it."""
    return timedelta(days=1) if len(text) == len("2026-01-31") else timedelta()


def _moment(text: str) -> datetime:
    """Read a day, an ISO 8601 time or an RFC 2822 time; UTC where no zone is given."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise RestError(400, INVALID_PARAMETER, f"not a date or time: {text}")


def changing(
    exchange: Exchange, numbers: tuple[str, ...], *, status: int, work: Callable[[], dict[str, Any]]
) -> Response:
    """Do a request's `work` under the faults in force for these numbers, and show its result.

    The faults "after accepting" do the work and then keep quiet about it.
    """
    with exchange.lock:
        faults = exchange.faults.take_rest_fault(*numbers)
    if faults.rest is RestFault.REFUSE_429:
        raise RestError(429, TOO_MANY_REQUESTS, "Too Many Requests")
    if faults.rest is RestFault.FAIL_500:
        raise RestError(500, INTERNAL_ERROR, "An internal server error has occurred")
    shown = work()
    _hide(faults)
    response: Response = jsonify(shown)
    response.status_code = status
    return response


def _hide(faults: Misbehaviour) -> None:
    if faults.rest is RestFault.TIME_OUT_AFTER_ACCEPTING:
        time.sleep(faults.rest_hold_s)
    if faults.rest in (RestFault.TIME_OUT_AFTER_ACCEPTING, RestFault.FAIL_500_AFTER_ACCEPTING):
        raise RestError(500, INTERNAL_ERROR, "An internal server error has occurred")
