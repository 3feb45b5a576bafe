"""Text messages that are meant: one for each reason, in the words of whoever gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select, update

from gateway.db.models import Caller, Message, Ticket
from gateway.db.models.base import new_id
from gateway.domain.errors import GatewayError
from gateway.domain.states import MessageStatus
from gateway.services.work import Job, Unit
from sms.catalogue import Catalogue
from sms.render import RenderRefusal, render

MOST_AT_ONCE: Final = 100
# The one text that may follow her wish for no more of them.
STOPPED: Final = "texts_stopped"
_UNSENT: Final = (MessageStatus.QUEUED, MessageStatus.SENDING)


@dataclass(frozen=True, slots=True)
class Texts:
    """Queues messages in the words and the script of the person who gets them."""

    catalogue: Catalogue
    toll_free: str

    def token(
        self,
        unit: Unit,
        ticket: Ticket,
        *,
        caller: Caller | None,
        stands: tuple[str, Mapping[str, str]],
    ) -> None:
        """Text the token, once for a ticket; stands: as `standing.as_text` tells it."""
        kind, told = stands
        values = {"token": ticket.token, "number": self.toll_free, **told}
        self.queue(
            unit,
            kind,
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
        place: int = 0,
        expires_at: datetime | None = None,
    ) -> None:
        """Mean to send; a reason (`key`) that has its message already gets no second one.

        Nothing is sent to a withheld number, nor to one whose consent was taken back or that asked
        for no more texts; whether the patient wants SMS is the caller's to ask. script: of the
        answer to a text; else as the caller chose. place: of several texts at once, which comes
        first. expires_at: when it is worth nothing any more, if ever.
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
        made = unit.insert_once(
            Message,
            unique="purpose_key",
            id=new_id(),
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
            lane=self.catalogue.templates[kind].lane,
            # All are due now, and yet in their order.
            due_at=unit.now - timedelta(microseconds=MOST_AT_ONCE - place),
            expires_at=expires_at,
            created_at=unit.now,
        )
        if made:
            unit.hint(Job.SEND_MESSAGES)


def drop_queued(unit: Unit, purpose: str, *, why: str) -> bool:
    """Send nothing more whose key begins so; tell whether something has left us, or may have."""
    rows = unit.db.scalars(select(Message).where(Message.purpose_key.startswith(purpose))).all()
    dropped = [
        row.status in _UNSENT
        and unit.move(
            Message,
            row.id,
            MessageStatus.FAILED,
            origins=(MessageStatus.QUEUED,),
            error_code=why,
        )
        for row in rows
    ]
    return not all(dropped)


def forget(unit: Unit, purpose: str, *, why: str) -> None:
    """Send nothing more whose key begins so, and keep no word of what was sent."""
    about = Message.purpose_key.startswith(purpose)
    _drop(unit, about, why=why)
    unit.change(
        update(Message).where(about).values(body="").execution_options(synchronize_session=False)
    )


def drop_unsent(unit: Unit, caller_id: str, *, why: str) -> None:
    """Send nothing more of what was meant for this number."""
    _drop(unit, Message.caller_id == caller_id, why=why)


def _drop(unit: Unit, which: ColumnElement[bool], *, why: str) -> None:
    unsent = unit.db.scalars(select(Message.id).where(which, Message.status.in_(_UNSENT))).all()
    for message_id in unsent:
        unit.move(Message, message_id, MessageStatus.FAILED, error_code=why)
