"""The services' port to a carrier's dialect: steps in, the document for the webhook out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.services.conversation import TurnPlace
from gateway.services.turning import BridgeLeg, RoomLeg
from gateway.telephony.dialects import Dialect, Whisper
from gateway.telephony.document import BridgeTarget, RoomTarget, TurnUrls
from gateway.telephony.kookoo_forms import mark_turn
from gateway.telephony.links import Links
from gateway.telephony.plivo_xml import sounds_of
from gateway.telephony.render import render
from gateway.telephony.speech import SpeechBook
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.run import apology, unknown_call
from ivr_flows.engine.steps import Confer, Step


@dataclass(frozen=True, slots=True)
class TelephonyAnswers:
    """Renders for every carrier that this installation knows.

    caller_id: whom those whom we call see; caller_ids where a carrier has a number of its own.
    keys: the secrets in the addresses that carriers which sign nothing are given.
    """

    origin: str
    caller_id: str
    dialects: Mapping[str, Dialect]
    speech: SpeechBook
    book: FlowBook
    caller_ids: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    def render(self, steps: Sequence[Step], place: TurnPlace) -> str:
        links = Links(self.origin, place.carrier, self.keys.get(place.carrier, ""))
        urls = TurnUrls(
            next_turn=links.turn(place.call_id, place.next_number),
            mark=mark_turn(place.provider_call_id, place.call_id, place.next_number),
            caller_id=self.caller_ids.get(place.carrier, self.caller_id),
        )
        bridge = self._target(links, urls, place.bridge) if place.bridge else None
        return render(
            steps,
            urls=urls,
            speech=self.speech,
            dialect=self.dialects[place.carrier],
            bridge=bridge,
            room=_room(place.room, urls.next_turn) if place.room else None,
        )

    def room(self, carrier: str, leg: RoomLeg) -> str:
        """Return what takes the doctor's leg into the room; it is hung up when she leaves."""
        return render(
            (Confer(leg.offer_id),),
            urls=TurnUrls(next_turn=""),
            speech=self.speech,
            dialect=self.dialects[carrier],
            room=_room(leg, ""),
        )

    def whisper(self, carrier: str, document: str) -> str:
        """Return what the doctor hears before she is joined, as far as the carrier can play it."""
        confirms = self.dialects[carrier].whisper is Whisper.KEY
        return sounds_of(document) if confirms else document

    def apology(self, carrier: str, language: str) -> str:
        """The spoken apology; nothing in it can fail on what made it necessary."""
        return self._final(apology(self.book, language), carrier)

    def unknown_call(self, carrier: str, languages: Sequence[str]) -> str:
        """What a call hears that we know nothing of, in the first languages of the number."""
        return self._final(unknown_call(self.book, languages), carrier)

    def _final(self, steps: Sequence[Step], carrier: str) -> str:
        dialect = self.dialects.get(carrier) or next(iter(self.dialects.values()))
        return render(
            steps, urls=TurnUrls(next_turn=""), speech=self.speech, dialect=dialect, bridge=None
        )

    def _target(self, links: Links, urls: TurnUrls, bridge: BridgeLeg) -> BridgeTarget:
        """Ring the doctor from our own number: neither side learns the other's."""
        return BridgeTarget(
            number=bridge.doctor_phone,
            caller_id=urls.caller_id,
            whisper_url=links.whisper(bridge.offer_id),
            joined_url=links.joined(bridge.offer_id),
            action_url=urls.next_turn,
            status_url=links.status(),
            ring_s=bridge.ring_s,
            time_limit_s=bridge.longest_s,
        )


def _room(leg: RoomLeg, action_url: str) -> RoomTarget:
    """The offer's id is random, so the room's name cannot be guessed."""
    return RoomTarget(f"doorvani-{leg.offer_id}", leg.ends, action_url, leg.longest_s)
