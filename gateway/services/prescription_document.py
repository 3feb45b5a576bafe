"""The prescription on paper: a draft from our rows, and the document that is kept as issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from gateway.db.models import Caller, Consultation, Doctor, Patient, Presentation, Ticket
from gateway.domain.draft import (
    MONTHS_A_YEAR,
    ConsultationDraft,
    DoctorDraft,
    Draft,
    MedicineDraft,
    Mode,
    PatientDraft,
    Sex,
    Visit,
)
from gateway.domain.indian_time import day_in_india
from gateway.domain.prescription import is_follow_up
from gateway.domain.states import ConsultationStatus
from gateway.domain.told_facts import words_kept
from gateway.services.households import DAYS_A_YEAR, UNKNOWN, age_days, age_years, pregnancy_of
from gateway.services.work import Unit
from sms.medicine import MedicineLine, line_as_json, line_from_json

VERSION: Final = 4
# Of each vital sign, what a document says.
_MEASURED: Final = ("sign", "value", "unit", "loinc", "usual")
# How long a pharmacist may dispense on it. No statute read so far fixes it: to be reviewed.
VALID_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Told:
    """What the doctor heard of the patient and of the illness; empty where nobody told.

    lmp_on: the first day of the last menstrual period.
    """

    name: str = ""
    address: str = ""
    height_cm: int | None = None
    lmp_on: date | None = None
    history: str = ""
    findings: str = ""
    investigations: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What the doctor writes herself; all else on a prescription comes from our rows.

    with_adult: she heard an adult beside a minor. pregnant: as the patient told the doctor; None
    leaves it at what the call knew. weight_kg: told or known, in kilograms.
    allergies, current_medicines: as the patient told them, beside what is kept of her.
    no_allergies, no_medicines: what was kept, and the doctor has taken out. review_days: when she
    wants to know how the patient is; None leaves it to the service. replaces: the code of the
    prescription of the same consultation that is taken back for this one, empty when it stands
    beside others.
    """

    diagnosis: str
    notes: str
    medicines: tuple[MedicineDraft, ...]
    same_condition: bool = False
    with_adult: bool = False
    pregnant: bool | None = None
    weight_kg: float | None = None
    allergies: tuple[str, ...] = ()
    current_medicines: tuple[str, ...] = ()
    no_allergies: tuple[str, ...] = ()
    no_medicines: tuple[str, ...] = ()
    review_days: int | None = None
    told: Told = Told()
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """A telephone that is texted, and the language that it is written to in."""

    caller: Caller
    language: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A consultation with everyone whom its prescription names; caller None: number withheld.

    presentation, presenter: of the health worker who presented the patient, and her telephone.
    """

    consultation: Consultation
    ticket: Ticket
    patient: Patient
    doctor: Doctor
    caller: Caller | None
    presentation: Presentation | None
    presenter: Caller | None
    seen_before: bool

    @property
    def language(self) -> str:
        """The language that the patient's messages are written in."""
        return (self.caller.language if self.caller else None) or self.ticket.language

    @property
    def texted(self) -> Reader | None:
        """Whom the prescription is texted to; nobody when the patient wants no SMS."""
        if self.caller is None or self.patient.no_sms:
            return None
        return Reader(self.caller, self.language)

    @property
    def health_worker(self) -> Reader | None:
        """Who presented the patient, and reads what was written for her as well."""
        if self.presentation is None or self.presenter is None:
            return None
        return Reader(self.presenter, self.ticket.language)

    @property
    def vitals(self) -> Sequence[dict[str, Any]]:
        """What the health worker measured."""
        return self.presentation.document["vitals"] if self.presentation else ()

    def measured(self, sign: str) -> float | None:
        values = (float(each["value"]) for each in self.vitals if each["sign"] == sign)
        return next(values, None)


