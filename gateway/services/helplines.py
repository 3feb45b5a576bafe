"""The emergency number: named to the caller, and joined to her call where the carrier can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import update

from gateway.db.models import Ticket
from gateway.domain.states import OfferStatus, Presence
from gateway.services import offers, tickets
from gateway.services.areas import Numbers
from gateway.services.turning import Turning
from ivr_flows.engine.session import EffectDone

TALKED: Final = "completed"


@dataclass(frozen=True, slots=True)
class Helplines:
    """dialable: a number that our carrier can dial and that reaches the ambulance; mostly none,
    since a carrier's numbers rarely reach a short code.
    """

    numbers: Numbers
    dialable: str

    def recall(self, turning: Turning) -> EffectDone:
        ambulance = self.numbers.area_of(turning.call.our_number).ambulance
        return EffectDone("ok", {"ambulance": ambulance, "can_connect": bool(self.dialable)})

    def connect(self, turning: Turning) -> EffectDone:
        """Her place is kept while she talks, and no doctor is held for her meanwhile."""
        unit, mine = turning.unit, tickets.of_line(turning.state.ticket_id, turning.call.id)
        for ticket in unit.lock(Ticket, mine):
            offers.release(unit, ticket_id=ticket.id, to=OfferStatus.CANCELLED)
        unit.change(
            update(Ticket)
            .where(mine)
            .values(
                presence=Presence.HELPLINE,
                call_id=turning.call.id,
                seen_at=unit.now,
                call_back_due_at=None,
            )
            .execution_options(synchronize_session=False)
        )
        unit.note("calls", turning.call.id, "helpline_connect")
        return EffectDone("ok", {"number": self.dialable})


def finish(turning: Turning) -> EffectDone:
    """The call to the emergency number has ended; she is back on this line, or it is over."""
    unit, leg = turning.unit, turning.leg
    talked = leg.dial_status == TALKED and leg.dial_bridged is not False
    mine = tickets.of_line(turning.state.ticket_id, turning.call.id)
    if not turning.is_line_over:
        unit.lock(Ticket, mine)
        unit.change(
            update(Ticket)
            .where(mine, Ticket.presence == Presence.HELPLINE)
            .values(presence=Presence.ARRIVING, seen_at=unit.now)
            .execution_options(synchronize_session=False)
        )
    unit.note("calls", turning.call.id, "helpline_talked" if talked else "helpline_unanswered")
    return EffectDone("talked" if talked else "unanswered")
