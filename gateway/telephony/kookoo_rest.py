"""Asking KooKoo, which can place calls and do nothing else that we need.

Only what is documented is used: there is no request that changes or finds a call, and texts would
bring no receipts. So this carrier cannot be the one that we call and text with; where it must
answer, it answers that it cannot. Source: in1-cpaas.ozonetel.com/index.php/kookoo-docs/outbound
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from xml.etree import ElementTree

import requests

from gateway.services.ports import (
    Ambiguous,
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
from gateway.telephony.asking import asked
from gateway.telephony.dialects import KOOKOO
from gateway.telephony.http import CONNECT_S, READ_S, request_once
from gateway.telephony.links import Links
from gateway.telephony.recordings import RecordingSource
from gateway.telephony.rest import CarrierAccount

UNSUPPORTED: Final = Refused("unsupported", "kookoo has no such request")
_UNTOLD: Final = Unanswered("kookoo has no such request")
_LONGEST_ANSWER: Final = 4096
_PLUS_COUNTRY: Final = "+91"


class KookooCarrier:
    """The port `Carrier` over KooKoo's outbound request."""

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
        # Recordings are open to whoever has their address; the key of the API is not shown there.
        self._recordings = RecordingSource(
            api_origin=account.api_url,
            hosts=KOOKOO.hosts,
            account_sid="",
            auth_token="",
            read_s=read_s,
        )

    def place_call(self, phone: str, *, intent: str, ring_s: int) -> Placing:  # noqa: ARG002  # it rings as long as it rings
        answer = asked(
            lambda: request_once(
                "GET",
                f"{self._account.api_url.rstrip('/')}/outbound/outbound.php",
                params={
                    "api_key": self._account.auth_token,
                    "phone_no": _national(phone),
                    "caller_id": self._account.call_from.removeprefix("+"),
                    "outbound_version": "2",
                    "url": self._links.outbound(intent),
                    "callback_url": self._links.status(intent),
                },
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        )
        return answer if isinstance(answer, Ambiguous | NotSent | Refused) else _placed(answer)

    def find_call(self, phone: str, *, intent: str, since: datetime) -> Finding:  # noqa: ARG002  # cannot be asked
        return _UNTOLD

    def has_ended(self, provider_call_id: str) -> bool | None:  # noqa: ARG002  # cannot be asked
        return None

    def redirect_to_offer(self, provider_call_id: str, *, offer_id: str) -> Steering:  # noqa: ARG002  # cannot be asked
        return UNSUPPORTED

    def redirect_to_room(self, provider_call_id: str, *, offer_id: str) -> Steering:  # noqa: ARG002  # the doctor's leg has no name there
        return UNSUPPORTED

    def end_call(self, provider_call_id: str) -> Steering:  # noqa: ARG002  # cannot be asked
        return UNSUPPORTED

    def send_sms(self, phone: str, body: str, *, intent: str) -> Placing:  # noqa: ARG002  # cannot be asked
        return UNSUPPORTED

    def find_sms(self, phone: str, body: str, *, sought: Sought) -> Finding:  # noqa: ARG002  # cannot be asked
        return _UNTOLD

    def fetch_recording(self, url: str) -> Fetching:
        return self._recordings.fetch(url)


def _placed(answer: requests.Response) -> Placing:
    """Read the answer: an error comes with HTTP 200, too, and only its status tells."""
    try:
        root = ElementTree.fromstring(answer.content[:_LONGEST_ANSWER])  # noqa: S314  # bounded, and entities are not fetched
    except ElementTree.ParseError:
        return Ambiguous("the answer was no XML")
    told = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in root}
    match told.get("status"):
        case "queued" | "success" if told.get("message"):
            return Placed(told["message"])
        case "error":
            return Refused("error", "the carrier refused it")
    return Ambiguous("the answer names nothing")


def _national(phone: str) -> str:
    """Return an Indian number as this carrier dials it, after a 0."""
    return f"0{phone.removeprefix(_PLUS_COUNTRY)}" if phone.startswith(_PLUS_COUNTRY) else phone
