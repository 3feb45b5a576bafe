"""The effects of `ivr_flows/effects.yaml`, each bound to the service that performs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.domain.errors import GatewayError
from gateway.services import callers, households, offers, outbound, recordings, waiting_room
from gateway.services.prescriptions import Reading
from gateway.services.recordings import Complaints
from gateway.services.triaging import Triage, confirm
from gateway.services.turning import Turning
from gateway.services.waiting_room import WaitingRoom
from ivr_flows.engine.session import Effect, EffectDone

Handler = Callable[..., EffectDone]


class Effects:
    """Performs an effect within the turn's own transaction."""

    def __init__(
        self,
        *,
        room: WaitingRoom,
        complaints: Complaints,
        triage: Triage,
        reading: Reading,
        ambulance: str,
    ) -> None:
        def helpline(_turning: Turning) -> EffectDone:
            return EffectDone("ok", {"ambulance": ambulance})

        self.handlers: Mapping[str, Handler] = {
            "caller.recall": callers.recall,
            "caller.set_language": callers.set_language,
            "caller.record_consent": callers.record_consent,
            "ticket.recall": waiting_room.recall,
            "household.list": households.list_members,
            "household.choose": households.choose,
            "household.add": households.add,
            "symptoms.submit": complaints.submit,
            "symptoms.poll": recordings.poll,
            "symptoms.confirm": confirm,
            "triage.assess": triage.assess,
            "helpline.recall": helpline,
            "waiting_room.join": room.join,
            "waiting_room.look": waiting_room.look,
            "waiting_room.call_me_back": waiting_room.call_me_back,
            "waiting_room.cancel": waiting_room.cancel,
            "bridge.finish": offers.finish_bridge,
            "prescription.recall": reading.recall,
            "callback.open": outbound.open_call_back,
            "callback.confirm": outbound.confirm_call_back,
            "callback.decline": outbound.decline_call_back,
            "offer.brief": offers.brief,
            "offer.accept": offers.accept,
            "offer.decline": offers.decline,
        }

    def perform(self, turning: Turning, effect: Effect) -> EffectDone:
        """Errors: GatewayError for an effect that nobody performs; flows are checked against it."""
        handler = self.handlers.get(effect.name)
        if handler is None:
            raise GatewayError(f"no service performs the effect {effect.name}")
        arguments: dict[str, Any] = dict(effect.arguments)
        return handler(turning, **arguments)
