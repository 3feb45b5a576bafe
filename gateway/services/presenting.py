"""What a health worker presents with a ticket: kept as it is that day, and told to the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from gateway.db.models import HealthWorker, Presentation, Ticket
from gateway.domain.triage import Urgency
from gateway.domain.vitals import Finding, VitalRules
from gateway.services.turning import Turning
from gateway.services.vitals import spoken, told_of
from ivr_flows.engine.session import Json

VERSION: Final = 1
_BY_HEALTH_WORKER: Final = "presented.health_worker"


@dataclass(frozen=True, slots=True)
class Presenting:
    rules: VitalRules

    def keep(self, turning: Turning, ticket: Ticket) -> None:
        """Keep who presents this ticket, and with what; said again, the newest holds.

        The line is hers from now on, in her language, whoever had taken the ticket before.
        """
        state, unit = turning.state, turning.unit
        if state.health_worker_id is None or state.consented_at is None:
            return
        worker = unit.db.get_one(HealthWorker, state.health_worker_id)
        ticket.caller_id, ticket.language = turning.call.caller_id, turning.language
        ticket.speciality = state.speciality or ticket.speciality
        row = unit.db.get(Presentation, ticket.id)
        if row is None:
            row = Presentation(ticket_id=ticket.id)
            unit.db.add(row)
        row.health_worker_id, row.patient_apart = worker.id, state.apart
        row.consented_at = datetime.fromisoformat(state.consented_at)
        found = self.rules.findings(state.vitals, age_days=state.age_days)
        row.document = self._document(worker, found)
        unit.note("tickets", ticket.id, "presented")

    def _document(self, worker: HealthWorker, found: tuple[Finding, ...]) -> dict[str, Any]:
        return {
            "version": VERSION,
            "health_worker": {"name": worker.name, "centre": worker.centre},
            "treating": {
                "name": worker.treating_name,
                "registration_number": worker.treating_registration,
            },
            "bounds": self.rules.version,
            "vitals": [
                {
                    "sign": each.sign,
                    "question": each.question,
                    "value": each.value,
                    "unit": self.rules.signs[each.sign].unit,
                    "loinc": self.rules.signs[each.sign].loinc,
                    "usual": each.usual,
                    "urgency": each.urgency.value,
                }
                for each in found
            ],
        }


def whispered(presentation: Presentation | None) -> Mapping[str, Json]:
    """What the whisper says of it: that a health worker is there, and each sign out of bounds."""
    if presentation is None:
        return {"presented": [], "signs": []}
    vitals = presentation.document["vitals"]
    unusual = dict.fromkeys(each["question"] for each in vitals if not each["usual"])
    signs: list[Json] = [told_of(question) for question in unusual]
    values = {each["sign"]: each["value"] for each in vitals}
    return {"presented": [_BY_HEALTH_WORKER], "signs": signs, **spoken(values)}


def urgency_of(found: tuple[Finding, ...]) -> tuple[Urgency, list[str]]:
    """Return the most urgent that these signs make her, and why, such as
    oxygen_out_of_bounds."""
    order = list(Urgency)
    urgent = [each for each in found if each.urgency is not Urgency.ROUTINE]
    worst = min((each.urgency for each in urgent), key=order.index, default=Urgency.ROUTINE)
    return worst, [f"{each.sign}_out_of_bounds" for each in urgent]
