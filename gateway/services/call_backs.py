"""A call-back that was answered: is she there, and does she still want her doctor?"""

from __future__ import annotations

from sqlalchemy import select

from gateway.db.models import Offer, OutboundCall, Ticket
from gateway.domain.states import OPEN_TICKETS, OfferStatus
from gateway.services import outbound, tickets
from gateway.services.turning import Turning
from ivr_flows.engine.session import EffectDone


def open_ticket(turning: Turning) -> EffectDone:
    """An answered call-back: is her ticket still open, and the doctor still reserved?"""
    ticket = _ticket(turning)
    if ticket is None:
        return EffectDone("gone")
    return EffectDone("open", {"token": ticket.token})


def confirm(turning: Turning) -> EffectDone:
    """She is there: the reserved doctor is kept a while longer, and the hold loop rings her."""
    unit = turning.unit
    if _ticket(turning) is None:
        return EffectDone("gone")
    # It locks all that waits for this number; only then does what is read stay so.
    tickets.bring_onto(unit, turning.call)
    ticket = _ticket(turning)
    if ticket is None:
        return EffectDone("gone")
    ticket.call_back_attempts = 0
    turning.state.ticket_id, turning.state.patient_id = ticket.id, ticket.patient_id
    offer = _offer(turning)
    if offer is not None and offer.status is OfferStatus.PENDING:
        offer.lease_until = unit.now + outbound.CONFIRM_LEASE
    return EffectDone("ok")


def decline(turning: Turning) -> EffectDone:
    """She no longer needs the call; her ticket is closed and the doctor is free."""
    ticket = _ticket(turning)
    if ticket is None:
        return EffectDone("gone")
    tickets.cancel(turning.unit, Ticket.id == ticket.id)
    return EffectDone("ok")


def _offer(turning: Turning) -> Offer | None:
    return turning.unit.db.scalar(
        select(Offer)
        .join(OutboundCall, OutboundCall.offer_id == Offer.id)
        .where(OutboundCall.id == turning.call.outbound_call_id)
        .execution_options(populate_existing=True)
    )


def _ticket(turning: Turning) -> Ticket | None:
    return turning.unit.db.scalar(
        select(Ticket)
        .join(Offer, Offer.ticket_id == Ticket.id)
        .join(OutboundCall, OutboundCall.offer_id == Offer.id)
        .where(
            OutboundCall.id == turning.call.outbound_call_id,
            Ticket.status.in_(OPEN_TICKETS),
        )
    )
