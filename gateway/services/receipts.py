"""Receipts of the carriers: a text's status never goes back, in whatever order they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from gateway.db.models import Message, Receipt
from gateway.domain.states import MessageStatus
from gateway.services.work import Unit, Work

# Stands between a receipt's word and the number of its part.
_PART: Final = "/"

# Twilio's words for what became of a message, in ours; the others ("queued") tell nothing new.
RECEIPTS: Final[Mapping[str, MessageStatus]] = {
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
}


@dataclass(frozen=True, slots=True)
class Receipts:
    """Takes receipts."""

    work: Work

    def receive(
        self,
        message_id: str,
        *,
        status: str,
        error_code: str,
        provider_message_id: str,
        part: int = 1,
        parts: int = 1,
    ) -> bool:
        """Note a receipt; late, repeated and disordered ones change nothing that is final.

        A text in parts is settled by the worst of them: delivered once every part is, lost with
        any. Return False for a message that we do not know.
        """
        meant = RECEIPTS.get(status)
        with self.work.begin() as unit:
            message = unit.db.scalar(
                select(Message).where(Message.id == message_id).with_for_update()
            )
            if message is None:
                return False
            told = _of_part(status, part)
            if unit.db.get(Receipt, (message_id, told)) is None:
                unit.db.add(
                    Receipt(
                        message_id=message_id,
                        status=told,
                        error_code=error_code[:20] or None,
                        received_at=unit.now,
                    )
                )
            message.provider_message_id = message.provider_message_id or provider_message_id
            unit.db.flush()
            if meant is MessageStatus.DELIVERED and _parts_there(unit, message_id) < parts:
                meant = MessageStatus.SENT
            if meant is not None:
                unit.move(Message, message_id, meant, error_code=error_code[:20] or None)
        return True


def _parts_there(unit: Unit, message_id: str) -> int:
    """How many parts of the text are on the telephone."""
    told = unit.db.scalars(select(Receipt.status).where(Receipt.message_id == message_id))
    words = [row.partition(_PART) for row in told]
    return len({part for word, _, part in words if RECEIPTS.get(word) is MessageStatus.DELIVERED})


def _of_part(status: str, part: int) -> str:
    return (status if part == 1 else f"{status}{_PART}{part}")[:20]
