"""Prescriptions read aloud: the whole of one, or what is to be taken at one time of the day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from gateway.db.models import Patient, Prescription
from gateway.domain.errors import GatewayError
from gateway.domain.indian_time import day_in_india
from gateway.services.aftercare import reminders_of
from gateway.services.prescription_document import lines_of
from gateway.services.turning import Turning
from gateway.services.valid_prescriptions import is_valid, valid_prescriptions
from gateway.services.work import Unit
from ivr_flows.engine.session import EffectDone, Json
from sms.catalogue import Catalogue, Script
from sms.medicine import MedicineLine
from sms.render import RenderRefusal, locale_of, spoken_line, spoken_prescriber


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads prescriptions aloud to a caller.

    say: language → a whole number in its words. say_day: language → a day in its words.
    """

    catalogue: Catalogue
    say: Mapping[str, Callable[[int], str]] = field(default_factory=dict)
    say_day: Mapping[str, Callable[[date], str]] = field(default_factory=dict)

    def recall(self, turning: Turning) -> EffectDone:
        """All that the chosen person may get or take by prescription today, the newest first.

        Where nothing is, the newest of old. One on which no medicine is given any more is said to
        be expired.
        Errors: GatewayError when the catalogue has no words for a line; it is linted against that.
        """
        newest = newest_of(turning.unit, turning.state.patient_id)
        if newest is None:
            return EffectDone("none")
        valid = valid_prescriptions(turning.unit, newest.patient_id) or [newest]
        today = day_in_india(turning.unit.now)
        lines = [
            line
            for prescription in valid
            for line in self._read(prescription.document, turning.language, today)
        ]
        facts: dict[str, Json] = {
            "lines": lines,
            "code": valid[0].code,
            # Reminders are of the newest, which may be over while an older one still runs.
            "reminders": reminders_of(turning, newest) if valid[0].id == newest.id else "none",
            "textable": _is_textable(turning, newest),
        }
        return EffectDone("found", facts)

    def _read(self, document: Mapping[str, Any], language: str, today: date) -> list[Json]:
        head = spoken_prescriber(
            document["doctor"]["name"],
            on=self.day(date.fromisoformat(document["issued_on"]), language),
            expired=not is_valid(document, today),
            language=language,
            catalogue=self.catalogue,
        )
        return [_said(head, language), *self.say_lines(lines_of(document), language)]

    def day(self, day: date, language: str) -> str:
        """Return a day in words."""
        return self.say_day.get(language, str)(day)

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


def _is_textable(turning: Turning, prescription: Prescription) -> bool:
    """May this line be texted of the person?"""
    patient = turning.unit.db.get_one(Patient, prescription.patient_id)
    caller = turning.caller
    return caller is not None and caller.texts_stopped_at is None and not patient.no_sms


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
