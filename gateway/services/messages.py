"""Text messages: one for each reason, sent once, and a status that never goes back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from gateway.db.models import Caller, Message, Receipt, Ticket
from gateway.db.models.base import new_id
from gateway.domain.errors import GatewayError
from gateway.domain.states import MessageStatus
from gateway.services.ports import Ambiguous, Carrier, NotSent, Placed, Refused
from gateway.services.work import Job, Unit, Work
from sms.catalogue import Catalogue
from sms.render import RenderRefusal, render

log = logging.getLogger(__name__)

SENDING_LEASE: Final = timedelta(seconds=30)
# After a failure before the message left us; a message older than the last gap is of no use.
RETRY_GAPS: Final = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 1800))
# How long the carrier may take to show an accepted message in its own list.
CARRIER_SHOWS_WITHIN: Final = timedelta(minutes=2)

# The one text that may follow her wish for no more of them.
STOPPED: Final = "texts_stopped"
# Stands between a receipt's word and the number of its part.
_PART: Final = "/"
_UNSENT: Final = (MessageStatus.QUEUED, MessageStatus.SENDING)

# Twilio's words for what became of a message, in ours; the others ("queued") tell nothing new.
RECEIPTS: Final[Mapping[str, MessageStatus]] = {
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
}


@dataclass(frozen=True, slots=True)
class Texts:
    """Queues messages in the words and the script of the person who gets them."""

    catalogue: Catalogue
    toll_free: str

    def token(
        self, unit: Unit, ticket: Ticket, *, caller: Caller | None, wait_minutes: int | None
    ) -> None:
        """Text the token, once for a ticket; wait_minutes: None when nobody is on duty."""
        values = {
            "token": ticket.token,
            "minutes": str(wait_minutes),
            "number": self.toll_free,
        }
        self.queue(
            unit,
            "token" if wait_minutes is not None else "token_unattended",
            key=f"token:{ticket.id}",
            caller=caller,
            language=ticket.language,
            values=values,
        )

    def queue(
        self,
        unit: Unit,
        kind: str,
        *,
        key: str,
        caller: Caller | None,
        language: str,
        values: Mapping[str, str],
        script: str | None = None,
    ) -> None:
        """Mean to send; a reason (`key`) that has its message already gets no second one.

        Nothing is sent to a withheld number, nor to one whose consent was taken back or that asked
        for no more texts; whether the patient wants SMS is the caller's to ask. script: of the
        answer to a text; else as the caller chose.
        Errors: GatewayError when the values do not fit the registered template.
        """
        if caller is None or caller.withdrawn_at is not None:
            return
        if caller.texts_stopped_at is not None and kind != STOPPED:
            return
        text = render(
            kind,
            language=language,
            script=script or caller.script,
            values=values,
            catalogue=self.catalogue,
        )
        if isinstance(text, RenderRefusal):
            raise GatewayError(f"the {kind} message cannot be written: {text.rule}")
        message_id = new_id()
        made = unit.insert_once(
            Message,
            unique="purpose_key",
            id=message_id,
            purpose_key=key,
            kind=kind,
            caller_id=caller.id,
            phone_e164=caller.phone_e164,
            body=text.text,
            template_id=text.template_id,
            encoding=text.segments.encoding.value,
            segments=text.segments.segments,
            status=MessageStatus.QUEUED,
            attempts=0,
            due_at=unit.now,
            created_at=unit.now,
        )
        if made:
            unit.hint(Job.SEND_MESSAGE, message_id)


def drop_unsent(unit: Unit, caller_id: str, *, why: str) -> None:
    """Send nothing more of what was meant for this number."""
    unsent = unit.db.scalars(
        select(Message.id).where(Message.caller_id == caller_id, Message.status.in_(_UNSENT))
    ).all()
    for message_id in unsent:
        unit.move(Message, message_id, MessageStatus.FAILED, error_code=why)


def _parts_there(unit: Unit, message_id: str) -> int:
    """How many parts of the text are on the telephone."""
    told = unit.db.scalars(select(Receipt.status).where(Receipt.message_id == message_id))
    words = [row.partition(_PART) for row in told]
    return len({part for word, _, part in words if RECEIPTS.get(word) is MessageStatus.DELIVERED})


def _of_part(status: str, part: int) -> str:
    return (status if part == 1 else f"{status}{_PART}{part}")[:20]


class Sending:
    """Works off the intent to send, and takes the receipts."""

    def __init__(self, *, work: Work, carriers: dict[str, Carrier], default_carrier: str) -> None:
        self._work = work
        self._carrier = carriers[default_carrier]

    def send(self, message_id: str) -> None:
        """Send the message if it still waits; idempotent, and safe to run twice at once."""
        with self._work.begin() as unit:
            claimed = unit.move(
                Message,
                message_id,
                MessageStatus.SENDING,
                origins=(MessageStatus.QUEUED,),
                lease_until=unit.now + SENDING_LEASE,
                attempts=Message.attempts + 1,
                sent_at=unit.now,
            )
            if not claimed:
                return
            message = unit.db.get_one(Message, message_id)
        result = self._carrier.send_sms(message.phone_e164, message.body, intent=message_id)
        with self._work.begin() as unit:
            match result:
                case Placed(provider_id):
                    # A receipt may have come first, so the id is written whatever the status.
                    message = unit.db.get_one(Message, message_id)
                    message.provider_message_id = provider_id
                    unit.db.flush()
                    unit.move(
                        Message, message_id, MessageStatus.SENT, origins=(MessageStatus.SENDING,)
                    )
                case NotSent():
                    self._again(unit, message)
                case Refused(code, _):
                    unit.move(
                        Message,
                        message_id,
                        MessageStatus.FAILED,
                        origins=(MessageStatus.SENDING,),
                        error_code=code,
                    )
                    log.error("sms_refused", extra={"message_id": message_id, "code": code})
                case Ambiguous():
                    # It may be on its way: the lease runs on, then the carrier is asked.
                    unit.note("messages", message_id, "ambiguous")

    def reconcile(self, message_id: str) -> None:
        """A try ended without a word (time-out, or our death): ask the carrier, then decide."""
        with self._work.begin() as unit:
            message = unit.db.get_one(Message, message_id)
            if message.status is not MessageStatus.SENDING:
                return
        since = message.sent_at or message.created_at
        found = self._carrier.find_sms(message.phone_e164, message.body, since=since)
        with self._work.begin() as unit:
            match found:
                case Placed(provider_id):
                    unit.move(
                        Message,
                        message_id,
                        MessageStatus.SENT,
                        origins=(MessageStatus.SENDING,),
                        provider_message_id=provider_id,
                    )
                case None if unit.now - since >= CARRIER_SHOWS_WITHIN:
                    self._again(unit, message)
                case _:
                    return

    def receive_receipt(
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
        with self._work.begin() as unit:
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

    def _again(self, unit: Unit, message: Message) -> None:
        if message.attempts > len(RETRY_GAPS):
            unit.move(Message, message.id, MessageStatus.FAILED, error_code="retries_exhausted")
            return
        unit.move(
            Message,
            message.id,
            MessageStatus.QUEUED,
            due_at=unit.now + RETRY_GAPS[message.attempts - 1],
        )
