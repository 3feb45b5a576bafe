"""KooKoo's forms, which come as queries. Source: in1-cpaas.ozonetel.com/index.php/kookoo-docs

`sid` is the carrier's id of the call until we answer; from then on it is what our last response
called itself, and that names the call and the turn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gateway.telephony.events import CallEvent, SmsEvent, SmsReceipt, TurnMark
from gateway.telephony.forms import Form, MalformedForm, Reader, checked_id

_COUNTRY: Final = "91"
_E164_DIGITS: Final = 12
_MARKED = re.compile(r"([A-Za-z0-9_-]{1,64})\$([0-9a-f]{32})\$([0-9]{1,6})", re.ASCII)
# Its event → the status of the call, in Twilio's words.
_STATUSES: Final[Mapping[str, str]] = {
    "newcall": "ringing",
    "hangup": "completed",
    "disconnect": "completed",
}
_ENDS: Final = frozenset({"hangup", "disconnect"})
_ANSWERED: Final = "answered"
_DIALLED: Final = {_ANSWERED: "completed", "no-answer": "no-answer"}


def mark_turn(provider_call_id: str, call_id: str, number: int) -> str:
    """Return the word by which a response names the turn that comes next."""
    return f"{provider_call_id}${call_id}${number}"


def parse_call_event(form: Form) -> CallEvent:
    """Return the event of a voice webhook. Errors: MalformedForm."""
    read = Reader(form)
    provider_call_id, turn = _identity(read)
    event = read.word("event")
    return CallEvent(
        provider_call_id=provider_call_id,
        from_=_with_country(read.address("cid")),
        to=_with_country(read.address("called_number")),
        status=_STATUSES.get(event, "in-progress") if event else _outcome(read),
        digits=read.digits("data") if event == "gotdtmf" else "",
        recording_url=_https(read.url("data")) if event == "record" else "",
        dial_status=_DIALLED[_outcome(read)] if event == "dial" else "",
        dial_seconds=read.count("callduration") if event == "dial" else None,
        turn=turn,
        is_over=event in _ENDS,
    )


def parse_sms_event(form: Form) -> SmsEvent:
    """Return the text that came in. Errors: MalformedForm."""
    read = Reader(form)
    return SmsEvent(
        provider_message_id=read.provider_id("sid"),
        from_=_with_country(read.address("cid")),
        to=_with_country(read.address("called_number")),
        body=read.text("message"),
    )


def parse_sms_receipt(_form: Form) -> SmsReceipt:
    """Errors: MalformedForm, always: no receipts are documented, and we send no texts there."""
    raise MalformedForm("status", "not a form of this carrier")


def _identity(read: Reader) -> tuple[str, TurnMark | None]:
    sid = read.text("sid").strip()
    marked = _MARKED.fullmatch(sid)
    if marked:
        return marked[1], TurnMark(marked[2], int(marked[3]))
    # Of a call that we placed, the id that we were given when we placed it.
    return read.provider_id("outbound_sid", required=False) or checked_id("sid", sid), None


def _outcome(read: Reader) -> str:
    """Return how a call that was dialled went; the carrier has many words for no answer."""
    return _ANSWERED if read.text("status").strip().lower() == _ANSWERED else "no-answer"


def _https(url: str) -> str:
    return f"https{url.removeprefix('http')}" if url.startswith("http:") else url


def _with_country(address: str) -> str:
    """Return an Indian number in E.164; KooKoo writes it in ten digits, after 0 or after 91."""
    if not (address.isascii() and address.isdigit()):
        return address
    national = address.lstrip("0")
    is_whole = len(national) == _E164_DIGITS and national.startswith(_COUNTRY)
    return f"+{national}" if is_whole else f"+{_COUNTRY}{national}"
