"""The order of the waiting room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.states import (
    TRANSITIONS,
    DoctorStatus,
    MessageStatus,
    TicketStatus,
    may_move,
)
from gateway.domain.waiting_room import (
    CALL_BACK_GAPS,
    MAX_WAIT,
    FreeDoctor,
    Waiting,
    call_back_gap,
    estimated_wait,
    next_ticket,
)

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DOCTOR = FreeDoctor("dr", ("hi", "en"))


def waiting(
    ticket_id: int, urgency: str, minutes: float, *, language: str = "hi", refused: str = ""
) -> Waiting:
    joined = NOW - timedelta(minutes=minutes)
    return Waiting(ticket_id, urgency, language, joined, {refused} if refused else set())


def chosen(*tickets: Waiting) -> int | None:
    ticket = next_ticket(tickets, doctor=DOCTOR, now=NOW)
    return ticket.ticket_id if ticket else None


def test_red_comes_before_everyone_even_before_the_overdue() -> None:
    assert chosen(waiting(1, "routine", 300), waiting(2, "red", 0)) == 2


def test_overdue_comes_before_urgent_so_that_nobody_starves() -> None:
    late = MAX_WAIT.total_seconds() / 60
    assert chosen(waiting(1, "routine", late), waiting(2, "urgent", 10)) == 1
    assert chosen(waiting(1, "routine", late - 1), waiting(2, "urgent", 10)) == 2


def test_among_equals_the_first_to_ask_is_first() -> None:
    assert chosen(waiting(1, "routine", 5), waiting(2, "routine", 9)) == 2


def test_a_language_that_the_doctor_lacks_waits_for_another_doctor() -> None:
    assert chosen(waiting(1, "red", 5, language="ta")) is None


def test_a_doctor_who_let_a_patient_go_is_spared_her() -> None:
    assert chosen(waiting(1, "red", 5, refused="dr"), waiting(2, "routine", 1)) == 2
    assert chosen(waiting(1, "red", 5, refused="another")) == 1


def test_an_empty_room_offers_nobody() -> None:
    assert chosen() is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["red", "urgent", "routine"]), st.floats(0, 600, allow_nan=False)
        ),
        min_size=1,
        max_size=30,
    )
)
def test_whoever_is_chosen_nobody_redder_and_nobody_overdue_longer_is_left(
    room: list[tuple[str, float]],
) -> None:
    tickets = [waiting(i, urgency, minutes) for i, (urgency, minutes) in enumerate(room)]
    first = next_ticket(tickets, doctor=DOCTOR, now=NOW)
    assert first is not None
    if any(t.urgency == "red" for t in tickets):
        assert first.urgency == "red"
        return
    overdue = [t for t in tickets if NOW - t.joined_at >= MAX_WAIT]
    if overdue:
        assert first.joined_at == min(t.joined_at for t in overdue)


def test_the_wait_that_is_told_grows_with_those_ahead_and_shrinks_with_doctors() -> None:
    one = estimated_wait(4, doctors_on_duty=1, doctors_free=0)
    assert estimated_wait(8, doctors_on_duty=1, doctors_free=0) == 2 * one
    assert estimated_wait(4, doctors_on_duty=2, doctors_free=0) == one / 2
    assert estimated_wait(4, doctors_on_duty=0, doctors_free=0) == one


def test_a_free_doctor_takes_the_first_in_line_at_once() -> None:
    assert estimated_wait(1, doctors_on_duty=1, doctors_free=1) == timedelta(0)
    assert estimated_wait(2, doctors_on_duty=2, doctors_free=1) > timedelta(0)


def test_the_ladder_of_call_backs_grows_and_ends() -> None:
    gaps = [call_back_gap(n) for n in range(1, len(CALL_BACK_GAPS) + 2)]
    assert gaps[:-1] == sorted(CALL_BACK_GAPS)
    assert len(CALL_BACK_GAPS) >= 3
    assert gaps[-1] is None


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_every_status_has_its_row_and_none_moves_to_itself(kind: type[StrEnum]) -> None:
    assert set(TRANSITIONS[kind]) == set(kind)
    for origin, targets in TRANSITIONS[kind].items():
        assert origin not in targets
        assert {type(target) for target in targets} <= {kind}


def test_a_delivered_message_moves_nowhere() -> None:
    assert not any(may_move(MessageStatus.DELIVERED, status) for status in MessageStatus)


def test_statuses_of_two_kinds_that_share_a_word_have_rows_of_their_own() -> None:
    assert may_move(TicketStatus.ENGAGED, TicketStatus.DONE)
    assert may_move(DoctorStatus.ENGAGED, DoctorStatus.WRAP_UP)
