"""Asking Plivo: calls, messages and recordings. Source: plivo.com/docs (voice and messaging API)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import requests

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
from gateway.telephony.asking import Asked, asked, passing
from gateway.telephony.dialects import PLIVO
from gateway.telephony.http import CONNECT_S, READ_S, request_once
from gateway.telephony.links import Links
from gateway.telephony.recordings import RecordingSource
from gateway.telephony.rest import CLOCK_SLACK, NEWEST, CarrierAccount

NOT_FOUND: Final = str(requests.codes.not_found)
# Of the account, not of the text: wrong key, no credit (plivo.com/docs, "API responses").
NOT_FOR_LONG: Final = frozenset({"401", "402"})
# A request for messages lists at most 20, and 20 requests a minute are taken.
PAGES: Final = 5
# A message is initiated within this of our claim of it.
SENT_WITHIN: Final = timedelta(minutes=2)
_LIVE: Final = ("live", "queued")


class PlivoCarrier:
    """The port `Carrier` over Plivo's API; thread-safe, since it keeps no connection."""

    def __init__(
        self,
        account: CarrierAccount,
        *,
        links: Links,
        connect_s: float = CONNECT_S,
        read_s: float = READ_S,
    ) -> None:
        self._account = account
        self._links = links
        self._timeout_s = (connect_s, read_s)
        self._recordings = RecordingSource(
            api_origin=account.api_url,
            hosts=PLIVO.hosts,
            account_sid=account.account_sid,
            auth_token=account.auth_token,
            read_s=read_s,
        )

    def place_call(self, phone: str, *, intent: str, ring_s: int) -> Placing:
        return _placed(
            self._ask(
                "POST",
                "Call/",
                body={
                    "from": _bare(self._account.call_from),
                    "to": _bare(phone),
                    "answer_url": self._links.outbound(intent),
                    "answer_method": "POST",
                    "hangup_url": self._links.status(intent),
                    "hangup_method": "POST",
                    "ring_timeout": ring_s,
                },
            ),
            "request_uuid",
        )

    def find_call(self, phone: str, *, intent: str, since: datetime) -> Finding:  # noqa: ARG002  # the API shows no answer_url
        # Records are written when a call has ended; until then it is in one of two other lists.
        ended = self._listed("Call/", "objects", to_number=_bare(phone), limit=str(NEWEST))
        if isinstance(ended, Unanswered):
            return ended
        ours = [row for row in ended if _began(row, "initiation_time", since)]
        if ours:
            newest = max(ours, key=lambda row: str(row["initiation_time"]))
            return Placed(str(newest["call_uuid"]))
        return self._find_live(phone)

    def _find_live(self, phone: str) -> Finding:
        for status in _LIVE:
            calls = self._listed("Call/", "calls", status=status)
            if isinstance(calls, Unanswered):
                return calls
            for call_uuid in calls[-NEWEST:]:
                row = _fields(self._ask("GET", _place(str(call_uuid)), query={"status": status}))
                if row is not None and _bare(str(row.get("to", ""))) == _bare(phone):
                    return Placed(str(call_uuid))
        return None

    def has_ended(self, provider_call_id: str) -> bool | None:
        place = _place(provider_call_id)
        if _fields(self._ask("GET", place)) is not None:
            return True  # a record is written when a call has ended
        live = (_fields(self._ask("GET", place, query={"status": status})) for status in _LIVE)
        return False if any(row is not None for row in live) else None

    def redirect_to_offer(self, provider_call_id: str, *, offer_id: str) -> Steering:
        url = self._links.redirect(offer_id)
        body = {"legs": "aleg", "aleg_url": url, "aleg_method": "POST"}
        return _steered(self._ask("POST", _place(provider_call_id), body=body))

    def redirect_to_room(self, provider_call_id: str, *, offer_id: str) -> Steering:  # noqa: ARG002  # the doctor's leg has no name there
        return Refused("unsupported", "plivo names no leg that it dials")

    def end_call(self, provider_call_id: str) -> Steering:
        return _steered(self._ask("DELETE", _place(provider_call_id)))

    def send_sms(self, phone: str, body: str, *, intent: str) -> Placing:
        outcome = _placed(
            self._ask(
                "POST",
                "Message/",
                body={
                    "src": _bare(self._account.sms_from),
                    "dst": _bare(phone),
                    "text": body,
                    "url": self._links.sms_status(intent),
                    "method": "POST",
                },
            ),
            "message_uuid",
        )
        return passing(outcome, NOT_FOR_LONG)

    def find_sms(self, phone: str, body: str, *, sought: Sought) -> Finding:  # noqa: ARG002  # the API gives no texts back
        """Look through what was sent at that time: the API filters by time, not by number.

        It tells no words. So one that went to the phone and is known by no other text is it, if no
        other text to that phone is sought; and only where all was looked at, there is none.
        """
        found: list[str] = []
        for page in range(PAGES):
            rows = self._listed(
                "Message/",
                "objects",
                message_direction="outbound",
                message_time__gte=_utc(sought.since - CLOCK_SLACK),
                message_time__lte=_utc(sought.since + SENT_WITHIN),
                limit=str(NEWEST),
                offset=str(page * NEWEST),
            )
            if isinstance(rows, Unanswered):
                return rows
            found += _new_to(phone, rows, sought)
            if len(rows) < NEWEST:
                break
        else:
            return Unanswered("more was sent at that time than can be looked through")
        if len(found) > 1 or (found and not sought.alone):
            return Unanswered("messages went there, and which one is which is not told")
        return Placed(found[0]) if found else None

    def fetch_recording(self, url: str) -> Fetching:
        return self._recordings.fetch(url)

    def _listed(self, place: str, key: str, **query: str) -> list[Any] | Unanswered:
        answer = self._ask("GET", place, query=query)
        if isinstance(answer, Ambiguous | NotSent | Refused):
            return Unanswered(answer.reason)
        found = (_fields(answer) or {}).get(key)
        return found if isinstance(found, list) else Unanswered("the answer was no list")

    def _ask(
        self,
        method: str,
        place: str,
        *,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Asked:
        account = self._account
        return asked(
            lambda: request_once(
                method,
                f"{account.api_url.rstrip('/')}/v1/Account/{account.account_sid}/{place}",
                params=query,
                json=body,
                auth=(account.account_sid, account.auth_token),
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        )


def _place(call_uuid: str) -> str:
    return f"Call/{quote(call_uuid, safe='')}/"


def _placed(answer: Asked, key: str) -> Placing:
    if isinstance(answer, Ambiguous | NotSent | Refused):
        return answer
    names = list(_names((_fields(answer) or {}).get(key)))
    return Placed(names[0]) if names else Ambiguous("the answer names nothing")


def _steered(answer: Asked) -> Steering:
    if isinstance(answer, Refused) and answer.code == NOT_FOUND:
        return AlreadyEnded()
    return answer if isinstance(answer, Ambiguous | NotSent | Refused) else Done()


def _names(value: object) -> Iterator[str]:
    """Yield the ids: one is given bare or in a list, as the request had one number or more."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one:
            yield one


def _fields(answer: Asked) -> dict[str, Any] | None:
    if isinstance(answer, Ambiguous | NotSent | Refused):
        return None
    try:
        found = answer.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _began(row: object, key: str, since: datetime) -> bool:
    try:
        at = datetime.fromisoformat(str(row[key]))  # type: ignore[index]  # what has no such key is no row
    except (KeyError, TypeError, ValueError):
        return False
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware >= since - CLOCK_SLACK


def _new_to(phone: str, rows: list[Any], sought: Sought) -> Iterator[str]:
    """Yield the names of what went to the phone since then and is no other known text."""
    for row in rows:
        if not isinstance(row, dict) or not _began(row, "message_time", sought.since):
            continue
        name = str(row.get("message_uuid", ""))
        if _bare(str(row.get("to_number", ""))) == _bare(phone) and name not in sought.known:
            yield name


def _utc(at: datetime) -> str:
    """Return a time as this API's filters take it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _bare(phone: str) -> str:
    """Return the number as this API writes it: E.164 without the plus."""
    return phone.removeprefix("+")
