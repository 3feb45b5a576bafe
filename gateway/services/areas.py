"""Our own numbers, and what holds in the area of each: languages and the emergency number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.services.turning import Leg, Turning
from ivr_flows.engine.session import EffectDone, Json

SPOKEN_TO_NEW_CALLERS: Final = 2


@dataclass(frozen=True, slots=True)
class Area:
    """languages: all that are shipped, the area's first. ambulance: as one dials it there. state:
    as the order of the waiting room names it, empty for the whole country."""

    languages: tuple[str, ...]
    ambulance: str
    state: str = ""

    @property
    def first_languages(self) -> tuple[str, ...]:
        """Those that are spoken while nothing is known of the caller."""
        return self.languages[:SPOKEN_TO_NEW_CALLERS]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Our numbers in E.164. by_number: those of another area than the service's own.

    missed_call: never answered, called back. flows: numbers with a flow of their own, as for
    volunteers and for doctors. toll_free: all others; a number that we do not know is answered as
    one of them.
    """

    service: Area
    toll_free: Collection[str]
    missed_call: Collection[str]
    by_number: Mapping[str, Area] = field(default_factory=dict)
    flows: Mapping[str, str] = field(default_factory=dict)

    def area_of(self, number: str | None) -> Area:
        return self.by_number.get(_e164(number or ""), self.service)

    def is_missed_call(self, number: str) -> bool:
        return _e164(number) in self.missed_call

    def flow_of(self, number: str) -> str:
        """The flow that answers a call to this number."""
        if self.is_missed_call(number):
            return "missed"
        return self.flows.get(_e164(number), "inbound")

    def is_ours(self, number: str) -> bool:
        return _e164(number) in {*self.toll_free, *self.missed_call, *self.by_number, *self.flows}

    def our_side(self, leg: Leg) -> str:
        """The number of ours on this leg, whichever side placed the call."""
        placed_by_us = self.is_ours(leg.from_number) and not self.is_ours(leg.to_number)
        return _e164(leg.from_number if placed_by_us else leg.to_number)


@dataclass(frozen=True, slots=True)
class Languages:
    """The effect that tells the flow which languages to offer, and which to speak."""

    numbers: Numbers

    def list_languages(self, turning: Turning) -> EffectDone:
        """Hers alone once she has chosen; else the first two of the area are spoken."""
        area = self.numbers.area_of(turning.call.our_number)
        kept = turning.caller.language if turning.caller else None
        chosen = kept or turning.state.language
        shipped: list[Json] = list(area.languages)
        heard: list[Json] = [chosen] if chosen in shipped else list(area.first_languages)
        own = chosen if chosen in shipped else turning.call.language
        return EffectDone("ok", {"languages": shipped, "heard": heard, "language": own})


def languages_for(
    state: str, *, areas: Mapping[str, Sequence[str]], shipped: Sequence[str]
) -> tuple[str, ...]:
    """Return all languages that are shipped, those that the state speaks first in front.

    areas: by state, as ISO 3166-2:IN abbreviates it, from `config/languages.yaml`; a state that it
    does not name gets the service's own order.
    """
    first = (code for code in areas.get(state, ()) if code in shipped)
    return tuple(dict.fromkeys((*first, *shipped)))


def _e164(number: str) -> str:
    """Some carriers leave the plus out."""
    digits = "".join(sign for sign in number if sign.isdigit())
    return f"+{digits}" if digits else ""
