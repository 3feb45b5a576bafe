"""Texts that people send us: each wish carried out once, and answered by a text.

Telephones are shared and a sender is easily forged, so an answer says nothing clinical, and nothing
of a person who wants no SMS: whoever asks for her medicines is told where to hear them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Select, select

from gateway.db.models import Aftercare, Caller, Message, Patient, Ticket
from gateway.domain.states import OPEN_TICKETS
from gateway.services import aftercare, letters, messages, outbound, standing, tickets
from gateway.services.callers import Directory
from gateway.services.calls import CALL_BACK_AFTER_MISSED
from gateway.services.doctors_texts import DoctorsTexts
from gateway.services.messages import Texts
from gateway.services.work import Unit, Work
from sms.catalogue import Script
from sms.commands import Command, CommandWords, Reply, Wish, read, read_reply

log = logging.getLogger(__name__)

# Two machines that answer each other stop after the first round.
HELP_GAP: Final = timedelta(hours=1)


@dataclass(slots=True)
class Asking:
    """One text of a caller's; `key` names it, so that its answers are sent once."""

    unit: Unit
    caller: Caller
    key: str
    language: str
    script: str
    texts: Texts
    answered: int = field(default=0)

    def answer(self, kind: str, **values: str) -> None:
        wanted = self.texts.catalogue.templates[kind].variables
        self.texts.queue(
            self.unit,
            kind,
            key=f"{self.key}:{self.answered}",
            caller=self.caller,
            language=self.language,
            script=self.script,
            values={**({"number": self.texts.toll_free} if "number" in wanted else {}), **values},
        )
        self.answered += 1


class Inbox:
    """Reads the texts that come in; first_language: of people who never called."""

    def __init__(
        self,
        *,
        work: Work,
        directory: Directory,
        texts: Texts,
        words: CommandWords,
        first_language: str,
        carrier: str,
        doctors: DoctorsTexts,
    ) -> None:
        self._work = work
        self._directory = directory
        self._texts = texts
        self._words = words
        self._first_language = first_language
        self._carrier = carrier
        self._doctors = doctors

    def receive(self, carrier: str, provider_message_id: str, sender: str, *, body: str) -> bool:
        """Do what the text asks, once however often it is delivered.

        Return False for a sender that is no telephone: nobody could be answered there.
        """
        key = f"in:{carrier}:{provider_message_id}"[:70]
        if self._doctors.take(sender, body, key=key):
            log.info("sms_received", extra={"carrier": carrier, "command": "doctors"})
            return True
        wish = read(body, self._words)

        def take(unit: Unit) -> bool:
            caller = self._directory.caller_of(unit, sender)
            if caller is None:
                return False
            if unit.db.scalar(select(Message.id).where(Message.purpose_key == f"{key}:0")):
                return True
            language, script = self._tongue(wish, caller)
            asking = Asking(unit, caller, key, language, script, self._texts)
            reply = read_reply(body, self._words) if wish.command is None else None
            if reply is None or not self._take_reply(reply, asking):
                self._carry_out(wish.command, asking)
            return True

        taken = self._work.run(take)
        log.info("sms_received", extra={"carrier": carrier, "command": str(wish.command)})
        return taken

    def _take_reply(self, reply: Reply, asking: Asking) -> bool:
        """Do what a digit answers; False where nothing was asked."""
        unit, caller = asking.unit, asking.caller
        if reply is Reply.END_REMINDERS:
            ended = aftercare.end_reminders(unit, Aftercare.caller_id == caller.id)
            if ended:
                asking.answer("reminders_ended")
            return ended
        asked = aftercare.asked_by_text(unit, caller.id)
        if asked is None:
            return False
        aftercare.keep_answer(unit, asked, reply.value)
        if reply is Reply.WORSE:
            # As whoever is worse and says so in a call comes to a doctor.
            self._doctor(asking)
        else:
            asking.answer("follow_up_noted")
        return True

    def _carry_out(self, command: Command | None, asking: Asking) -> None:
        if command is None:
            _help_the_unread(asking)
        elif command is Command.DOCTOR:
            self._doctor(asking)
        else:
            _DO[command](asking)

    def _doctor(self, asking: Asking) -> None:
        """As after a missed call; whoever waits already is told her place instead."""
        unit, caller = asking.unit, asking.caller
        if tickets.has_open(unit, caller.id):
            _place(asking, otherwise="call_soon")
            return
        outbound.call_back(
            unit, caller.id, carrier=self._carrier, after=CALL_BACK_AFTER_MISSED, our_number=None
        )
        asking.answer("call_soon")

    def _tongue(self, wish: Wish, caller: Caller) -> tuple[str, str]:
        """Return the language and the script to answer in."""
        if wish.languages:
            known = caller.language in wish.languages and caller.language
            return known or wish.languages[0], wish.script
        if caller.language is None:
            return self._first_language, wish.script
        return caller.language, caller.script


