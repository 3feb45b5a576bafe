"""In which letters texts come to a telephone: those of her language, or Roman ones for a telephone
that cannot show them (docs/adr/0027)."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.db.models import Caller
from gateway.services.turning import Turning
from gateway.services.work import Unit
from ivr_flows.engine.session import EffectDone
from sms.catalogue import Catalogue, Script


def choose(unit: Unit, caller: Caller, script: Script) -> None:
    """Keep her choice; it holds for every later text, whatever its language."""
    caller.script = script.value
    unit.note("callers", caller.id, "letters_chosen")


@dataclass(frozen=True, slots=True)
class Letters:
    """The choice by keys; offered only where her language has both."""

    catalogue: Catalogue

    def list_letters(self, turning: Turning) -> EffectDone:
        locales, language = self.catalogue.locales, turning.language
        native = locales.get((language, Script.NATIVE))
        is_choice = locales.get((language, Script.ROMAN), native) != native
        return EffectDone("two" if is_choice and turning.caller is not None else "one")

    def set_letters(self, turning: Turning, *, roman: bool) -> EffectDone:
        if turning.caller is not None:
            choose(turning.unit, turning.caller, Script.ROMAN if roman else Script.NATIVE)
        return EffectDone("ok")
