"""Prescriptions: checked, issued once, and texted."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway.db.models import Aftercare, Message, Prescription
from gateway.domain.aftercare import AftercareKind
from gateway.domain.current_medicines import unplaced
from gateway.domain.errors import GatewayError
from gateway.domain.formulary import Formulary
from gateway.domain.indian_time import day_in_india
from gateway.domain.prescription import check_prescription, prescription_lines
from gateway.domain.states import ConsultationStatus
from gateway.services import aftercare, carried_reminders
from gateway.services.aftercare_texts import AftercareTexts
from gateway.services.cancellation import cancel, purpose_of, to_health_worker, to_replace
from gateway.services.households import tell_pregnancy
from gateway.services.issuing import (
    FormUsed,
    Issued,
    IssuedPrescription,
    Issuing,
    NoLongerStands,
    NotHers,
    NotTalked,
    Preview,
    Refused,
)
from gateway.services.messages import Texts
from gateway.services.prescription_document import (
    Chart,
    Written,
    chart_of,
    document_of,
    draft_of,
    keep_history,
    same_writing,
)
from gateway.services.prescription_texts import OnPaper, Pack, pack, queue
from gateway.services.readings import call_for
from gateway.services.valid_prescriptions import standing_lines
from gateway.services.work import Unit, Work

# Digits and capitals that nobody takes for one another, without vowels so that no word appears;
# 28 signs in 8 places: 3.8e11 codes, far too many to try behind the pharmacy's throttle.
CODE_SIGNS: Final = "23456789BCDFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 8
TRIES: Final = 5


def new_code() -> str:
    return "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))


def id_of(consultation_id: str, key: str) -> str:
    """Return the id of the prescription that a form or a draft of this key is issued as."""
    return sha256(f"{consultation_id}:{key}".encode()).hexdigest()[:32]


class Prescriptions:
    """The doctor's side; a prescription is hers, of a consultation that was hers."""

    def __init__(
        self,
        *,
        work: Work,
        formulary: Formulary,
        texts: Texts,
        codes: Callable[[], str] = new_code,
    ) -> None:
        self.formulary = formulary
        self._work = work
        self._texts = texts
        self._codes = codes

    def check(
        self, consultation_id: str, written: Written, *, doctor_id: str
    ) -> Preview | Refused | NotTalked | NotHers | NoLongerStands:
        """Check without issuing, and show the messages as they would go out."""
        with self._work.begin() as unit:
            return self.check_in(unit, consultation_id, written, doctor_id=doctor_id)

    def check_in(
        self, unit: Unit, consultation_id: str, written: Written, *, doctor_id: str
    ) -> Preview | Refused | NotTalked | NotHers | NoLongerStands:
        """As `check`, in a transaction that somebody else owns."""
        chart = chart_of(unit, consultation_id, doctor_id=doctor_id)
        if chart is None:
            return NotHers()
        old = to_replace(unit, chart, written.replaces) if written.replaces else None
        if isinstance(old, NotHers | NoLongerStands):
            return old
        ready = self._ready(unit, chart, written, code="X" * CODE_LENGTH)
        if not isinstance(ready, _Ready):
            return ready
        patient = ready.document["patient"]
        words = unplaced(
            self.formulary,
            allergies=patient["allergies"],
            medicines=patient["current_medicines"],
        )
        return Preview(ready.pack.texts, words, self._texts.catalogue.segment_price)

    def issue(self, consultation_id: str, written: Written, *, doctor_id: str, key: str) -> Issuing:
        """Issue the prescription and mean to text it, in one transaction.

        key: names the form that was sent; sent again it issues nothing and gives the same code.
        Errors: GatewayError when no code is free.
        """
        for _ in range(TRIES):
            try:
                with self._work.begin() as unit:
                    return self.issue_in(
                        unit, consultation_id, written, doctor_id=doctor_id, key=key
                    )
            except IntegrityError:
                # The same form on another connection, or a code that is taken: look again.
                continue
        raise GatewayError("no code was free for a prescription")

    def issue_in(
        self, unit: Unit, consultation_id: str, written: Written, *, doctor_id: str, key: str
    ) -> Issuing:
        """As `issue`, in a transaction that somebody else owns.

        Errors: IntegrityError when a code is taken, or the same key is issued elsewhere now.
        """
        chart = chart_of(unit, consultation_id, doctor_id=doctor_id)
        if chart is None:
            return NotHers()
        return self._issue(unit, chart, written, prescription_id=id_of(consultation_id, key))

    def issued(self, consultation_id: str, *, doctor_id: str) -> Sequence[IssuedPrescription]:
        """Return what this doctor issued in the consultation, the oldest first."""
        with self._work.begin() as unit:
            rows = unit.db.scalars(
                select(Prescription)
                .where(
                    Prescription.consultation_id == consultation_id,
                    Prescription.doctor_id == doctor_id,
                )
                .order_by(Prescription.issued_at)
            ).all()
            after = {row.replaces_id: row.code for row in rows}
            called = {
                (row.prescription_id, row.kind): row.status
                for row in unit.db.scalars(
                    select(Aftercare).where(
                        Aftercare.prescription_id.in_([row.id for row in rows]),
                        Aftercare.kind.in_((AftercareKind.READING, AftercareKind.CANCELLED)),
                    )
                )
            }
            return [
                replace(
                    _issued(row),
                    messages=_messages(unit, row.id),
                    replaced_by=after.get(row.id, ""),
                    reading=called.get((row.id, call_for(row))),
                )
                for row in rows
            ]

    def hers(self, code: str, *, doctor_id: str) -> IssuedPrescription | None:
        """Return what this doctor issued under the code; None when it is not hers."""
        with self._work.begin() as unit:
            row = _hers(unit, code, doctor_id=doctor_id)
            return None if row is None else _issued(row)

    def cancel(self, code: str, *, doctor_id: str) -> str | None:
        """Take a prescription back; return its consultation, None when it is not hers.

        Does nothing to one that was taken back before.
        """
        with self._work.begin() as unit:
            return self.cancel_in(unit, code, doctor_id=doctor_id)

    def cancel_in(self, unit: Unit, code: str, *, doctor_id: str) -> str | None:
        """As `cancel`, in a transaction that somebody else owns."""
        row = _hers(unit, code, doctor_id=doctor_id)
        if row is None:
            return None
        chart = chart_of(unit, row.consultation_id, doctor_id=doctor_id)
        if chart is None:
            return None
        cancel(unit, row, chart=chart, texts=self._texts)
        return row.consultation_id

    def find(self, code: str) -> IssuedPrescription | None:
        """Return the prescription of a code, for the operator; None where there is none."""
        with self._work.begin() as unit:
            row = unit.db.scalar(select(Prescription).where(Prescription.code == code))
            return None if row is None else _issued(row)

    def _issue(
        self, unit: Unit, chart: Chart, written: Written, *, prescription_id: str
    ) -> Issuing:
        # Its lock comes first: the same form may have replaced it on another connection.
        old = to_replace(unit, chart, written.replaces) if written.replaces else None
        earlier = unit.db.get(Prescription, prescription_id)
        if earlier is not None:
            again = same_writing(earlier.document, written)
            return Issued(earlier.code) if again else FormUsed(earlier.code)
        if isinstance(old, NotHers | NoLongerStands):
            return old
        code = self._codes()
        ready = self._ready(unit, chart, written, code=code)
        if not isinstance(ready, _Ready):
            return ready
        wish = carried_reminders.wish_of(unit, old) if old else None
        if old is not None:
            cancel(unit, old, chart=chart, texts=self._texts)
        prescription = Prescription(
            id=prescription_id,
            code=code,
            consultation_id=chart.consultation.id,
            patient_id=chart.patient.id,
            doctor_id=chart.doctor.id,
            document=ready.document,
            issued_at=unit.now,
            replaces_id=old.id if old else None,
        )
        unit.db.add(prescription)
        for name in ("name", "address"):
            if told := getattr(written.told, name):
                setattr(chart.patient, name, told)
        if written.pregnant is not None:
            tell_pregnancy(unit, chart.patient, pregnant=written.pregnant)
        chart.consultation.diagnosis = written.diagnosis
        chart.consultation.notes = written.notes
        if written.review_days is not None:
            chart.consultation.review_days = written.review_days
            aftercare.plan_anew(unit, chart.consultation.id)
        unit.db.flush()
        unit.note("prescriptions", prescription_id, "issued")
        key = purpose_of(prescription_id)
        queue(unit, chart.texted, ready.pack.messages, key=key, texts=self._texts)
        to_worker = to_health_worker(key)
        queue(unit, chart.health_worker, ready.copy.messages, key=to_worker, texts=self._texts)
        if wish is not None:
            reminding = AftercareTexts(self._texts, self.formulary, chart.ticket.language)
            carried_reminders.go_on(unit, wish, prescription, texts=reminding)
        return Issued(code)

    def _ready(
        self, unit: Unit, chart: Chart, written: Written, *, code: str
    ) -> _Ready | Refused | NotTalked:
        if chart.consultation.status is ConsultationStatus.NOT_JOINED:
            return NotTalked()
        keep_history(unit, chart.patient, written)
        draft = draft_of(chart, written, now=unit.now)
        verdict = check_prescription(
            draft,
            formulary=self.formulary,
            on=day_in_india(unit.now),
            standing=standing_lines(unit, chart.patient.id, besides=written.replaces),
        )
        if not verdict.allowed:
            return Refused(verdict.refusals)
        lines = prescription_lines(draft, formulary=self.formulary)
        on_paper = OnPaper(chart, lines, code, written.notes)
        messages, copy = (
            pack(on_paper, reader, texts=self._texts, formulary=self.formulary)
            for reader in (chart.texted, chart.health_worker)
        )
        if refusals := (*messages.refusals, *copy.refusals):
            return Refused((), tuple(dict.fromkeys(refusals)))
        document = document_of(
            chart,
            draft,
            written=written,
            code=code,
            lines=lines,
            contact=self._texts.toll_free,
            now=unit.now,
        )
        return _Ready(document, messages, copy)


@dataclass(frozen=True, slots=True)
class _Ready:
    """copy: what the health worker reads, where one presented the patient."""

    document: dict[str, Any]
    pack: Pack
    copy: Pack


def _hers(unit: Unit, code: str, *, doctor_id: str) -> Prescription | None:
    return unit.db.scalar(
        select(Prescription).where(Prescription.code == code, Prescription.doctor_id == doctor_id)
    )


def _issued(row: Prescription) -> IssuedPrescription:
    return IssuedPrescription(
        code=row.code,
        patient_id=row.patient_id,
        consultation_id=row.consultation_id,
        document=row.document,
        cancelled_on=day_in_india(row.cancelled_at) if row.cancelled_at else None,
    )


def _messages(unit: Unit, prescription_id: str) -> Sequence[Message]:
    key = purpose_of(prescription_id)
    rows = unit.db.scalars(select(Message).where(Message.purpose_key.startswith(key))).all()
    return sorted(rows, key=lambda row: int(row.purpose_key.removeprefix(key)))
