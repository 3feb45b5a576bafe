"""Calls: every webhook of the voice channel is taken here, each in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from gateway.db.models import Call, Caller, Doctor, Offer, OutboundCall, Patient, Ticket, Turn
from gateway.db.models.base import new_id
from gateway.domain.states import OutboundStatus
from gateway.services import callers, lines, openings, outbound, rooms, tickets
from gateway.services.areas import Numbers
from gateway.services.conversation import Conversation
from gateway.services.kept_turns import call_at, first_answer, last_turn
from gateway.services.turning import FINAL_STATUSES, CallState, Leg, RoomLeg
from gateway.services.work import Unit, Work

log = logging.getLogger(__name__)

CALL_BACK_AFTER_MISSED = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class UnknownCall:
    """A turn of a call that we do not know, or that is not this carrier's."""

    reason: str


class Calls:
    """The voice channel's use cases; each answer is the document for the carrier."""

    def __init__(
        self,
        *,
        work: Work,
        conversation: Conversation,
        directory: callers.Directory,
        numbers: Numbers,
    ) -> None:
        self._work = work
        self._conversation = conversation
        self._directory = directory
        self._numbers = numbers

    def receive_incoming(self, carrier: str, leg: Leg) -> str:
        """Answer a call to one of our numbers; a repeated delivery gets the first answer."""

        def take(unit: Unit) -> str:
            if answer := first_answer(unit, carrier, leg):
                return answer
            caller = self._directory.caller_of(unit, leg.from_number)
            flow = self._numbers.flow_of(leg.to_number)
            call = self._new_call(unit, carrier, leg, caller, flow=flow)
            if flow == "missed" and caller is not None:
                outbound.call_back(
                    unit,
                    caller.id,
                    carrier=carrier,
                    after=CALL_BACK_AFTER_MISSED,
                    our_number=call.our_number,
                )
            return self._conversation.first_turn(unit, call, caller, leg)

        return self._work.run(take)

    def resume(self, carrier: str, call_id: str, number: int, leg: Leg) -> str | UnknownCall:
        """Take the turn; an old turn gets the answer that was stored, and changes nothing."""

        def take(unit: Unit) -> str | UnknownCall:
            row = call_at(unit, call_id, number)
            if row is None:
                return UnknownCall("no such call or turn")
            call, caller, kept, answer = row
            if (call.carrier, call.provider_call_id) != (carrier, leg.provider_call_id):
                return UnknownCall("the turn belongs to another call")
            if answer is not None:
                return str(answer)
            if not kept:
                return UnknownCall("it was erased")
            if leg.status not in FINAL_STATUSES:
                lines.speaks(unit, call)
            return self._conversation.turn(unit, call, caller, kept, leg, number=number)

        return self._work.run(take)

    def receive_redirect(self, carrier: str, offer_id: str, leg: Leg) -> str | UnknownCall:
        """Answer the redirect that brings a holding patient to her doctor, once or many times."""

        def take(unit: Unit) -> str | UnknownCall:
            calls = unit.lock(
                Call, Call.carrier == carrier, Call.provider_call_id == leg.provider_call_id
            )
            offer = unit.db.get(Offer, offer_id)
            if not calls or offer is None:
                return UnknownCall("no such call or offer")
            [call] = calls
            last = unit.db.scalars(
                select(Turn).where(Turn.call_id == call.id).order_by(Turn.number.desc()).limit(1)
            ).one()
            if offer.bridge_turn is not None:
                bridged = unit.db.get(Turn, (call.id, offer.bridge_turn))
                return bridged.answer if bridged else UnknownCall("the offer is another call's")
            if not last.session:
                return UnknownCall("it was erased")
            number = last.number + 1
            lines.speaks(unit, call)
            caller = unit.db.get(Caller, call.caller_id) if call.caller_id else None
            return self._conversation.turn(
                unit, call, caller, last.session, leg, number=number, redirected=True
            )

        return self._work.run(take)

    def receive_whisper(self, carrier: str, offer_id: str, leg: Leg) -> str | UnknownCall:
        """Begin to tell the doctor who is waiting, in her language, before she is joined."""

        def take(unit: Unit) -> str | UnknownCall:
            answer = first_answer(unit, carrier, leg)
            if answer is not None:
                return answer or UnknownCall("it was erased")
            told = unit.db.execute(
                select(Doctor.languages, Patient.caller_id)
                .join(Offer, Offer.doctor_id == Doctor.id)
                .join(Ticket, Ticket.id == Offer.ticket_id)
                .join(Patient, Patient.id == Ticket.patient_id)
                .where(Offer.id == offer_id)
            ).one_or_none()
            if told is None:
                return UnknownCall("no such offer")
            call = self._new_call(
                unit, carrier, leg, None, flow="offer", language=self._shipped(told.languages)
            )
            call.offer_id = offer_id
            unit.db.flush()
            if told.caller_id is not None:
                openings.note(unit, call.id, told.caller_id)
            state = CallState(offer_id=offer_id)
            return self._conversation.first_turn(unit, call, None, leg, state=state)

        return self._work.run(take)

    def receive_room(self, carrier: str, offer_id: str, leg: Leg) -> RoomLeg | None:
        """The doctor's leg asks for the room of this offer; None where it may not enter."""
        with self._work.begin() as unit:
            hers = unit.db.scalar(
                select(Call.id).where(
                    Call.carrier == carrier,
                    Call.provider_call_id == leg.provider_call_id,
                    Call.offer_id == offer_id,
                )
            )
            return rooms.enter(unit, offer_id) if hers is not None else None

    def receive_joined(self, carrier: str, leg: Leg) -> str | UnknownCall:
        """Take the doctor's key, which the carrier took itself before it joined her, once."""
        with self._work.begin() as unit:
            call_id = unit.db.scalar(
                select(Call.id).where(
                    Call.carrier == carrier, Call.provider_call_id == leg.provider_call_id
                )
            )
        if call_id is None:
            return UnknownCall("nobody was asked on this leg")
        return self.resume(carrier, call_id, 1, leg)

    def receive_outbound(self, carrier: str, outbound_id: str, leg: Leg) -> str | UnknownCall:
        """Begin the conversation of a call that we placed and that was answered."""

        def take(unit: Unit) -> str | UnknownCall:
            if answer := first_answer(unit, carrier, leg):
                return answer
            placed = unit.db.get(OutboundCall, outbound_id)
            if placed is None:
                return UnknownCall("no such outbound call")
            unit.move(
                OutboundCall,
                placed.id,
                OutboundStatus.ANSWERED,
                provider_call_id=leg.provider_call_id,
            )
            caller = unit.db.get(Caller, placed.caller_id)
            call = self._new_call(
                unit, carrier, leg, caller, flow=placed.flow, our_number=placed.our_number
            )
            call.outbound_call_id = placed.id
            return self._conversation.first_turn(unit, call, caller, leg)

        return self._work.run(take)

    def receive_fallback(
        self, carrier: str, leg: Leg, *, outbound_id: str | None
    ) -> str | UnknownCall | None:
        """An answer of ours did not arrive: give the last one again, which asks her anew.

        A call that never had one begins. None where nothing can be said again: the end of a bridge
        is told once, and to dial again would ring the doctor twice.
        """
        with self._work.begin() as unit:
            last = last_turn(unit, carrier, leg)
        if last is not None:
            return None if last.session.get("awaiting") == "bridge" else last.answer or None
        if outbound_id:
            return self.receive_outbound(carrier, outbound_id, leg)
        return self.receive_incoming(carrier, leg)

    def receive_status(self, carrier: str, leg: Leg, *, outbound_id: str | None) -> None:
        """Note that a leg has ended, once; tickets and offers that hung on it are set free."""
        if leg.status not in FINAL_STATUSES:
            return

        def take(unit: Unit) -> None:
            if self._end_line(unit, carrier, leg) or outbound_id is None:
                return
            if not outbound.unanswered(unit, outbound_id):
                # Its first turn may have been committed between the two looks.
                self._end_line(unit, carrier, leg)

        self._work.run(take)

    def _end_line(self, unit: Unit, carrier: str, leg: Leg) -> bool:
        """End the call of this leg unless it is over; tell whether there is one."""
        calls = unit.lock(
            Call, Call.carrier == carrier, Call.provider_call_id == leg.provider_call_id
        )
        for call in calls:
            lines.end(unit, call, reason=leg.status, duration_s=leg.duration_s)
        return bool(calls)

    def apologise(self, carrier: str, leg: Leg) -> str:
        """After a failure of ours: return the language to be sorry in, and have her called back.

        A call that we placed ourselves is tried again by its own ladder, so that a failure which
        meets every call does not ring her for ever.
        """

        def take(unit: Unit) -> str:
            call = unit.db.scalar(
                select(Call).where(
                    Call.carrier == carrier, Call.provider_call_id == leg.provider_call_id
                )
            )
            caller = self._whom_we_failed(unit, call, leg)
            if caller is not None and caller.erased_at is None:
                self._call_back(unit, caller, call, carrier, our_number=self._numbers.our_side(leg))
            known = call.language if call else caller.language if caller else None
            return known or self.first_languages(leg)[0]

        return self._work.run(take)

    def first_languages(self, leg: Leg) -> Sequence[str]:
        """The languages for a leg of which nothing is known: the first two of the number's area."""
        return self._numbers.area_of(self._numbers.our_side(leg)).first_languages

    def _whom_we_failed(self, unit: Unit, call: Call | None, leg: Leg) -> Caller | None:
        if self._numbers.flow_of(self._numbers.our_side(leg)) == "duty":
            return None  # she is no patient, and will call again
        if call is not None:
            return unit.db.get(Caller, call.caller_id) if call.caller_id else None
        # On a leg that we placed "from" is a number of ours, and nobody is called back there.
        if self._numbers.is_ours(leg.from_number):
            return None
        return self._directory.caller_of(unit, leg.from_number)

    def _call_back(
        self, unit: Unit, caller: Caller, call: Call | None, carrier: str, *, our_number: str
    ) -> None:
        placed_id = call.outbound_call_id if call else None
        if tickets.has_open(unit, caller.id):
            return
        if placed_id is not None:
            outbound.call_again(unit, unit.db.get_one(OutboundCall, placed_id))
            return
        outbound.call_back(
            unit,
            caller.id,
            carrier=carrier,
            after=outbound.CALL_BACK_AFTER_FAILURE,
            our_number=our_number,
        )

    def _shipped(self, languages: Sequence[str]) -> str:
        shipped = (lang for lang in languages if lang in self._conversation.languages)
        return next(shipped, self._numbers.service.languages[0])

    def _new_call(
        self,
        unit: Unit,
        carrier: str,
        leg: Leg,
        caller: Caller | None,
        *,
        flow: str,
        language: str | None = None,
        our_number: str | None = None,
    ) -> Call:
        known = caller.language if caller else None
        our_number = our_number or self._numbers.our_side(leg)
        call = Call(
            id=new_id(),
            carrier=carrier,
            provider_call_id=leg.provider_call_id,
            flow=flow,
            language=language or known or self._numbers.area_of(our_number).languages[0],
            our_number=our_number,
            caller_id=caller.id if caller else None,
            started_at=unit.now,
        )
        unit.db.add(call)
        unit.note("calls", call.id, f"began_{flow}")
        return call
