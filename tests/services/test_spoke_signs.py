"""What a health worker measures and tells of the patient beside her: keyed, read back, kept."""

from __future__ import annotations

from gateway.domain.recording import RecordingPurpose
from tests.services.desk import Desk
from tests.services.line import fever_by_keys
from tests.services.spoke import (
    SIGNS,
    enrolled,
    key_signs,
    presented,
    register_patient,
    signs_of,
    to_the_patient,
    to_the_token,
)


def test_signs_are_keyed_read_back_and_kept_as_measured(desk: Desk) -> None:
    line = to_the_patient(desk, enrolled(desk))
    register_patient(line)
    key_signs(line)
    assert line.at == "presenting/ask_right"
    assert line.session["variables"]["temperature"] == 101, "as she keyed it"
    to_the_token(line)
    assert signs_of(desk) == {
        "temperature": 38.4,
        "pulse": 96.0,
        "systolic": 150.0,
        "diastolic": 95.0,
        "oxygen": 91.0,
        "weight": 52.4,
    }


def test_what_cannot_be_is_asked_again_at_once(desk: Desk) -> None:
    line = to_the_patient(desk, enrolled(desk))
    register_patient(line)
    line.key("98")
    assert line.session["variables"]["vital"] == "vital_ask.temperature"
    line.key("986")
    assert line.session["variables"]["vital"] == "vital_ask.pulse"


def test_a_second_round_corrects_one_and_keeps_the_others(desk: Desk) -> None:
    line = to_the_patient(desk, enrolled(desk))
    register_patient(line)
    key_signs(line)
    line.press("vitals.again")
    key_signs(line, {**dict.fromkeys(SIGNS, ""), "pulse": "88"})
    to_the_token(line)
    assert (signs_of(desk)["pulse"], signs_of(desk)["oxygen"]) == (88.0, 91.0)


def test_signs_that_nobody_said_yes_to_are_forgotten(desk: Desk) -> None:
    line = to_the_patient(desk, enrolled(desk))
    register_patient(line)
    key_signs(line)
    for _ in range(3):
        line.wait()
    assert line.at == "presenting/tell_case"
    line.say()
    line.press("speciality.general")
    assert desk.tickets() == []
    fever_by_keys(line)
    assert signs_of(desk) == {}
    assert desk.tickets()[0].urgency == "routine"


def test_nothing_measured_is_no_obstacle(desk: Desk) -> None:
    line = to_the_patient(desk, enrolled(desk))
    register_patient(line)
    key_signs(line, dict.fromkeys(SIGNS, ""))
    assert line.at == "presenting/tell_case"


def test_a_dangerous_sign_orders_the_waiting_room(desk: Desk) -> None:
    presented(desk)
    [ticket] = desk.tickets()
    assert ticket.urgency == "red", "oxygen of 91 percent"
    assert "oxygen_out_of_bounds" in ticket.complaint["reasons"]


def test_the_case_is_kept_for_the_doctor_and_no_machine_listens(desk: Desk) -> None:
    desk.ear.offered = ("cough",)
    presented(desk)
    desk.work_off()
    [case] = [r for r in desk.recordings() if r.purpose is RecordingPurpose.CASE]
    assert case.outcome == "fetched"
    assert case.heard == {}
    assert desk.tickets()[0].complaint["recording_ids"] == [case.id]
