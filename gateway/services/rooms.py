"""A talk of three: the patient is on another telephone than the health worker who presents her.

The talk begins as any other, between the health worker and the doctor. Meanwhile the patient's
telephone is rung; when she keys that she is there, the doctor's leg is sent into a room, the health
worker's follows it when the carrier says that her dial has ended, and the patient's joins. Until
then nothing of the talk is risked: whoever does not answer leaves it as it was (docs/adr/0025).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update

from gateway.db.models import Call, Offer, OutboundCall, Patient, Presentation, Ticket
from gateway.domain.states import OfferStatus, Room
from gateway.services import offers, outbound, talks
from gateway.services.ports import Ambiguous, Carrier, Done, NotSent
from gateway.services.turning import RoomLeg, Turning
from gateway.services.work import Job, Unit, Work
from ivr_flows.engine.session import EffectDone

# How long the doctor's leg has to arrive, before the others stop waiting for it.
MOVE_WITHIN: Final = timedelta(seconds=10)


def accept(turning: Turning) -> EffectDone:
    """The doctor takes the patient; one who is elsewhere is rung now."""
    done = offers.accept(turning)
    offer_id = turning.call.offer_id
    if done.outcome == "accepted" and offer_id is not None:
        _ring_patient(turning.unit, offer_id)
    return done


def finish_bridge(turning: Turning) -> EffectDone:
    """The dial has ended: the doctor has gone ahead into the room, or the talk is over."""
    offer = _offer(turning)
    if offer is None or offer.status is not OfferStatus.ACCEPTED or turning.is_line_over:
        return talks.finish_bridge(turning)
    ahead = offer.room is Room.MOVING or offer.room is Room.OPEN
    return EffectDone("moved") if ahead else talks.finish_bridge(turning)


def look(turning: Turning) -> EffectDone:
    """The health worker follows the doctor; when she never arrives, the talk is over."""
    offer = _offer(turning)
    if offer is None or offer.status is not OfferStatus.ACCEPTED or turning.is_line_over:
        return finish(turning)
    if offer.room is Room.OPEN:
        turning.room = _leg(turning.unit, offer.id, ends=True)
        return EffectDone("open", {"offer_id": offer.id})
    return EffectDone("waiting") if _is_moving(turning.unit, offer) else finish(turning)


def finish(turning: Turning) -> EffectDone:
    """She, or the doctor, has left the room: the talk is over, if it was one."""
    offer = _offer(turning)
    if offer is None or offer.status is not OfferStatus.ACCEPTED:
        return EffectDone("gone")
    talked = talks.finish_accepted(turning.unit, ticket_id=offer.ticket_id, talk_s=None)
    return EffectDone("gone" if talked else "unanswered")


def open_party(turning: Turning) -> EffectDone:
    """The patient's telephone was answered: does the talk still run?"""
    offer = _joined_offer(turning)
    own = turning.caller.language if turning.caller else None
    if offer is None:
        return EffectDone("gone", {"language": own or turning.language})
    told = turning.unit.db.scalars(
        select(Ticket.language).where(Ticket.id == offer.ticket_id)
    ).one()
    return EffectDone("open", {"language": own or told})


def join_party(turning: Turning) -> EffectDone:
    """Somebody keyed that she is the patient, or with her: the doctor is sent for."""
    offer = _joined_offer(turning)
    if offer is None:
        return EffectDone("gone")
    _set(turning.unit, offer.id, Room.THERE, of=Room.CALLED)
    turning.unit.hint(Job.OPEN_ROOM, offer.id)
    return EffectDone("ok")


def look_party(turning: Turning) -> EffectDone:
    """May she come in? A lost hint is given again."""
    offer = _joined_offer(turning)
    if offer is None or turning.is_line_over:
        return EffectDone("gone")
    if offer.room is Room.OPEN:
        turning.room = _leg(turning.unit, offer.id, ends=False)
        return EffectDone("open", {"offer_id": offer.id})
    if offer.room is Room.THERE:
        turning.unit.hint(Job.OPEN_ROOM, offer.id)
        return EffectDone("waiting")
    return EffectDone("waiting" if _is_moving(turning.unit, offer) else "gone")


