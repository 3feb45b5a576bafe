"""State machines of ticket, offer, doctor, consultation, outbound call, message and aftercare, as
tables; drawn in docs/states.md.

An offer holds the only lease: while it lives, its ticket and its doctor are engaged; when it ends,
both are free again. So nothing can stay stuck that the offer's expiry does not undo.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class TicketStatus(StrEnum):
    WAITING = "waiting"
    ENGAGED = "engaged"
    DONE = "done"
    CANCELLED = "cancelled"
    UNREACHABLE = "unreachable"


class Presence(StrEnum):
    """Where the patient of a ticket is: still answering questions, holding, joined from here with
    an emergency number, or off the line."""

    ARRIVING = "arriving"
    HOLDING = "holding"
    HELPLINE = "helpline"
    AWAY = "away"


class OfferStatus(StrEnum):
    PENDING = "pending"
    CONNECTING = "connecting"
    RINGING = "ringing"
    ACCEPTED = "accepted"
    ENDED = "ended"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Room(StrEnum):
    """Of an accepted offer whose patient is on a telephone of her own: she is rung, she is there,
    the doctor's leg is sent for, and it has come."""

    CALLED = "called"
    THERE = "there"
    MOVING = "moving"
    OPEN = "open"


class DoctorStatus(StrEnum):
    OFF_DUTY = "off_duty"
    AVAILABLE = "available"
    ENGAGED = "engaged"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class ConsultationStatus(StrEnum):
    """talked: the two were joined. not_joined: one dropped before that."""

    OPEN = "open"
    TALKED = "talked"
    NOT_JOINED = "not_joined"


class OutboundStatus(StrEnum):
    QUEUED = "queued"
    PLACING = "placing"
    PLACED = "placed"
    ANSWERED = "answered"
    ENDED = "ended"
    FAILED = "failed"


class MessageStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


class AftercareStatus(StrEnum):
    """planned: due some time. calling: a call for it is queued, rings or talks. asked: a text has
    asked her, and her answer is awaited."""

    PLANNED = "planned"
    CALLING = "calling"
    ASKED = "asked"
    DONE = "done"
    OVER = "over"
    STOPPED = "stopped"


Status = (
    TicketStatus
    | OfferStatus
    | DoctorStatus
    | ConsultationStatus
    | OutboundStatus
    | MessageStatus
    | AftercareStatus
)

_T, _O, _D, _C, _M = TicketStatus, OfferStatus, DoctorStatus, OutboundStatus, MessageStatus
_A, _V = AftercareStatus, ConsultationStatus
_ENDS_UNANSWERED = frozenset({_O.DECLINED, _O.NO_ANSWER, _O.CANCELLED, _O.EXPIRED})

# By kind, since statuses of two kinds may share a word and then are equal as text.
TRANSITIONS: Final[Mapping[type[StrEnum], Mapping[Status, frozenset[Status]]]] = {
    TicketStatus: {
        _T.WAITING: frozenset({_T.ENGAGED, _T.CANCELLED, _T.UNREACHABLE}),
        _T.ENGAGED: frozenset({_T.WAITING, _T.DONE, _T.CANCELLED, _T.UNREACHABLE}),
        # The carrier's word that there was no talk may come after the end of her line.
        _T.DONE: frozenset({_T.WAITING}),
        _T.CANCELLED: frozenset(),
        # She calls within a day and has her place again, or wants none of us any more.
        _T.UNREACHABLE: frozenset({_T.WAITING, _T.CANCELLED}),
    },
    OfferStatus: {
        _O.PENDING: frozenset({_O.CONNECTING, _O.RINGING}) | _ENDS_UNANSWERED,
        _O.CONNECTING: frozenset({_O.RINGING}) | _ENDS_UNANSWERED,
        _O.RINGING: frozenset({_O.ACCEPTED}) | _ENDS_UNANSWERED,
        _O.ACCEPTED: frozenset({_O.ENDED, _O.NO_ANSWER, _O.CANCELLED, _O.EXPIRED}),
        _O.ENDED: frozenset(),
        _O.DECLINED: frozenset(),
        _O.NO_ANSWER: frozenset(),
        _O.CANCELLED: frozenset(),
        _O.EXPIRED: frozenset(),
    },
    DoctorStatus: {
        _D.OFF_DUTY: frozenset({_D.AVAILABLE}),
        _D.AVAILABLE: frozenset({_D.OFF_DUTY, _D.ENGAGED, _D.PAUSED}),
        _D.ENGAGED: frozenset({_D.AVAILABLE, _D.WRAP_UP, _D.PAUSED, _D.OFF_DUTY}),
        _D.WRAP_UP: frozenset({_D.AVAILABLE, _D.OFF_DUTY, _D.PAUSED}),
        _D.PAUSED: frozenset({_D.AVAILABLE, _D.OFF_DUTY}),
    },
    ConsultationStatus: {
        _V.OPEN: frozenset({_V.TALKED, _V.NOT_JOINED}),
        _V.TALKED: frozenset({_V.NOT_JOINED}),
        _V.NOT_JOINED: frozenset(),
    },
    OutboundStatus: {
        # What was queued anew may ring already: whoever answers it proves that it was placed.
        _C.QUEUED: frozenset({_C.PLACING, _C.ANSWERED, _C.ENDED, _C.FAILED}),
        _C.PLACING: frozenset({_C.PLACED, _C.ANSWERED, _C.ENDED, _C.QUEUED, _C.FAILED}),
        _C.PLACED: frozenset({_C.ANSWERED, _C.ENDED, _C.FAILED}),
        _C.ANSWERED: frozenset({_C.ENDED}),
        _C.ENDED: frozenset(),
        _C.FAILED: frozenset(),
    },
    MessageStatus: {
        # A receipt may come before our own "sent" is written, and while a text that the carrier did
        # not know is queued anew: it proves that it went.
        _M.QUEUED: frozenset({_M.SENDING, _M.SENT, _M.DELIVERED, _M.UNDELIVERED, _M.FAILED}),
        _M.SENDING: frozenset({_M.QUEUED, _M.SENT, _M.DELIVERED, _M.UNDELIVERED, _M.FAILED}),
        _M.SENT: frozenset({_M.DELIVERED, _M.UNDELIVERED, _M.FAILED}),
        _M.DELIVERED: frozenset(),
        _M.UNDELIVERED: frozenset(),
        _M.FAILED: frozenset(),
    },
    AftercareStatus: {
        _A.PLANNED: frozenset({_A.CALLING, _A.ASKED, _A.OVER, _A.STOPPED}),
        # Who did not answer the text is called; back to it where the call's hours had closed.
        _A.CALLING: frozenset({_A.PLANNED, _A.ASKED, _A.DONE, _A.OVER, _A.STOPPED}),
        _A.ASKED: frozenset({_A.CALLING, _A.DONE, _A.OVER, _A.STOPPED}),
        _A.DONE: frozenset(),
        _A.OVER: frozenset(),
        # She may ask for reminders again.
        _A.STOPPED: frozenset({_A.PLANNED}),
    },
}

LIVE_OFFERS: Final = (_O.PENDING, _O.CONNECTING, _O.RINGING, _O.ACCEPTED)
OPEN_TICKETS: Final = (_T.WAITING, _T.ENGAGED)
OPEN_AFTERCARE: Final = (_A.PLANNED, _A.CALLING, _A.ASKED)


def may_move(origin: Status, target: Status) -> bool:
    """Tell whether the table allows the transition."""
    return target in TRANSITIONS[type(origin)][origin]
