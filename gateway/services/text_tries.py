"""When a text is tried again, and when it is given up: bounded, and never all at one moment."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update

from gateway.db.models import Message
from gateway.domain.states import MessageStatus
from gateway.services.ports import Sought
from gateway.services.work import Unit

# After a failure before the message left us; a message older than the last gap is of no use.
RETRY_GAPS: Final = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 1800))
# How long the carrier may take to show an accepted message in its own list.
CARRIER_SHOWS_WITHIN: Final = timedelta(minutes=2)
# A carrier that does not say what became of a text is asked again after this, and so long.
ASKED_AGAIN_AFTER: Final = timedelta(seconds=15)
ASKED_WITHIN: Final = timedelta(hours=1)
# Gaps are longer by up to this part.
_SPREAD: Final = 0.25
# Two texts to one phone, sent within this, cannot be told apart where their words are not told.
_TOGETHER: Final = timedelta(minutes=5)


def spread(gap: timedelta, message_id: str) -> timedelta:
    """Return the gap, longer by a part that differs from text to text and stays for one.

    Else a thousand texts that failed together would come back together.
    """
    return gap * (1 + _SPREAD * zlib.crc32(message_id.encode()) / 2**32)


def again(unit: Unit, message_id: str, attempts: int) -> None:
    """It was not sent: wait for the next rung of the ladder, or give up after the last.

    A receipt that came meanwhile proves that it was.
    """
    sending = (MessageStatus.SENDING,)
    if attempts > len(RETRY_GAPS):
        given_up = {"error_code": "retries_exhausted"}
        unit.move(Message, message_id, MessageStatus.FAILED, origins=sending, **given_up)
        return
    unit.move(
        Message,
        message_id,
        MessageStatus.QUEUED,
        origins=sending,
        due_at=unit.now + spread(RETRY_GAPS[attempts - 1], message_id),
    )


def untold(unit: Unit, message_id: str, *, since: datetime) -> None:
    """The carrier does not say: it is asked again, or the text counts as lost.

    It is not sent again, since it may have arrived; a receipt may settle it meanwhile.
    """
    if unit.now - since >= ASKED_WITHIN:
        unit.move(
            Message,
            message_id,
            MessageStatus.FAILED,
            origins=(MessageStatus.SENDING,),
            error_code="unconfirmed",
        )
        return
    unit.change(
        update(Message)
        .where(Message.id == message_id, Message.status == MessageStatus.SENDING)
        .values(lease_until=unit.now + spread(ASKED_AGAIN_AFTER, message_id))
    )


def sought(unit: Unit, message: Message) -> Sought:
    """Return what tells this text from the others that went to its phone."""
    since = message.sent_at or message.created_at
    near = (
        Message.caller_id == message.caller_id,
        Message.id != message.id,
        Message.sent_at.between(since - _TOGETHER, since + _TOGETHER),
    )
    known = unit.db.scalars(
        select(Message.provider_message_id).where(*near, Message.provider_message_id.is_not(None))
    )
    unsure = select(func.count()).where(
        *near,
        Message.status == MessageStatus.SENDING,
        Message.provider_message_id.is_(None),
    )
    return Sought(since, frozenset(filter(None, known)), alone=not unit.db.scalar(unsure))
