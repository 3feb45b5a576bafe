"""On the telephone all that stands prescribed is heard, each with its day, and what has expired."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.draft import MedicineDraft
from gateway.domain.indian_time import day_in_india
from gateway.services.issuing import Issued
from tests.console.clinic import Clinic
from tests.services.data import day_in_hindi
from tests.services.desk import Desk
from tests.services.line import Line
from tests.services.prescribing import medicine, written

DAY_S = 24 * 3600
EXPIRED = "तारीख निकल गई"
FEVER, THIRST = "पैरासिटामोल", "ओ आर एस का घोल"
ORS = medicine("ORS", form="sachet", strength="21 g", dose="0-1-0", days=2)


@pytest.fixture
def clinic(desk: Desk, tmp_path: Path) -> Clinic:
    clinic = Clinic(desk, tmp_path)
    clinic.doctor()
    return clinic


def issue(clinic: Clinic, consultation_id: str, line: MedicineDraft, *, key: str) -> str:
    [doctor] = clinic.desk.doctors()
    done = clinic.prescriptions.issue(
        consultation_id, written(line), doctor_id=doctor.id, key=key * 32
    )
    assert isinstance(done, Issued), done
    return done.code


def today(clinic: Clinic) -> str:
    return day_in_hindi(day_in_india(clinic.desk.clock()))


def listening(clinic: Clinic) -> tuple[Line, str]:
    """Hear the prescriptions to their last line; return the call and all that was said."""
    Line(clinic.desk, "CA1").ends()
    line = Line(clinic.desk, "CA9").dial()
    line.press("menu.services", "menu.prescription")
    line.pick()
    said = line.answer
    while line.at == "prescription/line":
        said += line.wait()
    return line, said


def test_two_prescriptions_of_one_talk_are_heard_the_newest_first(clinic: Clinic) -> None:
    visit = clinic.consultation()
    issue(clinic, visit, medicine(), key="0")
    clinic.desk.clock.forward(60)
    issue(clinic, visit, ORS, key="1")
    _, said = listening(clinic)
    assert said.index(THIRST) < said.index(FEVER)
    assert said.count(today(clinic)) == 2
    assert EXPIRED not in said


def test_one_that_was_taken_back_is_not_heard(clinic: Clinic) -> None:
    visit = clinic.consultation()
    code = issue(clinic, visit, medicine(), key="0")
    clinic.desk.clock.forward(60)
    issue(clinic, visit, ORS, key="1")
    clinic.prescriptions.cancel(code, doctor_id=clinic.desk.doctors()[0].id)
    _, said = listening(clinic)
    assert THIRST in said
    assert FEVER not in said


def test_an_old_one_is_not_heard_beside_a_valid_one(clinic: Clinic) -> None:
    issue(clinic, clinic.consultation(), medicine(), key="0")
    Line(clinic.desk, "CA1").ends()
    clinic.desk.clock.forward(40 * DAY_S)
    issue(clinic, clinic.consultation("CA2"), ORS, key="1")
    Line(clinic.desk, "CA2").ends()
    _, said = listening(clinic)
    assert THIRST in said
    assert FEVER not in said


@pytest.mark.parametrize(("days", "expired"), [(30, False), (31, True), (300, True)])
def test_one_that_has_expired_is_said_to_be_with_its_day(
    clinic: Clinic, days: int, *, expired: bool
) -> None:
    issue(clinic, clinic.consultation(), medicine(), key="0")
    written_on = today(clinic)
    clinic.desk.clock.forward(days * DAY_S)
    line, said = listening(clinic)
    assert written_on in said
    assert FEVER in said
    assert (EXPIRED in said) is expired
    assert line.at == "prescription/after"


def test_of_a_course_that_still_runs_the_end_of_dispensing_is_said(clinic: Clinic) -> None:
    issue(clinic, clinic.consultation(), ORS.model_copy(update={"days": 90}), key="0")
    clinic.desk.clock.forward(60 * DAY_S)
    _, said = listening(clinic)
    assert THIRST in said
    assert EXPIRED in said
