"""Failures of ours: an apology in her language, a call-back, and no loop of them."""

from __future__ import annotations

import pytest

from gateway.db.models import Caller
from gateway.services.turning import Leg
from tests.services.data import OTHER_TOLL_FREE, PATIENT, TOLL_FREE
from tests.services.desk import Desk
from tests.services.line import Line, register

# Places in every journey at which we may fail her: the keys that lead there.
JOURNEYS = {
    "language": (),
    "emergency": ("menu.emergency",),
    "services": ("menu.services",),
    "prescription": ("menu.services", "menu.prescription"),
    "privacy": ("menu.services", "menu.privacy"),
    "visit": ("household.new",),
}


def known(desk: Desk) -> None:
    line = Line(desk, "CA0").dial()
    register(line)
    line.ends()


@pytest.mark.parametrize("journey", sorted(JOURNEYS))
def test_whatever_she_was_doing_she_is_called_back_in_a_minute(desk: Desk, journey: str) -> None:
    known(desk)
    line = Line(desk, "CA1").dial()
    line.press(*JOURNEYS[journey])
    assert desk.calls.apologise("twilio", line.leg()) == "hi"
    line.ends()
    desk.later(61)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]


def test_a_first_call_that_fails_at_once_is_apologised_for_in_the_numbers_language(
    desk: Desk,
) -> None:
    leg = Leg("CA1", from_number=PATIENT, to_number=OTHER_TOLL_FREE)
    assert desk.calls.apologise("twilio", leg) == "en"
    desk.later(61)
    assert desk.answered().session["language"] == "en"


def test_a_failure_that_meets_every_call_rings_her_four_times_and_no_more(desk: Desk) -> None:
    known(desk)
    line = Line(desk, "CA1").dial()
    desk.calls.apologise("twilio", line.leg())
    line.ends()
    for minute in range(120):
        calls = len(desk.carrier.calls)
        desk.later(60)
        if len(desk.carrier.calls) > calls:
            back = desk.answered(f"CAb{minute}")
            desk.calls.apologise("twilio", back.leg())
            back.ends()
    assert len(desk.carrier.calls) == 4


def test_a_call_that_fails_before_it_began_is_tried_by_its_ladder_and_calls_no_number_of_ours(
    desk: Desk,
) -> None:
    known(desk)
    line = Line(desk, "CA1").dial()
    desk.calls.apologise("twilio", line.leg())
    line.ends()
    desk.later(61)
    # The whole of the answered call was rolled back; the carrier still says "from" for our side.
    leg = Leg("CAout1", from_number=TOLL_FREE, to_number=PATIENT)
    assert desk.calls.apologise("twilio", leg) == "hi"
    desk.unanswered("completed")
    assert len(desk.all(Caller)) == 1
    desk.later(61)
    assert {phone for phone, _ in desk.carrier.calls} == {PATIENT}
    assert len(desk.carrier.calls) == 2