def chart_of(unit: Unit, consultation_id: str, *, doctor_id: str) -> Chart | None:
    """Return the chart of the doctor's own consultation; None when it is not hers."""
    presenter = aliased(Caller)
    row = unit.db.execute(
        select(Consultation, Ticket, Patient, Doctor, Caller, Presentation, presenter)
        .join(Ticket, Ticket.id == Consultation.ticket_id)
        .join(Patient, Patient.id == Consultation.patient_id)
        .join(Doctor, Doctor.id == Consultation.doctor_id)
        .outerjoin(Caller, Caller.id == Patient.caller_id)
        .outerjoin(Presentation, Presentation.ticket_id == Ticket.id)
        .outerjoin(
            presenter,
            (presenter.id == Ticket.caller_id) & Presentation.ticket_id.is_not(None),
        )
        .where(Consultation.id == consultation_id, Consultation.doctor_id == doctor_id)
    ).one_or_none()
    if row is None:
        return None
    consultation = row[0]
    earlier = exists().where(
        Consultation.patient_id == consultation.patient_id,
        Consultation.doctor_id == doctor_id,
        Consultation.status == ConsultationStatus.TALKED,
        Consultation.started_at < consultation.started_at,
    )
    return Chart(*row, seen_before=bool(unit.db.scalar(select(earlier))))


def draft_of(chart: Chart, written: Written, *, now: datetime) -> Draft:
    """Return what the rules check. A telephone call is audio, whatever is known of the patient.

    Of a person of whom nobody told anything, age, sex and pregnancy are unknown here too, and the
    rules are at their strictest.

    A follow-up is claimed only by a doctor who has spoken with this patient before; whether it is
    one is for the rules to say, by the last visit in person.
    """
    patient = chart.patient
    years = age_years(patient.born_on, now)
    claimed = chart.seen_before and written.same_condition
    told = patient.sex != UNKNOWN
    known = pregnancy_of(patient, now)
    return Draft(
        consultation=ConsultationDraft(
            mode=Mode.AUDIO,
            visit=Visit.FOLLOW_UP if claimed else Visit.FIRST,
            last_in_person=patient.last_in_person_on,
            same_condition=written.same_condition,
        ),
        patient=PatientDraft(
            age_years=years,
            age_months=_months(chart, now) if years == 0 else 0,
            sex=Sex(patient.sex) if told else None,
            pregnant=written.pregnant if written.pregnant is not None else known,
            weight_kg=written.weight_kg or chart.measured("weight"),
            allergies=allergies_of(patient, written),
            current_medicines=medicines_of(patient, written),
            with_adult=written.with_adult,
        ),
        doctor=DoctorDraft(registration_number=chart.doctor.registration_number),
        diagnosis=written.diagnosis,
        medicines=written.medicines,
    )


def allergies_of(patient: Patient, written: Written) -> tuple[str, ...]:
    """Return what is kept of her and what is told now."""
    kept = patient.allergies or ()
    return words_kept(kept, written.allergies, taken_out=written.no_allergies)


def medicines_of(patient: Patient, written: Written) -> tuple[str, ...]:
    """As `allergies_of`, of what she takes already."""
    kept = patient.long_term_medicines or ()
    return words_kept(kept, written.current_medicines, taken_out=written.no_medicines)


def keep_history(unit: Unit, patient: Patient, written: Written) -> None:
    """Keep with the patient what was told, whether or not the prescription may be issued."""
    allergies, medicines = allergies_of(patient, written), medicines_of(patient, written)
    kept = (tuple(patient.allergies or ()), tuple(patient.long_term_medicines or ()))
    if (allergies, medicines) != kept:
        patient.allergies, patient.long_term_medicines = list(allergies), list(medicines)
        unit.note("patients", patient.id, "history_told")