def _place(asking: Asking, *, otherwise: str = "no_token") -> None:
    """otherwise: what is said where nobody waits who wants texts."""
    rows = asking.unit.db.execute(
        _open_tickets(asking.caller, *standing.of_ticket(asking.unit))
    ).all()
    for ticket, *stands in rows:
        kind, values = standing.as_text(standing.facts(stands, asking.unit))
        asking.answer(kind, token=ticket.token, **values)
    if not rows:
        asking.answer(otherwise)


def _cancel(asking: Asking) -> None:
    """Only what waits: a talk is not cut off, and she is told of what was cancelled alone."""
    found: Sequence[Ticket] = asking.unit.db.scalars(_open_tickets(asking.caller)).all()
    for ticket in found:
        if tickets.cancel(asking.unit, Ticket.id == ticket.id):
            asking.answer("cancelled", token=ticket.token)
    if not asking.answered:
        asking.answer("no_token")


def _prescription(asking: Asking) -> None:
    asking.answer("prescription_hear")


def _stop(asking: Asking) -> None:
    """Nothing more is texted, but for one word that it is so; what was meant is not sent."""
    caller = asking.caller
    if caller.texts_stopped_at is not None:
        return
    caller.texts_stopped_at = asking.unit.now
    aftercare.stop_texts(asking.unit, caller.id)
    messages.drop_unsent(asking.unit, caller.id, why="stopped")
    asking.unit.note("callers", caller.id, "texts_stopped")
    asking.answer(messages.STOPPED)


def _start(asking: Asking) -> None:
    asking.caller.texts_stopped_at = None
    asking.unit.note("callers", asking.caller.id, "texts_started")
    asking.answer("texts_started")


def _letters(asking: Asking, script: Script) -> None:
    """Every later text comes in these letters, this answer first."""
    letters.choose(asking.unit, asking.caller, script)
    asking.script = script
    asking.answer("letters")


def _help(asking: Asking) -> None:
    asking.answer("help")


def _help_the_unread(asking: Asking) -> None:
    unit = asking.unit
    lately = select(Message.id).where(
        Message.caller_id == asking.caller.id,
        Message.kind == "help",
        Message.created_at > unit.now - HELP_GAP,
    )
    if unit.db.scalar(lately.limit(1)) is None:
        _help(asking)


def _open_tickets(caller: Caller, *figures: Any) -> Select[Any]:
    return (
        select(Ticket, *figures)
        .join(Patient, Patient.id == Ticket.patient_id)
        .where(
            Ticket.caller_id == caller.id,
            Ticket.status.in_(OPEN_TICKETS),
            Patient.no_sms.is_(False),
        )
        .order_by(Ticket.id)
    )


_DO: Final[Mapping[Command, Callable[[Asking], None]]] = {
    Command.PLACE: _place,
    Command.CANCEL: _cancel,
    Command.PRESCRIPTION: _prescription,
    Command.STOP: _stop,
    Command.START: _start,
    Command.HELP: _help,
    Command.ROMAN: partial(_letters, script=Script.ROMAN),
    Command.NATIVE: partial(_letters, script=Script.NATIVE),
}
