"""What the doctor sees of a patient whom a health worker presents, and who reads her words."""

from __future__ import annotations

import pytest

from gateway.db.models import Message, Patient, Prescription, Slip
from gateway.paper.fhir import Filing, Record, record_of
from gateway.paper.prescription import render_pdf
from gateway.services.issuing import Issued
from gateway.services.prescription_document import Written
from gateway.services.slips import Asked, SlipIssued, SlipRefused, Slips
from tests.conftest import database_url
from tests.console.clinic import Clinic, shown
from tests.domain.slips_file import slip_choices
from tests.paper.documents import NOW, ORIGIN
from tests.paper.test_paper import PRINTING, text_of
from tests.services.data import PATIENT
from tests.services.line import to_the_talk
from tests.services.prescribing import written
from tests.services.spoke import WORKER, presented

# What these pages ask is asked nowhere else, so they are held on both databases.
__all__ = ["database_url"]

PATIENTS_NUMBER = PATIENT.removeprefix("+91")


def talked(clinic: Clinic, *, number: str = PATIENTS_NUMBER) -> str:
    """A presented patient has talked with the doctor; return the consultation's id."""
    clinic.doctor()
    line = presented(clinic.desk, number=number)
    to_the_talk(clinic.desk, line)
    clinic.desk.work_off()
    return clinic.desk.consultations()[-1].id


def issue(clinic: Clinic, consultation_id: str, what: Written, *, key: str = "k") -> Prescription:
    doctor_id = clinic.desk.doctors()[0].id
    done = clinic.prescriptions.issue(consultation_id, what, doctor_id=doctor_id, key=key)
    assert isinstance(done, Issued), done
    return next(row for row in clinic.desk.all(Prescription) if row.code == done.code)


def texts(clinic: Clinic, phone: str, *kinds: str) -> list[Message]:
    rows = [m for m in clinic.desk.messages() if m.phone_e164 == phone and m.kind in kinds]
    return sorted(rows, key=lambda m: (m.due_at, m.purpose_key))


def test_the_page_shows_who_presents_what_was_measured_and_the_case(clinic: Clinic) -> None:
    consultation_id = talked(clinic)
    page = clinic.signed_in().get(f"/console/visit/{consultation_id}").text
    assert "Sunita Devi, HWC Rampur" in shown(page, "health-worker")[0]
    assert "UP-77" in shown(page, "treating-doctor")[0]
    assert "38.4 °C" in shown(page, "vital-temperature")[0]
    assert "out of bounds" in shown(page, "vital-systolic")[0]
    assert "dangerous" in shown(page, "vital-oxygen")[0]
    assert "out of bounds" not in shown(page, "vital-weight")[0]
    assert len(shown(page, "case")) == 1
    assert len(shown(page, "heard")) == 0, "the trouble was keyed"