def document_of(
    chart: Chart,
    draft: Draft,
    *,
    written: Written,
    code: str,
    lines: Sequence[MedicineLine],
    contact: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the whole prescription as it is issued; nothing in it is looked up again later.

    Fields: those that Appendix 5 of the IMC Regulations asks for, as far as a telephone tells them.
    contact: the service's number, since a doctor's own is given to nobody.
    """
    day = day_in_india(now)
    told = written.told
    follow_up = is_follow_up(draft.consultation, on=day)
    return {
        "version": VERSION,
        "code": code,
        "language": chart.language,
        "issued_on": day.isoformat(),
        "valid_until": (day + VALID_FOR).isoformat(),
        "mode": draft.consultation.mode.value,
        "visit": (Visit.FOLLOW_UP if follow_up else Visit.FIRST).value,
        "doctor": {
            "name": chart.doctor.name,
            "qualification": chart.doctor.qualification,
            "registration_number": chart.doctor.registration_number,
            "address": chart.doctor.address,
            "contact": contact,
        },
        "patient": {
            **draft.patient.model_dump(mode="json"),
            "name": told.name or chart.patient.name or "",
            "name_spoken": chart.patient.name_recording_id is not None,
            "address": told.address or chart.patient.address or "",
            "height_cm": told.height_cm,
            "lmp_on": told.lmp_on.isoformat() if told.lmp_on else None,
        },
        **_presented(chart),
        "complaint": [symptom["code"] for symptom in chart.ticket.complaint["symptoms"]],
        "history": told.history,
        "findings": told.findings,
        "investigations": told.investigations,
        "diagnosis": draft.diagnosis,
        "notes": written.notes,
        "medicines": [
            {**medicine.model_dump(mode="json"), "line": line_as_json(line)}
            for medicine, line in zip(draft.medicines, lines, strict=True)
        ],
    }


def _presented(chart: Chart) -> dict[str, Any]:
    """Who presented the patient, who treats her there and stays responsible, what was measured."""
    if chart.presentation is None:
        return {}
    told = chart.presentation.document
    vitals = [{name: each[name] for name in _MEASURED} for each in told["vitals"]]
    return {
        "presented_by": told["health_worker"],
        "treating_doctor": told["treating"],
        "vitals": vitals,
    }


def lines_of(document: Mapping[str, Any]) -> Sequence[MedicineLine]:
    """Return the medicine lines of a stored document."""
    return [line_from_json(medicine["line"]) for medicine in document["medicines"]]


def written_again(document: dict[str, Any], patient_now: Patient, *, replaces: str = "") -> Written:
    """Return what was written on an issued prescription, to be issued once more.

    Allergies and medicines of old are taken over only where none were kept with her since.
    replaces: its code, where the new one takes its place; else it is for another day, and what was
    true of that day alone is left out.
    """
    patient = document["patient"]
    kept = {name: document.get(name, "") for name in ("history", "findings", "investigations")}
    written = Written(
        diagnosis=document["diagnosis"],
        notes=document["notes"],
        medicines=tuple(
            MedicineDraft.model_validate({k: v for k, v in medicine.items() if k != "line"})
            for medicine in document["medicines"]
        ),
        allergies=tuple(patient["allergies"]) if patient_now.allergies is None else (),
        current_medicines=(
            tuple(patient["current_medicines"]) if patient_now.long_term_medicines is None else ()
        ),
    )
    if not replaces:
        return written
    return replace(
        written,
        with_adult=patient["with_adult"],
        pregnant=patient["pregnant"],
        weight_kg=patient["weight_kg"],
        told=Told(**kept),
        replaces=replaces,
    )


def same_writing(document: dict[str, Any], written: Written) -> bool:
    """Tell whether the document was issued for just these words and medicines."""
    issued = [{**medicine, "line": None} for medicine in document["medicines"]]
    asked = [{**medicine.model_dump(mode="json"), "line": None} for medicine in written.medicines]
    told = written.told
    words = (written.diagnosis, written.notes, told.history, told.findings, told.investigations)
    names = ("diagnosis", "notes", "history", "findings", "investigations")
    return words == tuple(document.get(name, "") for name in names) and issued == asked


def _months(chart: Chart, now: datetime) -> int:
    born_on = chart.patient.born_on
    days = 0 if born_on is None else age_days(born_on, now)
    return min(MONTHS_A_YEAR - 1, int(days * MONTHS_A_YEAR / DAYS_A_YEAR))
