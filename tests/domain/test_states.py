"""The state machines: their tables hold together, and docs/states.md draws them as they are."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import pytest

from gateway.domain.states import (
    TRANSITIONS,
    ConsultationStatus,
    DoctorStatus,
    MessageStatus,
    TicketStatus,
    may_move,
)

PAGE = Path(__file__).parents[2] / "docs" / "states.md"


def diagram(kind: type[StrEnum]) -> str:
    """Return one machine as docs/states.md draws it; each begins in its first state."""
    lines = [f"  [*] --> {next(iter(kind))}"]
    for origin, targets in TRANSITIONS[kind].items():
        lines += [f"  {origin} --> {target}" for target in sorted(targets)]
        if not targets:
            lines.append(f"  {origin} --> [*]")
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_the_page_draws_the_table(kind: type[StrEnum]) -> None:
    assert diagram(kind) in PAGE.read_text(encoding="utf-8"), f"docs/states.md:\n{diagram(kind)}"


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_every_status_has_its_row_and_none_moves_to_itself(kind: type[StrEnum]) -> None:
    assert set(TRANSITIONS[kind]) == set(kind)
    for origin, targets in TRANSITIONS[kind].items():
        assert origin not in targets
        assert {type(target) for target in targets} <= {kind}


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_every_status_is_reached_from_the_first(kind: type[StrEnum]) -> None:
    reached, new = set[object](), {next(iter(kind))}
    while new:
        reached |= new
        new = {target for origin in new for target in TRANSITIONS[kind][origin]} - reached  # type: ignore[index,assignment]  # each kind has its own rows
    assert reached == set(kind)


def test_a_delivered_message_moves_nowhere() -> None:
    assert not any(may_move(MessageStatus.DELIVERED, status) for status in MessageStatus)


def test_a_consultation_that_was_none_is_none_for_good() -> None:
    ends = (ConsultationStatus.TALKED, ConsultationStatus.NOT_JOINED)
    again = [(end, to) for end in ends for to in ConsultationStatus if may_move(end, to)]
    assert again == [ends]


def test_statuses_of_two_kinds_that_share_a_word_have_rows_of_their_own() -> None:
    assert may_move(TicketStatus.ENGAGED, TicketStatus.DONE)
    assert may_move(DoctorStatus.ENGAGED, DoctorStatus.WRAP_UP)
