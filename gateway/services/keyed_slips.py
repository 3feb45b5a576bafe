"""A referral slip by keys: what a doctor may do instead, where a rule refuses a medicine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.services import drafts
from gateway.services.prescription_reading import Reading
from gateway.services.slips import Asked, SlipIssued, Slips
from gateway.services.turning import Turning
from ivr_flows.engine.session import EffectDone, Json

# Danger does not wait.
_DANGER: Final = ("at_once",)


@dataclass(frozen=True, slots=True)
class KeyedSlips:
    """Places and times of `config/slips.yaml` in words, chosen by their place in the list."""

    slips: Slips
    reading: Reading

    def places(self, turning: Turning) -> EffectDone:
        """Where she may send the patient."""
        return EffectDone("ok", {"places": self._said("place", self.slips.choices.places, turning)})

    def times(self, turning: Turning, place: int) -> EffectDone:
        """By when; to a place for danger at once only."""
        return EffectDone("ok", {"times": self._said("when", self._times(place), turning)})

    def issue(self, turning: Turning, place: int, time: int) -> EffectDone:
        """Issue what she chose and heard, once in a call; its reason is the diagnosis she keyed."""
        state = turning.state
        if state.doctor_id is None or state.consultation_id is None:
            return EffectDone("gone")
        held = drafts.draft_at(turning.unit, state.doctor_id, state.draft_id or "")
        code, when = self.slips.choices.places[place], self._times(place)[time]
        asked = Asked(code, when, reason=held.written.diagnosis if held else "")
        done = self.slips.issue_in(
            turning.unit,
            state.consultation_id,
            asked,
            doctor_id=state.doctor_id,
            key=f"{turning.call.id}:{code}:{when}",
        )
        return EffectDone("issued" if isinstance(done, SlipIssued) else "gone")

    def _times(self, place: int) -> Sequence[str]:
        choices = self.slips.choices
        return _DANGER if choices.places[place] in choices.at_once_only else choices.when

    def _said(self, family: str, codes: Sequence[str], turning: Turning) -> list[Json]:
        words, _ = self.reading.words(turning.language)
        return [
            {"number": number, "choice": words[f"{family}.{code}"]}
            for number, code in enumerate(codes)
        ]