def enter(unit: Unit, offer_id: str) -> RoomLeg | None:
    """The doctor's leg asks for the room; None where there is none to enter."""
    _set(unit, offer_id, Room.OPEN, of=Room.MOVING)
    offer = unit.db.get_one(Offer, offer_id, populate_existing=True)
    may = offer.room is Room.OPEN and offer.status is OfferStatus.ACCEPTED
    return _leg(unit, offer_id, ends=True) if may else None


def _leg(unit: Unit, offer_id: str, *, ends: bool) -> RoomLeg:
    return RoomLeg(offer_id, round(unit.rules.talk.longest.total_seconds()), ends)


@dataclass(frozen=True, slots=True)
class Rooms:
    """Asks the carrier to send the doctor's leg into the room."""

    work: Work
    carriers: dict[str, Carrier]

    def open(self, offer_id: str) -> None:
        """Send for the doctor, once; safe to run twice at once."""
        with self.work.begin() as unit:
            leg = unit.db.execute(
                select(Call.carrier, Call.provider_call_id)
                .join(Offer, Offer.id == Call.offer_id)
                .where(
                    Call.offer_id == offer_id,
                    Call.ended_at.is_(None),
                    Offer.status == OfferStatus.ACCEPTED,
                )
                # Of several telephones she took the patient at the one that was rung last.
                .order_by(Call.started_at.desc())
            ).first()
            if leg is None or not _set(unit, offer_id, Room.MOVING, of=Room.THERE):
                return
        sent = self.carriers[leg.carrier].redirect_to_room(leg.provider_call_id, offer_id=offer_id)
        if isinstance(sent, Done | Ambiguous):
            return
        # She may hang up at that moment; the health worker's leg then finds nobody and is over.
        back = Room.THERE if isinstance(sent, NotSent) else None
        with self.work.begin() as unit:
            _set(unit, offer_id, back, of=Room.MOVING)


def _ring_patient(unit: Unit, offer_id: str) -> None:
    row = unit.db.execute(
        select(Patient.caller_id, Call.carrier, Call.our_number)
        .join(Ticket, Ticket.patient_id == Patient.id)
        .join(Offer, Offer.ticket_id == Ticket.id)
        .join(Presentation, Presentation.ticket_id == Ticket.id)
        .join(Call, Call.id == Ticket.call_id)
        .where(
            Offer.id == offer_id,
            Presentation.patient_apart,
            Patient.caller_id.is_not(None),
            Patient.caller_id != Ticket.caller_id,
        )
    ).one_or_none()
    if row is not None:
        outbound.call_to_join(
            unit, offer_id, caller_id=row.caller_id, carrier=row.carrier, our_number=row.our_number
        )
        _set(unit, offer_id, Room.CALLED, of=None)


def _set(unit: Unit, offer_id: str, room: Room | None, *, of: Room | None) -> bool:
    """Compare-and-set; tell whether this one did it."""
    changed = unit.change(
        update(Offer)
        .where(Offer.id == offer_id, Offer.room.is_(None) if of is None else Offer.room == of)
        .values(room=room, room_at=unit.now)
        .execution_options(synchronize_session=False)
    )
    if changed:
        unit.note("offers", offer_id, f"room_{room.value if room else 'closed'}")
    return changed == 1


def _is_moving(unit: Unit, offer: Offer) -> bool:
    since = unit.now - (offer.room_at or unit.now)
    return offer.room is Room.MOVING and since < MOVE_WITHIN


def _offer(turning: Turning) -> Offer | None:
    offer_id = turning.state.offer_id
    return turning.unit.db.get(Offer, offer_id, populate_existing=True) if offer_id else None


def _joined_offer(turning: Turning) -> Offer | None:
    """The talk that this call is to join, while it runs and there is a room for it."""
    return turning.unit.db.scalar(
        select(Offer)
        .join(OutboundCall, OutboundCall.joins_offer_id == Offer.id)
        .where(
            OutboundCall.id == turning.call.outbound_call_id,
            Offer.status == OfferStatus.ACCEPTED,
            Offer.room.is_not(None),
        )
        .execution_options(populate_existing=True)
    )
