"""What a doctor keys of a medicine, and the words in which she hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.diagnoses import Diagnoses, Diagnosis
from gateway.domain.dose import Dose, parse_dose, unit_of
from gateway.domain.formulary import Formulary, Medicine
from gateway.domain.keyed_dose import amounts_of, typed_dose
from gateway.domain.medicine_rules import Refusal
from gateway.services.prescription_reading import Reading
from gateway.services.turning import Turning
from ivr_flows.engine.session import EffectDone, Json
from sms.medicine import DoseUnit
from sms.render import spoken_name, spoken_strength


@dataclass(frozen=True, slots=True)
class KeyedMedicines:
    """Medicines and diagnoses by their numbers; a number that is no medicine's finds nothing."""

    formulary: Formulary
    diagnoses: Diagnoses
    reading: Reading

    def found(self, code: int, language: str) -> EffectDone | None:
        """Return the medicine of this number, of one strength or several; None for none."""
        medicine = self.formulary.by_code.get(code)
        if medicine is None:
            return None
        strengths: list[Json] = [
            {"place": place, "strength": said}
            for place, said in enumerate(self._strengths(medicine, language))
        ]
        facts: dict[str, Json] = {
            "name": _name(medicine, language),
            "strengths": strengths,
            "strength": 0,
            "dose_asked": _dose_asked(medicine, 0),
        }
        return EffectDone("one" if len(strengths) == 1 else "several", facts)

    def choose(self, _turning: Turning, code: int, strength: int) -> EffectDone:
        """She chose a strength; which amounts does its form count?"""
        medicine = self.formulary.by_code.get(code)
        if medicine is None or not 0 <= strength < len(medicine.strengths):
            return EffectDone("unknown")
        return EffectDone("ok", {"dose_asked": _dose_asked(medicine, strength)})

    def measure(self, _turning: Turning, code: int, strength: int, keys: str) -> EffectDone:
        """Are these keys a dose of this form, of parts of the day or a single one?"""
        medicine, amounts = self.formulary.by_code.get(code), amounts_of(keys)
        if medicine is None or amounts is None:
            return EffectDone("bad")
        form = medicine.strengths[strength].form
        typed = typed_dose(amounts, when="once", form=form)
        if not isinstance(parse_dose(typed, form=form), Dose):
            return EffectDone("bad")
        return EffectDone("single" if len(amounts) == 1 else "parts")

    def _strengths(self, medicine: Medicine, language: str) -> list[str]:
        words, say = self.reading.words(language)
        return [
            f"{words[f'form.{kind.form}']}, {spoken_strength(kind.strength, words, say)}"
            for kind in medicine.strengths
        ]

    def name(self, name: str, language: str) -> str:
        """Return a medicine's name as it is spoken; what is not in the formulary as it is."""
        medicine = self.formulary.find(name)
        return _name(medicine, language) if medicine else name

    def diagnosis(self, name: str, language: str) -> str:
        """Return a diagnosis of the list as it is spoken; her own words as they are."""
        known = next((d for d in self.diagnoses.diagnoses if d.name == name), None)
        return _name(known, language) if known else name

    def refused(self, refusals: Sequence[Refusal], language: str) -> EffectDone:
        """Say what was refused, and why; without refusals it does not fit a text."""
        names = dict.fromkeys(refusal.medicine for refusal in refusals if refusal.medicine)
        said = [self.name(name, language) for name in names]
        why = dict.fromkeys(self.formulary.rules[refusal.rule].spoken for refusal in refusals)
        facts: dict[str, Json] = {"medicine": ", ".join(said), "refused_for": [*why]}
        return EffectDone("refused" if said else "refused_whole", facts)


def _dose_asked(medicine: Medicine, strength: int) -> str:
    """The prompt that asks for the amounts: a liquid's are of millilitres."""
    unit = unit_of(medicine.strengths[strength].form)
    return "dose.ml" if unit is DoseUnit.ML else "dose.count"


def _name(named: Medicine | Diagnosis, language: str) -> str:
    return spoken_name({"hi": named.name_hi, "en": named.name}, language)
