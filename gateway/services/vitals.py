"""Vital signs as a health worker keys them: asked, kept, read back, and told to the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.domain.vitals import BLOOD_PRESSURE, VitalRules, measured
from gateway.services.turning import Turning
from ivr_flows.engine.session import EffectDone, Json

_ASKED: Final = "vital_ask"
_TOLD: Final = "vital"
_TENTHS: Final = ("temperature", "weight")


@dataclass(frozen=True, slots=True)
class Vitals:
    rules: VitalRules

    def begin(self, turning: Turning) -> EffectDone:
        """What is asked, in its order; an answer of before stays where she keys nothing now."""
        del turning
        asked: list[Json] = [f"{_ASKED}.{question}" for question in self.rules.questions]
        return EffectDone("ok", {"vitals": asked})

    def keep(self, turning: Turning, *, question: str, value: int) -> EffectDone:
        """Keep what she keyed; odd: nobody can have that, so it was keyed wrongly."""
        code = question.removeprefix(f"{_ASKED}.")
        if not self.rules.is_possible(code, value, age_days=turning.state.age_days):
            return EffectDone("odd")
        turning.state.vitals[code] = value
        return EffectDone("ok")

    def read(self, turning: Turning) -> EffectDone:
        """All that was keyed, in her own units, to be said back at once."""
        keyed = turning.state.vitals
        values: dict[str, float] = {}
        for question, value in keyed.items():
            if question == BLOOD_PRESSURE:
                values |= measured(question, value)
            else:
                values[question] = value / 10 if question in _TENTHS else value
        said: list[Json] = [f"{_TOLD}.{q}" for q in self.rules.questions if q in keyed]
        return EffectDone("some" if said else "none", {"read": said, **spoken(values)})

    def settle(self, turning: Turning, *, right: bool) -> EffectDone:
        """She keyed that they are right; what she did not say yes to is forgotten."""
        if not right:
            turning.state.vitals = {}
        return EffectDone("ok")


def spoken(values: Mapping[str, float]) -> dict[str, Json]:
    """Return what the prompts `vital.*` say, of what is known; tenths by themselves."""
    said: dict[str, Json] = {}
    for sign, value in values.items():
        if sign in _TENTHS:
            tenths = round(value * 10)
            said[sign], said[f"{sign}_tenth"] = divmod(tenths, 10)
        else:
            said[sign] = round(value)
    return said


def told_of(question: str) -> str:
    """The prompt that tells the doctor what this question gave."""
    return f"{_TOLD}.{question}"
