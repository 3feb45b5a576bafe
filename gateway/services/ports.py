"""The port to the carriers: what services ask of one, and the values it answers with.

An adapter never raises for what a carrier or a line does: every end of a request is a value here,
because "it may have been done" and "it was not done" need different care.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Placed:
    """The carrier took the call or the message; `provider_id` is its name for it."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Done:
    """The carrier changed the call as asked."""


@dataclass(frozen=True, slots=True)
class AlreadyEnded:
    """The call had ended before we asked; whoever wanted it ended has what she wanted."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may have been done or not: ask the carrier (`find_`) before trying again."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left us, so trying again repeats nothing."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier said no, and will again; `code` is its error code, such as "21211"."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A recording's audio, as the carrier keeps it."""

    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class NotReady:
    """The recording cannot be had yet; ask again later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unfetchable:
    """The recording is not to be had from this address, now or later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The carrier did not say whether it has such a call or message; ask again later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Sought:
    """What tells a text whose fate is unknown from the others that went to its phone.

    since: when it was handed over. known: the carrier's names of the others. alone: is it the only
    one of those without a name? A carrier that tells no words can else not say which one it has.
    """

    since: datetime
    known: frozenset[str] = frozenset()
    alone: bool = True


Placing: TypeAlias = Placed | Ambiguous | NotSent | Refused
Steering: TypeAlias = Done | AlreadyEnded | Ambiguous | NotSent | Refused
Finding: TypeAlias = Placed | Unanswered | None
Fetching: TypeAlias = Fetched | NotReady | Unfetchable


class Carrier(Protocol):
    """One carrier's account. Phones are E.164; `intent` is the id of the row that asks.

    Each method is one request with a time-out, and nothing is repeated by itself.
    """

    def place_call(self, phone: str, *, intent: str, ring_s: int) -> Placing:
        """Ring the phone for `ring_s`; when answered, our flow for the intent begins."""
        ...

    def find_call(self, phone: str, *, intent: str, since: datetime) -> Finding:
        """Return the newest call to the phone placed since then, None when there is none."""
        ...

    def redirect_to_offer(self, provider_call_id: str, *, offer_id: str) -> Steering:
        """Bring a holding call to the bridge of that offer."""
        ...

    def redirect_to_room(self, provider_call_id: str, *, offer_id: str) -> Steering:
        """Take a doctor's leg out of its talk and into the room of the offer."""
        ...

    def end_call(self, provider_call_id: str) -> Steering:
        """Hang up, or stop ringing; idempotent."""
        ...

    def has_ended(self, provider_call_id: str) -> bool | None:
        """Tell whether the call is over; None where the carrier does not say."""
        ...

    def send_sms(self, phone: str, body: str, *, intent: str) -> Placing:
        """Hand over one message; its receipts name the intent."""
        ...

    def find_sms(self, phone: str, body: str, *, sought: Sought) -> Finding:
        """Return the newest message with that text to the phone, None for none."""
        ...

    def fetch_recording(self, url: str) -> Fetching:
        """Return a recording's audio from the carrier's own hosts, bounded in size."""
        ...
