"""What webhooks tell us, as values: the same for every carrier."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnMark:
    """The turn that an event answers, where the form itself names it."""

    call_id: str
    number: int


@dataclass(frozen=True, slots=True)
class CallEvent:
    """What a carrier said about a call. Text is "" and a count None when it said nothing.

    from_, to: as the carrier writes them, perhaps withheld. status, dial_status: in Twilio's words,
    such as "in-progress". digits: only 0-9, * and #; keys that no person presses count as none.
    dial_bridged: whether the two legs of a dial were ever joined. dial_action: what happened to
    the other leg just now, where a carrier tells it, such as "connected". is_over: the call has
    ended, told at the address where turns are told.
    """

    provider_call_id: str
    from_: str
    to: str
    status: str
    parent_call_id: str = ""
    direction: str = ""
    digits: str = ""
    recording_url: str = ""
    recording_sid: str = ""
    recording_seconds: int = 0
    duration_seconds: int | None = None
    dial_status: str = ""
    dial_seconds: int | None = None
    dial_call_sid: str = ""
    dial_bridged: bool | None = None
    dial_action: str = ""
    answered_by: str = ""
    sequence_number: int | None = None
    error_code: str = ""
    turn: TurnMark | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class SmsEvent:
    """A text that came in."""

    provider_message_id: str
    from_: str
    to: str
    body: str


@dataclass(frozen=True, slots=True)
class SmsReceipt:
    """What a carrier says became of a text of ours; status in Twilio's words, as "delivered".

    part, parts: which part of a long text it is about, from 1, and of how many, where the carrier
    tells of each by itself.
    """

    provider_message_id: str
    status: str
    error_code: str
    part: int = 1
    parts: int = 1
