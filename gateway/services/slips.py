"""Slips: a patient sent somewhere, tests asked for, advice given; recorded and texted.

A telephone ends where a hand, a needle or a bed is needed; the rules then refuse a medicine and
offer this. FHIR calls either of them a ServiceRequest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeAlias

from sqlalchemy import select

from gateway.db.models import Message, Slip
from gateway.domain.indian_time import day_in_india
from gateway.domain.slips import SlipChoices, packed
from gateway.domain.states import ConsultationStatus
from gateway.services.advice import advice_messages, is_textable
from gateway.services.cancellation import to_health_worker
from gateway.services.issuing import NotHers, NotTalked
from gateway.services.messages import Texts
from gateway.services.prescription_document import Chart, Reader, chart_of
from gateway.services.prescription_texts import about_patient, queue, short_name
from gateway.services.work import Unit, Work
from sms.render import LineMessage, locale_of

VERSION: Final = 2
LONGEST_REASON: Final = 500
_REFERRAL: Final = "referral"
_TESTS: Final = "investigation"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the doctor chose, by the codes of `config/slips.yaml`.

    place: empty when she sends her nowhere, and `when` with it. reason: for the record and for
    whoever sees her next; it is never texted. advice: what she is to do, and is texted.
    """

    place: str = ""
    when: str = ""
    tests: tuple[str, ...] = ()
    reason: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class SlipRefused:
    """problem: "empty", "place", "when", "danger_waits", "tests", "long" or "advice"."""

    problem: str


@dataclass(frozen=True, slots=True)
class SlipIssued:
    """The slip stands; the same form sent again changes nothing."""


@dataclass(frozen=True, slots=True)
class IssuedSlip:
    """A slip as it was issued, and what became of its messages."""

    document: dict[str, Any]
    messages: Sequence[Message]


Issuing: TypeAlias = SlipIssued | SlipRefused | NotTalked | NotHers


class Slips:
    """The doctor's side; a slip is hers, of a consultation that was hers."""

    def __init__(self, *, work: Work, choices: SlipChoices, texts: Texts) -> None:
        self.choices = choices
        self._work = work
        self._texts = texts

    def issue(self, consultation_id: str, asked: Asked, *, doctor_id: str, key: str) -> Issuing:
        """Record the slip and mean to text it, once for each form (`key`).

        Errors: GatewayError when the doctor's registration number does not fit the message.
        """
        with self._work.begin() as unit:
            return self.issue_in(unit, consultation_id, asked, doctor_id=doctor_id, key=key)

    def issue_in(
        self, unit: Unit, consultation_id: str, asked: Asked, *, doctor_id: str, key: str
    ) -> Issuing:
        """As `issue`, in the caller's transaction."""
        if problem := self._problem(asked):
            return SlipRefused(problem)
        chart = chart_of(unit, consultation_id, doctor_id=doctor_id)
        if chart is None:
            return NotHers()
        if chart.consultation.status is ConsultationStatus.NOT_JOINED:
            return NotTalked()
        self._issue(unit, chart, asked, key=key)
        return SlipIssued()

    def issued(self, consultation_id: str, *, doctor_id: str) -> Sequence[IssuedSlip]:
        """Return what this doctor issued in the consultation, the oldest first."""
        with self._work.begin() as unit:
            rows = unit.db.scalars(
                select(Slip)
                .where(Slip.consultation_id == consultation_id, Slip.doctor_id == doctor_id)
                .order_by(Slip.issued_at)
            ).all()
            return [IssuedSlip(row.document, _texted(unit, row.id)) for row in rows]

    def _problem(self, asked: Asked) -> str:
        choices = self.choices
        if not asked.place and not asked.tests and not asked.advice:
            return "empty"
        if not is_textable(asked.advice):
            return "advice"
        if asked.place and asked.place not in choices.places:
            return "place"
        if bool(asked.place) != bool(asked.when) or (asked.when and asked.when not in choices.when):
            return "when"
        if asked.place in choices.at_once_only and asked.when != "at_once":
            return "danger_waits"
        if not set(asked.tests) <= set(choices.tests):
            return "tests"
        return "long" if max(len(asked.reason), len(asked.advice)) > LONGEST_REASON else ""

    def _issue(self, unit: Unit, chart: Chart, asked: Asked, *, key: str) -> None:
        slip_id = sha256(f"{chart.consultation.id}:{key}".encode()).hexdigest()[:32]
        made = unit.insert_once(
            Slip,
            unique="id",
            id=slip_id,
            consultation_id=chart.consultation.id,
            patient_id=chart.patient.id,
            doctor_id=chart.doctor.id,
            document=self._document(unit, chart, asked),
            issued_at=unit.now,
        )
        if not made:
            return
        unit.note("slips", slip_id, "issued")
        key = purpose_of(slip_id)
        readers = ((chart.texted, key), (chart.health_worker, to_health_worker(key)))
        for reader, purpose in readers:
            messages = list(self._messages(chart, reader, asked))
            queue(unit, reader, messages, key=purpose, texts=self._texts)

    def _document(self, unit: Unit, chart: Chart, asked: Asked) -> dict[str, Any]:
        return {
            "version": VERSION,
            "issued_on": day_in_india(unit.now).isoformat(),
            "doctor": {
                "name": chart.doctor.name,
                "qualification": chart.doctor.qualification,
                "registration_number": chart.doctor.registration_number,
            },
            "place": asked.place,
            "when": asked.when,
            "tests": [self.choices.tests[code].printed for code in asked.tests],
            "reason": asked.reason,
            "advice": asked.advice,
        }

    def _messages(self, chart: Chart, reader: Reader | None, asked: Asked) -> Iterator[LineMessage]:
        """Write the messages in the reader's language and script; none where nobody is texted."""
        catalogue = self._texts.catalogue
        locale = reader and locale_of(reader.language, reader.caller.script, catalogue=catalogue)
        if not locale or reader is None:
            return
        yield from about_patient(chart, reader)
        limits = catalogue.templates[_TESTS].variables
        doctor = {
            "doctor": short_name(chart.doctor.name, limits["doctor"]),
            "registration": chart.doctor.registration_number,
        }
        if asked.place:
            place = catalogue.text(locale, f"place.{asked.place}")
            when = catalogue.text(locale, f"when.{asked.when}")
            yield LineMessage(_REFERRAL, {**doctor, "place": place, "when": when})
        printed = [self.choices.tests[code].printed for code in asked.tests]
        for tests in packed(printed, limit=limits["tests"]):
            yield LineMessage(_TESTS, {**doctor, "tests": tests})
        yield from advice_messages(asked.advice, token=chart.ticket.token)


def purpose_of(slip_id: str) -> str:
    """Return what the keys of a slip's messages begin with; its place follows."""
    return f"slip:{slip_id}:"


def _texted(unit: Unit, slip_id: str) -> Sequence[Message]:
    key = purpose_of(slip_id)
    rows = unit.db.scalars(select(Message).where(Message.purpose_key.startswith(key))).all()
    return sorted(rows, key=lambda row: int(row.purpose_key.removeprefix(key)))
