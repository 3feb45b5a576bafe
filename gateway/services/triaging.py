"""Symptoms that the caller confirmed, and the urgency that the red flags give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from gateway.db.models import Consultation, Ticket
from gateway.domain.states import ConsultationStatus
from gateway.domain.triage import PatientFacts, TriageRules, Urgency, assess
from gateway.domain.vitals import VitalRules
from gateway.services.presenting import urgency_of
from gateway.services.turning import Turning
from ivr_flows.engine.session import EffectDone

REPEATED: Final = "repeat"
SEVERE: Final = "severe"


def confirm(turning: Turning, codes: Sequence[str], source: str) -> EffectDone:
    """Keep the symptoms that she said yes to; source is speech, keypad or repeat, by a key, or
    voice where her yes was heard too: those only that no rule of triage looks at."""
    known = {symptom["code"] for symptom in turning.state.symptoms}
    turning.state.symptoms += [
        {"code": code, "source": source} for code in dict.fromkeys(codes) if code not in known
    ]
    return EffectDone("ok")


def repeat(turning: Turning) -> EffectDone:
    """The symptoms that this person confirmed before her last consultation: "the same"."""
    complaint = turning.unit.db.scalar(
        select(Ticket.complaint)
        .join(Consultation, Consultation.ticket_id == Ticket.id)
        .where(
            Consultation.patient_id == turning.state.patient_id,
            Consultation.status == ConsultationStatus.TALKED,
        )
        .order_by(Consultation.started_at.desc())
        .limit(1)
    )
    codes = [symptom["code"] for symptom in (complaint or {}).get("symptoms", ())]
    return confirm(turning, codes, REPEATED) if codes else EffectDone("none")


def detail(turning: Turning, *, duration_days: int, severity: str) -> EffectDone:
    """How long and how bad, by key; what she did not say stays unknown."""
    turning.state.duration_days = duration_days or None
    turning.state.severity = severity
    return EffectDone("ok")


@dataclass(frozen=True, slots=True)
class Triage:
    rules: TriageRules
    vitals: VitalRules

    def assess(self, turning: Turning, *, danger: bool) -> EffectDone:
        """Order her place; nothing that a machine heard and she did not confirm counts, so a
        misheard "fourteen days" raises no red flag: only a duration that she keyed does.
        """
        state = turning.state
        confirmed = [symptom["code"] for symptom in state.symptoms]
        found = assess(
            confirmed,
            facts=PatientFacts(age_days=state.age_days, sex=state.sex, pregnant=state.pregnant),
            duration_days=state.duration_days,
            danger_answer=danger,
            rules=self.rules,
            # She was asked once for all that she confirmed.
            severe=confirmed if state.severity == SEVERE else (),
        )
        by_signs, signs = urgency_of(self.vitals.findings(state.vitals, age_days=state.age_days))
        urgency = min(found.urgency, by_signs, key=list(Urgency).index)
        state.urgency = urgency.value
        state.reasons = [*(reason.rule for reason in found.reasons), *signs]
        return EffectDone(urgency.value, {"advice": list(found.advice)})
