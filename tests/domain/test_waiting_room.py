"""The order of the waiting room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.domain.waiting_room import (
    FreeDoctor,
    RoomRules,
    Waiting,
    next_ticket,
)
from tests.domain.order_file import ORDER

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DOCTOR = FreeDoctor("dr", ("hi", "en"), ("general",))
URGENCIES = st.sampled_from(["red", "urgent", "routine"])


def waiting(ticket_id: int, urgency: str, minutes: float, **told: str) -> Waiting:
    told = {"language": "hi", "speciality": "general", **told}
    turn_at = ORDER.turn_at(NOW - timedelta(minutes=minutes), urgency)
    return Waiting(ticket_id, turn_at, **told)


def chosen(*tickets: Waiting, doctor: FreeDoctor = DOCTOR) -> int | None:
    ticket = next_ticket(tickets, doctor=doctor, rules=ORDER)
    return ticket.ticket_id if ticket else None


def test_red_comes_before_everyone_even_who_has_waited_for_hours() -> None:
    assert chosen(waiting(1, "routine", 300), waiting(2, "red", 0)) == 2


def test_a_routine_patient_who_has_waited_long_enough_comes_before_an_urgent_one() -> None:
    more = ORDER.head_start_minutes["urgent"]
    assert chosen(waiting(1, "routine", more + 11), waiting(2, "urgent", 10)) == 1
    assert chosen(waiting(1, "routine", more + 9), waiting(2, "urgent", 10)) == 2


def test_among_equals_the_first_to_ask_is_first() -> None:
    assert chosen(waiting(1, "routine", 5), waiting(2, "routine", 9)) == 2


def test_a_language_or_a_skill_that_the_doctor_lacks_waits_for_another_doctor() -> None:
    assert chosen(waiting(1, "red", 5, language="ta")) is None
    assert chosen(waiting(1, "red", 5, speciality="psychiatry")) is None
    psychiatrist = FreeDoctor("ps", ("hi",), ("psychiatry", "general"))
    assert chosen(waiting(1, "red", 5, speciality="psychiatry"), doctor=psychiatrist) == 1


def test_a_doctor_who_let_a_patient_go_is_spared_her() -> None:
    spared = FreeDoctor("dr", ("hi",), ("general",), let_go={1})
    assert chosen(waiting(1, "red", 5), waiting(2, "routine", 1), doctor=spared) == 2
    assert chosen(waiting(1, "red", 5), doctor=spared) is None


def test_who_comes_back_goes_to_the_same_doctor_within_the_head_start_and_no_further() -> None:
    minutes = ORDER.same_doctor.head_start_minutes
    back = waiting(1, "routine", 5, usual_doctor_id="dr")
    assert chosen(waiting(2, "routine", 5 + minutes - 1), back) == 1
    assert chosen(waiting(2, "routine", 5 + minutes + 1), back) == 2
    other = waiting(1, "routine", 5, usual_doctor_id="another")
    assert chosen(waiting(2, "routine", 6), other) == 2


def test_a_doctor_sees_those_of_her_own_state_earlier_by_the_head_start_and_no_further() -> None:
    minutes = ORDER.registration.head_start_minutes
    hers = FreeDoctor("dr", ("hi",), ("general",), state="MH")
    local = waiting(1, "routine", 5, state="MH")
    assert chosen(waiting(2, "routine", 5 + minutes - 1), local, doctor=hers) == 1
    assert chosen(waiting(2, "routine", 5 + minutes + 1), local, doctor=hers) == 2
    nobodys = waiting(1, "routine", 5, state="")
    unknown = FreeDoctor("dr", ("hi",), ("general",))
    assert chosen(waiting(2, "routine", 6), nobodys, doctor=unknown) == 2


@pytest.mark.parametrize(
    ("registration", "state"),
    [
        ("MH-12345", "MH"),
        ("DMC/R/1234", "DL"),
        (" tnmc 4711", "TN"),
        ("2015/03/0123", ""),
        ("NMC-77", ""),
        ("IN", ""),
        ("TS", "TG"),
        ("", ""),
    ],
)
def test_a_registration_number_tells_its_state(registration: str, state: str) -> None:
    assert ORDER.registration.state_of(registration) == state


def test_an_empty_room_offers_nobody() -> None:
    assert chosen() is None


@given(
    URGENCIES,
    st.integers(0, 3000),
    URGENCIES,
    st.integers(0, 3000),
    st.booleans(),
    st.sampled_from(["", "MH", "TN"]),
)
def test_nobody_starves_whoever_joins_late_enough_comes_after(
    urgency: str, minutes: int, later: str, after: int, hers: bool, state: str
) -> None:
    """For each patient there is a time after which nobody who joins is served before her."""
    starts, doctor = ORDER.head_start_minutes, FreeDoctor("dr", ("hi",), ("general",), state="MH")
    bound = starts["red"] - starts[urgency] + ORDER.same_doctor.head_start_minutes
    late_by = bound + ORDER.registration.head_start_minutes + 1 + after
    first = waiting(1, urgency, minutes)
    usual = "dr" if hers else "x"
    late = waiting(2, later, minutes - late_by, usual_doctor_id=usual, state=state)
    assert chosen(first, late, doctor=doctor) == 1


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"red": 10, "urgent": 45, "routine": 0}, "red has the longest"),
        ({"red": 1440, "urgent": 45, "routine": -1}, "red has the longest"),
        ({"red": 1440, "urgent": 45}, "each once"),
    ],
)
def test_head_starts_that_turn_the_order_round_are_refused(
    broken: dict[str, int], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        RoomRules.model_validate({**ORDER.model_dump(), "head_start_minutes": broken})


def test_the_wait_that_is_told_grows_with_those_ahead_and_shrinks_with_doctors() -> None:
    one = ORDER.estimated_wait(4, doctors_on_duty=1, doctors_free=0)
    assert ORDER.estimated_wait(8, doctors_on_duty=1, doctors_free=0) == 2 * one
    assert ORDER.estimated_wait(4, doctors_on_duty=2, doctors_free=0) == one / 2
    assert ORDER.estimated_wait(4, doctors_on_duty=0, doctors_free=0) == one


def test_a_free_doctor_takes_the_first_in_line_at_once() -> None:
    assert ORDER.estimated_wait(1, doctors_on_duty=1, doctors_free=1) == timedelta(0)
    assert ORDER.estimated_wait(2, doctors_on_duty=2, doctors_free=1) > timedelta(0)


def test_the_ladder_of_call_backs_grows_and_ends() -> None:
    rungs = len(ORDER.call_back.gaps_minutes)
    gaps = [ORDER.call_back.gap(n) for n in range(1, rungs + 2)]
    assert gaps[:-1] == [timedelta(minutes=n) for n in sorted(ORDER.call_back.gaps_minutes)]
    assert rungs >= 3
    assert gaps[-1] is None


@pytest.mark.parametrize(
    ("part", "figure", "wrong", "message"),
    [
        ("call_back", "gaps_minutes", [5, 1], "gaps_minutes grow"),
        ("holding", "redirect_seconds", 30, "less than lease_seconds"),
        ("doctor", "ring_seconds", 0, "greater than or equal to 10"),
        ("talk", "asked_after_minutes", 0, "greater than or equal to 1"),
    ],
)
def test_figures_that_would_lose_somebody_are_refused(
    part: str, figure: str, wrong: object, message: str
) -> None:
    told = ORDER.model_dump()
    with pytest.raises(ValidationError, match=message):
        RoomRules.model_validate({**told, part: {**told[part], figure: wrong}})
