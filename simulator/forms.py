"""The parameters of Twilio's webhooks.

Source: https://www.twilio.com/docs/voice/twiml#request-parameters and
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

from simulator.calls import Call

API_VERSION = "2010-04-01"
# Twilio knows no city, state or postal code for Indian numbers, and sends them blank.
_PLACES = ("City", "State", "Zip")


def twilio_time(moment: datetime) -> str:
    """Format as RFC 2822, the only form Twilio's voice and REST APIs use."""
    return format_datetime(moment.astimezone(UTC))


def _country(number: str) -> str:
    return "IN" if number.startswith("+91") else ""


def _places(**numbers: str) -> dict[str, str]:
    blank = {f"{party}{place}": "" for party in numbers for place in _PLACES}
    return blank | {f"{party}Country": _country(number) for party, number in numbers.items()}


def call_form(call: Call, account_sid: str) -> dict[str, str]:
    """Return what every voice webhook carries, blank fields included."""
    form = {
        "CallSid": call.sid,
        "AccountSid": account_sid,
        "From": call.from_,
        "To": call.to,
        "Caller": call.from_,
        "Called": call.to,
        "CallStatus": call.status.value,
        "Direction": call.direction.value,
        "ApiVersion": API_VERSION,
    } | _places(From=call.from_, To=call.to, Caller=call.from_, Called=call.to)
    if call.parent is not None:
        form["ParentCallSid"] = call.parent.sid
    return form


def progress_form(call: Call, event: str, *, account_sid: str, duration_s: int) -> dict[str, str]:
    """Return the parameters of a status callback; `initiated` is not a call status elsewhere."""
    form = call_form(call, account_sid) | {
        "CallbackSource": "call-progress-events",
        "Timestamp": twilio_time(datetime.now(UTC)),
    }
    if event == "initiated":
        form["CallStatus"] = event
    if event == "completed":
        form |= {"CallDuration": str(duration_s), "Duration": str(-(-duration_s // 60))}
    return form
