"""The audit itself: a clean log passes, and each thing that may go wrong is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.chaos_audit import Event, Left, Verdict, Visit, audit

PATIENT, OTHER, DOCTOR = "+919700000001", "+919700000002", "+919799000000"
CLEAN = Verdict(
    lost=0,
    twice_joined=0,
    rung_for_nobody=0,
    repeated_texts=0,
    second_tickets=0,
    stuck_doctors=0,
    open_consultations=0,
    unended_calls=0,
)
NOTHING_LEFT = Left()
START = datetime(2026, 11, 24, tzinfo=UTC)


def event(seconds: float, phone: str, kind: str, **facts: Any) -> Event:
    at = (START + timedelta(seconds=seconds)).isoformat()
    return {"at": at, "phone": phone, "kind": kind, **facts}


def talk(patient: str, *, at: float = 0.0) -> list[Event]:
    """A patient has her token texted, and talks with the doctor for ten seconds."""
    return [
        event(at, patient, "sms", body=f"token of {patient}"),
        event(at + 1, patient, "ringback", to=[DOCTOR]),
        event(at + 1, DOCTOR, "ringing"),
        event(at + 2, DOCTOR, "answered"),
        event(at + 3, patient, "bridged"),
        event(at + 3, DOCTOR, "bridged"),
        event(at + 13, DOCTOR, "hangup"),
        event(at + 13, patient, "hangup"),
    ]


def verdict(
    events: list[Event],
    *,
    visits: list[Visit] | None = None,
    left: Left = NOTHING_LEFT,
    both: bool = False,
) -> Verdict:
    patients = [PATIENT, OTHER] if both else [PATIENT]
    done = [Visit(patient, "done", 1) for patient in patients]
    return audit(
        events,
        patients=patients,
        doctors=[DOCTOR],
        visits=done if visits is None else visits,
        left=left,
    )


def test_a_clean_log_passes() -> None:
    found = verdict(talk(PATIENT) + talk(OTHER, at=20), both=True)
    assert found == CLEAN
    assert found.holds


@pytest.mark.parametrize(
    "visits",
    [[], [Visit(PATIENT, "waiting", 0)], [Visit(PATIENT, "done", 0)], [Visit(PATIENT, "done", 2)]],
)
def test_a_patient_whose_ticket_did_not_end_in_one_talk_is_lost(visits: list[Visit]) -> None:
    told = [event for event in talk(PATIENT) if event["kind"] != "bridged"]
    assert verdict(told, visits=visits).lost == 1


def test_a_patient_whom_the_carrier_never_joined_is_lost_whatever_the_rows_say() -> None:
    told = [event for event in talk(PATIENT) if event["kind"] != "bridged"]
    assert verdict(told).lost == 1


def test_a_patient_who_was_joined_twice_is_found() -> None:
    assert verdict(talk(PATIENT) + talk(PATIENT, at=20)).twice_joined == 1


def test_a_doctor_who_was_joined_to_two_at_once_is_found() -> None:
    events = sorted(talk(PATIENT) + talk(OTHER, at=4), key=lambda it: str(it["at"]))
    assert verdict(events, both=True).twice_joined == 1


@pytest.mark.parametrize(("rang_s", "found"), [(4.0, 0), (6.0, 1)])
def test_a_ring_that_outlasts_the_patient_is_found(rang_s: float, found: int) -> None:
    events = [
        *talk(PATIENT),
        event(30, OTHER, "ringback", to=[DOCTOR]),
        event(30, DOCTOR, "ringing"),
        event(31, OTHER, "hangup"),
        event(31 + rang_s, DOCTOR, "hangup"),
    ]
    assert verdict(events, both=True).rung_for_nobody == found


def test_a_ring_of_which_no_patient_knows_is_found() -> None:
    assert verdict([*talk(PATIENT), event(60, DOCTOR, "ringing")]).rung_for_nobody == 1


def test_a_text_that_came_twice_is_found() -> None:
    again = event(40, PATIENT, "sms", body=f"token of {PATIENT}")
    assert verdict([*talk(PATIENT), again]).repeated_texts == 1


def test_a_second_ticket_is_found() -> None:
    two = [Visit(PATIENT, "done", 1), Visit(PATIENT, "done", 1)]
    found = verdict(talk(PATIENT), visits=two)
    assert found.second_tickets == 1
    assert not found.holds


@pytest.mark.parametrize("what", ["stuck_doctors", "open_consultations", "unended_calls"])
def test_whatever_is_held_by_nothing_is_found(what: str) -> None:
    found = verdict(talk(PATIENT), left=Left(**{what: 1}))
    assert found == replace(CLEAN, **{what: 1})
    assert not found.holds
