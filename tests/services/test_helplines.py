"""Danger: the ambulance is named, or joined, and the place is kept."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from gateway.db.crypto import Keyring
from gateway.domain.states import OfferStatus, Presence, TicketStatus
from tests.services.desk import Desk
from tests.services.line import DANGER, Line, register, to_the_token

DIALABLE = "+911140000112"


@pytest.fixture
def joining(engine: Engine, keyring: Keyring) -> Desk:
    """A service whose carrier can dial the ambulance."""
    return Desk(engine, keyring, dialable_helpline=DIALABLE)


def in_danger(desk: Desk) -> Line:
    line = Line(desk, "CA1").dial()
    register(line)
    line.press("tell.by_keys", "area.general", "symptom.fever", "duration.one", "severity.mild")
    line.press(DANGER)
    return line


def with_the_ambulance(desk: Desk) -> Line:
    line = in_danger(desk)
    assert DIALABLE in line.press("emergency.connect")
    return line


def test_without_a_number_that_the_carrier_reaches_the_ambulance_is_only_named(desk: Desk) -> None:
    line = in_danger(desk)
    assert line.at == "token/front"
    assert desk.tickets()[0].urgency == "red"
    assert not line.session["variables"]["can_connect"]


def test_her_place_is_kept_while_she_talks_with_the_ambulance(joining: Desk) -> None:
    with_the_ambulance(joining)
    joining.doctor()
    for _ in range(10):
        joining.later(60)
    [ticket] = joining.tickets()
    assert (ticket.status, ticket.presence) == (TicketStatus.WAITING, Presence.HELPLINE)
    assert not joining.offers()
    assert not joining.carrier.calls


def test_after_it_she_holds_again_at_the_front(joining: Desk) -> None:
    line = with_the_ambulance(joining)
    joining.clock.forward(300)
    line.post(dial_status="completed", dial_s=290, dial_bridged=True)
    while line.at.startswith("token/"):
        line.wait()
    assert joining.tickets()[0].presence is Presence.HOLDING
    assert {"calls:helpline_connect", "calls:helpline_talked"} <= set(joining.events())


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_an_ambulance_that_cannot_be_reached_leaves_her_in_her_place(
    joining: Desk, status: str
) -> None:
    line = with_the_ambulance(joining)
    line.post(dial_status=status)
    assert "calls:helpline_unanswered" in joining.events()
    assert joining.tickets()[0].status is TicketStatus.WAITING
    assert "<Hangup" not in line.answer


def test_whoever_hangs_up_on_the_ambulance_is_not_rung_at_once(joining: Desk) -> None:
    line = with_the_ambulance(joining)
    joining.doctor()
    line.ends()
    joining.later(60)
    assert not joining.carrier.calls
    joining.later(300)
    assert len(joining.carrier.calls) == 1


def test_an_ambulance_call_that_never_ends_is_a_dead_line_at_last(joining: Desk) -> None:
    with_the_ambulance(joining)
    joining.later(3700)
    assert joining.tickets()[0].presence is Presence.AWAY


def test_a_doctor_who_was_reserved_is_let_go_for_the_ambulance(joining: Desk) -> None:
    line = Line(joining, "CA1")
    to_the_token(line)
    line.wait()
    line.press("hold.call_me_back")
    line.ends()
    joining.doctor()
    joining.work_off()
    assert joining.offers()[0].status is OfferStatus.PENDING
    again = Line(joining, "CA2").dial()
    again.press("menu.emergency", "emergency.connect")
    assert joining.offers()[0].status is OfferStatus.CANCELLED
    assert joining.tickets()[0].presence is Presence.HELPLINE


def test_the_emergency_key_joins_before_a_language_is_known(joining: Desk) -> None:
    line = Line(joining, "CA1").dial()
    line.press("menu.emergency")
    assert DIALABLE in line.press("emergency.connect")
    assert "<Hangup" in line.post(dial_status="completed", dial_bridged=True)
    assert not joining.tickets()
