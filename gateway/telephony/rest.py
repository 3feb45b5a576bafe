"""Asking the carrier: calls, messages and recordings over Twilio's REST API, each request once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client

from gateway.services.ports import (
    AlreadyEnded,
    Ambiguous,
    Done,
    Fetching,
    Finding,
    NotSent,
    Placed,
    Placing,
    Refused,
    Sought,
    Steering,
    Unanswered,
)
from gateway.services.turning import FINAL_STATUSES
from gateway.telephony.asking import passing
from gateway.telephony.dialects import Dialect
from gateway.telephony.http import CONNECT_S, READ_S, TWILIO_ORIGIN, OneTryClient, was_sent
from gateway.telephony.links import Links
from gateway.telephony.recordings import RecordingSource

# A wrong event name is taken with 201 and then silences all callbacks of the call.
CALL_EVENTS: Final = ("initiated", "ringing", "answered", "completed")
# "Call is not in-progress" (twilio.com/docs/api/errors/21220), and a call that is no more.
NOT_IN_PROGRESS: Final = 21220
# The carrier's clock and ours may differ, and its times are cut to whole seconds.
CLOCK_SLACK: Final = timedelta(seconds=5)
# Of the account or its queue, not of the text: no such user, account not active, too many queued
# (twilio.com/docs/api/errors). Nothing was taken, and mended it would be.
NOT_FOR_LONG: Final = frozenset({"20003", "20005", "21611", "401", "402"})
# More tries for one number than this lie days apart.
NEWEST: Final = 20

_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class CarrierAccount:
    """An account with a carrier, and our numbers there.

    call_from: the number that patients see when we call. sms_from: the registered sender.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    call_from: str
    sms_from: str
    api_url: str = TWILIO_ORIGIN


class TwilioCarrier:
    """The port `Carrier` over the twilio SDK; thread-safe, since it keeps no connection."""

    def __init__(
        self,
        account: CarrierAccount,
        *,
        dialect: Dialect,
        links: Links,
        connect_s: float = CONNECT_S,
        read_s: float = READ_S,
    ) -> None:
        self._account = account
        self._links = links
        self._client = Client(
            account.account_sid,
            account.auth_token,
            http_client=OneTryClient(origin=account.api_url, connect_s=connect_s, read_s=read_s),
            # Nothing of the SDK's own environment variables: an edge or region would be ignored.
            environment={"TWILIO_REGION": ""},
        )
        self._recordings = RecordingSource(
            api_origin=account.api_url,
            hosts=dialect.hosts,
            account_sid=account.account_sid,
            auth_token=account.auth_token,
            read_s=read_s,
        )

    def place_call(self, phone: str, *, intent: str, ring_s: int) -> Placing:
        return _create(
            lambda: self._client.calls.create(
                to=phone,
                from_=self._account.call_from,
                url=self._links.outbound(intent),
                method="POST",
                fallback_url=self._links.fallback(intent),
                fallback_method="POST",
                status_callback=self._links.status(intent),
                status_callback_event=list(CALL_EVENTS),
                status_callback_method="POST",
                timeout=ring_s,
            )
        )

    def find_call(self, phone: str, *, intent: str, since: datetime) -> Finding:  # noqa: ARG002  # the API shows no callback URL
        return self._find(
            lambda: self._client.calls.list(to=phone, limit=NEWEST),
            since,
            lambda call: call._from == self._account.call_from,
        )

    def redirect_to_offer(self, provider_call_id: str, *, offer_id: str) -> Steering:
        url = self._links.redirect(offer_id)
        return _steer(lambda: self._client.calls(provider_call_id).update(url=url, method="POST"))

    def redirect_to_room(self, provider_call_id: str, *, offer_id: str) -> Steering:
        # Of a dialled leg: the dial that it leaves ends, and goes on with its action.
        url = self._links.room(offer_id)
        return _steer(lambda: self._client.calls(provider_call_id).update(url=url, method="POST"))

    def end_call(self, provider_call_id: str) -> Steering:
        return _steer(lambda: self._client.calls(provider_call_id).update(status="completed"))

    def has_ended(self, provider_call_id: str) -> bool | None:
        found = _ask(lambda: self._client.calls(provider_call_id).fetch())
        if isinstance(found, Ambiguous | NotSent | Refused):
            return None
        return str(found.status) in FINAL_STATUSES

    def send_sms(self, phone: str, body: str, *, intent: str) -> Placing:
        outcome = _create(
            lambda: self._client.messages.create(
                to=phone,
                from_=self._account.sms_from,
                body=body,
                status_callback=self._links.sms_status(intent),
            )
        )
        return passing(outcome, NOT_FOR_LONG)

    def find_sms(self, phone: str, body: str, *, sought: Sought) -> Finding:
        # A trial account puts a sentence before each text.
        return self._find(
            lambda: self._client.messages.list(to=phone, limit=NEWEST),
            sought.since,
            lambda message: (message.body or "").endswith(body) and message.sid not in sought.known,
        )

    def fetch_recording(self, url: str) -> Fetching:
        return self._recordings.fetch(url)

    def _find(
        self, ask: Callable[[], list[Any]], since: datetime, matches: Callable[[Any], bool]
    ) -> Finding:
        try:
            found = ask()
        except requests.RequestException as error:
            return Unanswered(type(error).__name__)
        except (TwilioException, ValueError) as error:
            return Unanswered(_reason(error))
        # Sorted here: the API's filters by time leave out what is still queued.
        ours = [row for row in found if _is_since(row, since) and matches(row)]
        newest = max(ours, key=lambda row: row.date_created, default=None)
        return Placed(newest.sid) if newest is not None else None


def _is_since(row: Any, since: datetime) -> bool:
    return row.date_created is not None and bool(row.date_created >= since - CLOCK_SLACK)


class _Created(Protocol):
    sid: str


def _create(ask: Callable[[], _Created]) -> Placing:
    outcome = _ask(ask)
    if isinstance(outcome, Ambiguous | NotSent | Refused):
        return outcome
    return Placed(outcome.sid)


def _steer(ask: Callable[[], object]) -> Steering:
    outcome = _ask(ask)
    if isinstance(outcome, Refused) and outcome.code in {str(NOT_IN_PROGRESS), "20404", "404"}:
        return AlreadyEnded()
    return outcome if isinstance(outcome, Ambiguous | NotSent | Refused) else Done()


def _ask(ask: Callable[[], _R]) -> _R | Ambiguous | NotSent | Refused:
    """Send one request and say what became of it; no exception of a vendor passes."""
    try:
        return ask()
    except requests.RequestException as error:
        reason = type(error).__name__
        return Ambiguous(reason) if was_sent(error) else NotSent(reason)
    except (TwilioRestException, TwilioServiceException) as error:
        # 429 is given after the request was queued, too, and 5xx by any box on the way.
        if error.status == requests.codes.too_many or error.status >= requests.codes.server_error:
            return Ambiguous(_reason(error))
        return Refused(str(error.code or error.status), _reason(error))
    except ValueError:
        return Ambiguous("the answer was no JSON")


def _reason(error: Exception) -> str:
    """Name the HTTP status alone: the carrier's message quotes the number that was dialled."""
    status = getattr(error, "status", None)
    return f"HTTP {status}" if status else type(error).__name__
