"""A prescription by keys: a doctor on the staff line, after her PIN, writes it step by step.

What she keys stands in a draft of hers (`drafts`), so a line that drops issues nothing and loses
nothing. The rules are those of the console; a medicine that they refuse leaves the draft at once,
and what a rule needs to know is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.domain.draft import MedicineDraft, Sex
from gateway.domain.formulary import Formulary
from gateway.domain.keyed_dose import amounts_of, typed_dose
from gateway.domain.needed_facts import Needed, final_refusals, needed_facts
from gateway.domain.prescription import prescription_lines
from gateway.domain.vitals import WEIGHT, VitalRules
from gateway.services import drafts
from gateway.services.clinic import ToldPerson, keep_person
from gateway.services.drafts import MOST_MEDICINES, HeldDraft
from gateway.services.households import age_days, age_years
from gateway.services.issuing import Issued, NoLongerStands, Refused
from gateway.services.keyed_medicines import KeyedMedicines
from gateway.services.prescription_document import (
    Chart,
    Written,
    chart_of,
    draft_of,
    written_again,
)
from gateway.services.prescriptions import Prescriptions
from gateway.services.regimens import medicines_of
from gateway.services.turning import Turning
from gateway.services.vitals import spoken
from ivr_flows.engine.session import EffectDone, Json

NEW: Final = "new"
REPLACE: Final = "replace"
# She keys one digit after the point, as a health worker does.
_A_KILOGRAM: Final = 10
_TOKEN_DIGITS: Final = 4
_SEXES: Final = {1: Sex.FEMALE, 2: Sex.MALE, 3: Sex.OTHER}
_FOOD: Final = {"after": "pc", "before": "ac"}
_GONE: Final = EffectDone("gone")


@dataclass(frozen=True, slots=True)
class KeyedPrescriptions:
    """Performs the effects of the flow `prescribe`; each is of the doctor who has keyed her PIN."""

    prescriptions: Prescriptions
    medicines: KeyedMedicines
    vitals: VitalRules

    @property
    def formulary(self) -> Formulary:
        return self.prescriptions.formulary

    def open(self, turning: Turning, token: int) -> EffectDone:
        """Find the talk to prescribe from: of a draft that was left, of a token, or the last."""
        unit, state = turning.unit, turning.state
        if state.doctor_id is None:
            return EffectDone("none")
        held = None if token else drafts.newest_draft(unit, state.doctor_id)
        named = f"{token:0{_TOKEN_DIGITS}}" if token else ""
        visit = drafts.prescribed_for(unit, state.doctor_id, named)
        if held is None and visit is None:
            return EffectDone("none")
        state.consultation_id = held.consultation_id if held else visit[0] if visit else None
        state.draft_id = held.id if held else None
        chart = self._chart(turning)
        if chart is None:
            return EffectDone("none")
        facts: dict[str, Json] = {
            "token": chart.ticket.token,
            "sex": chart.patient.sex,
            "age_years": age_years(chart.patient.born_on, unit.now),
        }
        if held:
            return EffectDone("draft", facts)
        last = drafts.standing(unit, chart.doctor.id, consultation_id=chart.consultation.id)
        return EffectDone(
            "issued" if last else "fresh", {**facts, "code": last.code if last else ""}
        )

    def begin(self, turning: Turning, how: str) -> EffectDone:
        """Begin an empty draft, or one that is filled from what she gave before."""
        chart = self._chart(turning)
        if chart is None:
            return EffectDone("none")
        written = Written("", "", ())
        if how != NEW:
            earlier = drafts.standing(
                turning.unit,
                chart.doctor.id,
                consultation_id=chart.consultation.id if how == REPLACE else "",
                patient_id=chart.patient.id,
            )
            if earlier is None:
                return EffectDone("none")
            replaces = earlier.code if how == REPLACE else ""
            written = written_again(earlier.document, chart.patient, replaces=replaces)
        held = drafts.open_draft(turning.unit, chart.doctor.id, chart.consultation.id, written)
        turning.state.draft_id = held.id
        return EffectDone("filled" if written.medicines else "empty")

    def drop(self, turning: Turning) -> EffectDone:
        """Forget the draft."""
        if turning.state.draft_id and self._held(turning):
            drafts.drop_draft(turning.unit, turning.state.draft_id)
        turning.state.draft_id = None
        return EffectDone("ok")

    def diagnose(self, turning: Turning, code: int) -> EffectDone:
        held, diagnosis = self._held(turning), self.medicines.diagnoses.by_code.get(code)
        if held is None:
            return _GONE
        if diagnosis is None:
            return EffectDone("unknown")
        self._change(turning, held, diagnosis=diagnosis.name)
        return EffectDone(
            "ok", {"diagnosis": self.medicines.diagnosis(diagnosis.name, turning.language)}
        )

    def find(self, turning: Turning, code: int) -> EffectDone:
        """Find what she keyed: a medicine in one strength or several, or a set of hers."""
        held = self._held(turning)
        if held is None:
            return _GONE
        if found := self.medicines.found(code, turning.language):
            return found
        kept = medicines_of(turning.unit, code, doctor_id=turning.state.doctor_id or "")
        added = tuple(MedicineDraft.model_validate(one) for one in kept)
        return self._add(turning, held, added) if added else EffectDone("unknown")

    def add(
        self,
        turning: Turning,
        code: int,
        strength: int,
        keys: str,
        when: str,
        days: int,
        food: str,
    ) -> EffectDone:
        """Add what she keyed to the draft, unless a rule refuses it."""
        held = self._held(turning)
        if held is None:
            return _GONE
        kind = self.formulary.by_code[code].strengths[strength]
        medicine = MedicineDraft(
            name=self.formulary.by_code[code].name,
            form=kind.form,
            strength=kind.strength,
            dose=typed_dose(amounts_of(keys) or (), when=when, form=kind.form),
            days=days,
            instructions=self.formulary.instructions.get(_FOOD.get(food, ""), ""),
        )
        return self._add(turning, held, (medicine,))

    def tell(self, turning: Turning, fact: str, value: int, sex: int, *, sure: bool) -> EffectDone:
        """Keep what a rule needed to know, as the patient told the doctor, and look again.

        A weight that is unusual at the patient's age is kept once she is sure of it: whole
        kilograms keyed from habit are a tenth of what is meant, and doses go by them.
        """
        held, state = self._held(turning), turning.state
        if held is None:
            return _GONE
        match Needed(fact):
            case Needed.AGE:
                told = ToldPerson(value, _SEXES[sex], pregnant=None)
                if keep_person(
                    turning.unit, held.consultation_id, doctor_id=state.doctor_id or "", told=told
                ):
                    turning.unit.db.flush()
            case Needed.ADULT:
                held = self._change(turning, held, with_adult=bool(value))
            case Needed.WEIGHT:
                weight_kg = value / _A_KILOGRAM
                if not sure and self._is_unusual(turning, weight_kg):
                    return EffectDone("odd", spoken({WEIGHT: weight_kg}))
                held = self._change(turning, held, weight_kg=weight_kg)
            case Needed.PREGNANT:
                held = self._change(turning, held, pregnant=bool(value))
        answered = Needed(fact) if not value else None
        return self._judged(turning, held, answered=answered)

    def remove(self, turning: Turning, place: int) -> EffectDone:
        """Take out the medicine of this place, from 1."""
        held = self._held(turning)
        if held is None:
            return _GONE
        medicines = held.written.medicines
        if not 1 <= place <= len(medicines):
            return EffectDone("unknown")
        self._change(turning, held, medicines=medicines[: place - 1] + medicines[place:])
        return EffectDone("ok")

    def read(self, turning: Turning) -> EffectDone:
        """Read the whole of it back, if it may be issued as it is."""
        held = self._held(turning)
        if held is None:
            return _GONE
        if not held.written.diagnosis:
            return EffectDone("undiagnosed")
        judged = self._judged(turning, held)
        if judged.outcome != "ok":
            return judged
        diagnosis = self.medicines.diagnosis(held.written.diagnosis, turning.language)
        return EffectDone("ok", {"diagnosis": diagnosis, "lines": self._lines(turning, held)})

    def issue(self, turning: Turning) -> EffectDone:
        """Issue what was read back; keyed twice it is one prescription."""
        held, doctor_id = self._held(turning), turning.state.doctor_id or ""
        if held is None:
            return _GONE
        issued = self.prescriptions.issue_in(
            turning.unit,
            held.consultation_id,
            held.written,
            doctor_id=doctor_id,
            key=held.id,
        )
        match issued:
            case Issued(code):
                return EffectDone("issued", {"code": code})
            case Refused(refusals):
                return self.medicines.refused(refusals, turning.language)
            case NoLongerStands(instead=code):
                return self._overtaken(turning, code)
            case _:
                return _GONE

    def cancel(self, turning: Turning) -> EffectDone:
        """Take back what she issued last from this talk."""
        chart = self._chart(turning)
        if chart is None:
            return EffectDone("none")
        last = drafts.standing(turning.unit, chart.doctor.id, consultation_id=chart.consultation.id)
        if last is None:
            return EffectDone("none")
        self.prescriptions.cancel_in(turning.unit, last.code, doctor_id=chart.doctor.id)
        return EffectDone("cancelled")

    def _chart(self, turning: Turning) -> Chart | None:
        state = turning.state
        if state.doctor_id is None or state.consultation_id is None:
            return None
        return chart_of(turning.unit, state.consultation_id, doctor_id=state.doctor_id)

    def _is_unusual(self, turning: Turning, weight_kg: float) -> bool:
        chart = self._chart(turning)
        born_on = chart.patient.born_on if chart else None
        if born_on is None:
            return False
        days = age_days(born_on, turning.unit.now)
        return self.vitals.unusual(WEIGHT, weight_kg, age_days=days) is not None

    def _held(self, turning: Turning) -> HeldDraft | None:
        state = turning.state
        if state.doctor_id is None or state.draft_id is None:
            return None
        return drafts.draft_at(turning.unit, state.doctor_id, state.draft_id)

    def _change(self, turning: Turning, held: HeldDraft, **fields: Any) -> HeldDraft:
        """What is keyed has not been read back by text, whatever was before."""
        written = replace(held.written, **fields)
        changed = replace(held, written=written, read_back=False)
        drafts.change_draft(turning.unit, changed)
        return changed

    def _add(self, turning: Turning, held: HeldDraft, added: Sequence[MedicineDraft]) -> EffectDone:
        medicines = (*held.written.medicines, *added)
        if len(medicines) > MOST_MEDICINES:
            return EffectDone("full")
        held = self._change(turning, held, medicines=medicines)
        return self._judged(turning, held)

    def _judged(
        self, turning: Turning, held: HeldDraft, *, answered: Needed | None = None
    ) -> EffectDone:
        """Ask what is needed, or take out what is refused and say why.

        answered: a fact that she has denied, so that it is a refusal now.
        """
        if not held.written.medicines:
            return EffectDone("empty")
        diagnosed = held.written.diagnosis or "-"
        checked = self.prescriptions.check_in(
            turning.unit,
            held.consultation_id,
            replace(held.written, diagnosis=diagnosed),
            doctor_id=turning.state.doctor_id or "",
        )
        if isinstance(checked, NoLongerStands):
            return self._overtaken(turning, checked.instead)
        if not isinstance(checked, Refused):
            return EffectDone("ok", {"line": (self._lines(turning, held) or [""])[-1]})
        needed = [fact for fact in needed_facts(checked.refusals) if fact is not answered]
        refusals = final_refusals(checked.refusals)
        if needed and not refusals:
            return EffectDone(needed[0])
        refused = {refusal.medicine for refusal in refusals}
        kept = tuple(m for m in held.written.medicines if m.name not in refused)
        self._change(turning, held, medicines=kept)
        return self.medicines.refused(refusals or checked.refusals, turning.language)

    def _overtaken(self, turning: Turning, code: str) -> EffectDone:
        """Forget the draft, for what it was to replace is gone; code: of what stands instead."""
        self.drop(turning)
        return EffectDone("replaced", {"code": code}) if code else _GONE

    def _lines(self, turning: Turning, held: HeldDraft) -> list[Json]:
        chart = self._chart(turning)
        if chart is None:
            return []
        draft = draft_of(chart, held.written, now=turning.unit.now)
        lines = prescription_lines(draft, formulary=self.formulary)
        return self.medicines.reading.say_lines(lines, turning.language)