def test_a_patient_who_called_herself_has_no_such_card(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    page = clinic.signed_in().get(f"/console/visit/{consultation_id}").text
    assert shown(page, "presented") == []


def test_prescription_and_advice_are_texted_to_the_patient_and_to_the_health_worker(
    clinic: Clinic,
) -> None:
    consultation_id = talked(clinic)
    issue(clinic, consultation_id, written(notes="Drink a lot of boiled water and rest for days"))
    kinds = ("presented", "prescription_head", "prescription_line", "advice", "prescription_hear")
    to_patient = texts(clinic, PATIENT, *kinds)
    to_worker = texts(clinic, WORKER, *kinds)
    assert [m.kind for m in to_patient] == list(kinds[1:])
    assert [m.kind for m in to_worker] == list(kinds)
    assert clinic.desk.tickets()[0].token in to_worker[0].body
    assert "Drink a lot of boiled water / and rest for days / -" in to_worker[3].body


def test_a_patient_who_wants_no_sms_gets_none_and_the_health_worker_does(clinic: Clinic) -> None:
    consultation_id = talked(clinic)
    with clinic.desk.work.begin() as unit:
        unit.db.query(Patient).update({"no_sms": True})
    issue(clinic, consultation_id, written())
    assert texts(clinic, PATIENT, "prescription_head") == []
    assert len(texts(clinic, WORKER, "prescription_head")) == 1


def test_without_a_telephone_of_the_patients_it_is_the_health_worker_who_reads(
    clinic: Clinic,
) -> None:
    consultation_id = talked(clinic, number="")
    issue(clinic, consultation_id, written())
    heads = [m for m in clinic.desk.messages() if m.kind == "prescription_head"]
    assert [m.phone_e164 for m in heads] == [WORKER]


def test_both_are_told_when_it_is_taken_back(clinic: Clinic) -> None:
    consultation_id = talked(clinic)
    row = issue(clinic, consultation_id, written())
    clinic.desk.work_off()
    clinic.prescriptions.cancel(row.code, doctor_id=row.doctor_id)
    told = [m.phone_e164 for m in clinic.desk.messages() if m.kind == "prescription_cancelled"]
    assert sorted(told) == [PATIENT, WORKER]


def test_the_document_names_health_worker_and_treating_doctor_and_keeps_the_signs(
    clinic: Clinic,
) -> None:
    consultation_id = talked(clinic)
    document = issue(clinic, consultation_id, written()).document
    assert document["presented_by"] == {"name": "Sunita Devi", "centre": "HWC Rampur"}
    assert document["treating_doctor"]["registration_number"] == "UP-77"
    assert document["patient"]["weight_kg"] == 52.4, "measured, where the doctor wrote none"
    page = " ".join(text_of(render_pdf(document, PRINTING)).split())
    assert "Sunita Devi, HWC Rampur" in page
    assert "Reg. No. UP-77" in page
    assert "38.4 °C" in page
    assert "oxygen saturation 91 %" in page


def test_the_doctors_own_weight_stands_before_the_measured_one(clinic: Clinic) -> None:
    consultation_id = talked(clinic)
    document = issue(clinic, consultation_id, written(weight_kg=55.0)).document
    assert document["patient"]["weight_kg"] == 55.0


def test_fhir_names_all_three_and_carries_the_signs(clinic: Clinic) -> None:
    consultation_id = talked(clinic)
    document = issue(clinic, consultation_id, written()).document
    filing = Filing("a" * 32, "b" * 32, ORIGIN, NOW)
    bundle = record_of(document, filing, Record.CONSULTATION)
    resources = [entry["resource"] for entry in bundle["entry"]]
    [encounter] = [r for r in resources if r["resourceType"] == "Encounter"]
    parts = [one["type"][0]["coding"][0]["code"] for one in encounter["participant"]]
    assert parts == ["CON", "ATND", "REF"]
    observed = {
        r["code"]["coding"][0]["code"]: r for r in resources if r["resourceType"] == "Observation"
    }
    assert observed["8310-5"]["valueQuantity"] == {
        "value": 38.4,
        "unit": "Cel",
        "system": "http://unitsofmeasure.org",
        "code": "Cel",
    }
    pressures = observed["85354-9"]["component"]
    assert [part["valueQuantity"]["value"] for part in pressures] == [150.0, 95.0]
    assert "59408-5" in observed
    assert observed["29463-7"]["valueQuantity"]["value"] == 52.4


# --- slips -------------------------------------------------------------------------------------


def slips(clinic: Clinic) -> Slips:
    return Slips(work=clinic.desk.work, choices=slip_choices(), texts=clinic.desk.texts)


def test_a_referral_is_texted_to_both(clinic: Clinic) -> None:
    consultation_id = talked(clinic)
    asked = Asked(place="district_hospital", when="today")
    doctor_id = clinic.desk.doctors()[0].id
    done = slips(clinic).issue(consultation_id, asked, doctor_id=doctor_id, key="k")
    assert isinstance(done, SlipIssued)
    assert [m.kind for m in texts(clinic, PATIENT, "presented", "referral")] == ["referral"]
    assert [m.kind for m in texts(clinic, WORKER, "presented", "referral")] == [
        "presented",
        "referral",
    ]


def test_advice_alone_is_a_slip_and_is_texted(clinic: Clinic) -> None:
    consultation_id = talked(clinic)
    doctor_id = clinic.desk.doctors()[0].id
    asked = Asked(advice="Repeat the blood pressure in one hour, sitting; call again above 180")
    done = slips(clinic).issue(consultation_id, asked, doctor_id=doctor_id, key="k")
    assert isinstance(done, SlipIssued)
    for phone in (PATIENT, WORKER):
        [advice] = texts(clinic, phone, "advice")
        assert "Repeat the blood pressure in / one hour, sitting; call again / above 180" in (
            advice.body
        )
    [slip] = clinic.desk.all(Slip)
    assert slip.document["advice"] == asked.advice


@pytest.mark.parametrize("advice", ["see https://example.org", "less than <5", "a" * 501])
def test_advice_that_cannot_be_texted_is_refused_with_why(clinic: Clinic, advice: str) -> None:
    consultation_id = talked(clinic)
    doctor_id = clinic.desk.doctors()[0].id
    done = slips(clinic).issue(consultation_id, Asked(advice=advice), doctor_id=doctor_id, key="k")
    assert isinstance(done, SlipRefused)
    assert done.problem == ("long" if len(advice) > 500 else "advice")
    assert clinic.desk.all(Slip) == []
