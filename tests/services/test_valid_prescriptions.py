"""What stands prescribed counts with what is prescribed now, in this consultation and later."""

from __future__ import annotations

import pytest

from gateway.domain.rules import Rule
from gateway.services.issuing import Issued, Refused
from gateway.services.pharmacy import Pharmacy, Slip
from tests.console.clinic import Clinic
from tests.services.data import PATIENT
from tests.services.prescribing import medicine, written

DAY_S = 24 * 3600
FULL = written(medicine(strength="650 mg", dose="2-2-2"))
SMALL = written(medicine(dose="1-0-1"))


def outcome(done: object) -> object:
    if isinstance(done, Refused):
        return [refusal.rule for refusal in done.refusals]
    assert isinstance(done, Issued), done
    return "issued"


def test_two_of_one_consultation_are_seen_together(clinic: Clinic) -> None:
    doctor_id, consultation_id = clinic.doctor(), clinic.consultation()
    issue = clinic.prescriptions.issue
    first = issue(consultation_id, FULL, doctor_id=doctor_id, key="0" * 32)
    assert isinstance(first, Issued)
    again = issue(consultation_id, FULL, doctor_id=doctor_id, key="1" * 32)
    assert outcome(again) == [Rule.TOGETHER_MAXIMUM]
    instead = written(*FULL.medicines, replaces=first.code)
    assert outcome(issue(consultation_id, instead, doctor_id=doctor_id, key="2" * 32)) == "issued"


@pytest.mark.parametrize(("days", "expected"), [(30, [Rule.TOGETHER_MAXIMUM]), (31, "issued")])
def test_it_counts_as_long_as_it_is_valid(clinic: Clinic, days: int, expected: object) -> None:
    doctor_id, consultation_id = clinic.doctor(), clinic.consultation()
    issue = clinic.prescriptions.issue
    assert outcome(issue(consultation_id, SMALL, doctor_id=doctor_id, key="0" * 32)) == "issued"
    clinic.desk.clock.forward(days * DAY_S)
    assert outcome(issue(consultation_id, FULL, doctor_id=doctor_id, key="1" * 32)) == expected


def test_one_that_was_taken_back_does_not_count(clinic: Clinic) -> None:
    doctor_id, consultation_id = clinic.doctor(), clinic.consultation()
    issue = clinic.prescriptions.issue
    first = issue(consultation_id, FULL, doctor_id=doctor_id, key="0" * 32)
    assert isinstance(first, Issued)
    clinic.prescriptions.cancel(first.code, doctor_id=doctor_id)
    assert outcome(issue(consultation_id, FULL, doctor_id=doctor_id, key="1" * 32)) == "issued"


def test_what_was_dispensed_and_taken_to_its_end_does_not_count(clinic: Clinic) -> None:
    doctor_id, consultation_id = clinic.doctor(), clinic.consultation()
    issue = clinic.prescriptions.issue
    first = issue(consultation_id, FULL, doctor_id=doctor_id, key="0" * 32)
    assert isinstance(first, Issued)
    pharmacy = Pharmacy(clinic.desk.work)
    marked = pharmacy.dispense(first.code, PATIENT[-4:], [1], address="192.0.2.1")
    assert isinstance(marked, Slip)
    assert marked.given
    clinic.desk.clock.forward(2 * DAY_S)
    within = issue(consultation_id, FULL, doctor_id=doctor_id, key="1" * 32)
    assert outcome(within) == [Rule.TOGETHER_MAXIMUM]
    clinic.desk.clock.forward(DAY_S)
    assert outcome(issue(consultation_id, FULL, doctor_id=doctor_id, key="2" * 32)) == "issued"
