"""Prescriptions read aloud: the whole of one, or what is to be taken at one time of the day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from gateway.db.models import Prescription
from gateway.domain.errors import GatewayError
from gateway.services.aftercare import may_be_reminded
from gateway.services.prescription_document import lines_of
from gateway.services.turning import Turning
from gateway.services.work import Unit
from ivr_flows.engine.session import EffectDone, Json
from sms.catalogue import Catalogue, Script
from sms.medicine import MedicineLine
from sms.render import RenderRefusal, locale_of, spoken_line, spoken_prescriber


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads a prescription aloud to a caller; say: language → a whole number in its words."""

    catalogue: Catalogue
    say: Mapping[str, Callable[[int], str]] = field(default_factory=dict)

    def recall(self, turning: Turning) -> EffectDone:
        """The newest prescription of the chosen person, line by line in the call's language.

        Errors: GatewayError when the catalogue has no words for a line; it is linted against that.
        """
        newest = newest_of(turning.unit, turning.state.patient_id)
        if newest is None:
            return EffectDone("none")
        doctor, language = newest.document["doctor"]["name"], turning.language
        head = spoken_prescriber(doctor, language=language, catalogue=self.catalogue)
        facts: dict[str, Json] = {
            "lines": [_said(head, language), *self.say_lines(lines_of(newest.document), language)],
            "code": newest.code,
            "remindable": may_be_reminded(turning, newest),
        }
        return EffectDone("found", facts)

    def words(self, language: str) -> tuple[Mapping[str, str], Callable[[int], str]]:
        """Return the catalogue's texts in a language, and how it says whole numbers."""
        locale = locale_of(language, Script.NATIVE, catalogue=self.catalogue)
        if locale is None:
            raise GatewayError(f"no texts in {language}")
        return self.catalogue.texts[locale], self.say.get(language, str)

    def say_lines(self, lines: Sequence[MedicineLine], language: str) -> list[Json]:
        """Return the words of the lines. Errors: GatewayError."""
        return [
            _said(
                spoken_line(
                    line,
                    position=place,
                    language=language,
                    catalogue=self.catalogue,
                    say=self.say.get(language, str),
                ),
                language,
            )
            for place, line in enumerate(lines, start=1)
        ]


def newest_of(unit: Unit, patient_id: str | None) -> Prescription | None:
    """Return the newest prescription of that person that was not taken back."""
    if patient_id is None:
        return None
    return unit.db.scalar(
        select(Prescription)
        .where(Prescription.patient_id == patient_id, Prescription.cancelled_at.is_(None))
        .order_by(Prescription.issued_at.desc())
        .limit(1)
    )


def _said(words: str | RenderRefusal, language: str) -> str:
    if isinstance(words, RenderRefusal):
        raise GatewayError(f"a line of a prescription cannot be said in {language}")
    return words
