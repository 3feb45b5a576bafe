"""Symptoms that the caller confirmed, and the urgency that the red flags give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.triage import PatientFacts, TriageRules, assess
from gateway.services.turning import Turning
from ivr_flows.engine.session import EffectDone


def confirm(turning: Turning, codes: Sequence[str], source: str) -> EffectDone:
    """Keep the symptoms that she said yes to by a key; source is speech or keypad."""
    known = {symptom["code"] for symptom in turning.state.symptoms}
    turning.state.symptoms += [
        {"code": code, "source": source} for code in dict.fromkeys(codes) if code not in known
    ]
    return EffectDone("ok")


@dataclass(frozen=True, slots=True)
class Triage:
    rules: TriageRules

    def assess(self, turning: Turning, *, danger: bool) -> EffectDone:
        """Order her place; nothing that a machine heard and she did not confirm counts."""
        state = turning.state
        found = assess(
            [symptom["code"] for symptom in state.symptoms],
            facts=PatientFacts(age_days=state.age_days, sex=state.sex, pregnant=state.pregnant),
            # The machine may have heard how long, but she was not asked by key: a misheard
            # "fourteen days" must not raise a red flag. The doctor sees what was heard.
            duration_days=None,
            danger_answer=danger,
            rules=self.rules,
        )
        state.urgency = found.urgency.value
        state.reasons = [reason.rule for reason in found.reasons]
        return EffectDone(found.urgency.value, {"advice": list(found.advice)})
