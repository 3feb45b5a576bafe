"""Several numbers of ours, each with the languages and the ambulance of its area."""

from __future__ import annotations

import pytest

from gateway.db.models import Caller
from gateway.services.calls import UnknownCall
from gateway.services.turning import Leg
from tests.services.data import MISSED_CALL, OTHER_MISSED_CALL, OTHER_TOLL_FREE, PATIENT, TOLL_FREE
from tests.services.desk import Desk
from tests.services.line import Line, register


@pytest.mark.parametrize(
    ("to", "first"),
    [
        (TOLL_FREE, ["hi", "en"]),
        (OTHER_TOLL_FREE, ["en", "hi"]),
        (OTHER_TOLL_FREE.removeprefix("+"), ["en", "hi"]),
    ],
)
def test_a_new_caller_hears_the_languages_of_the_dialled_number_first(
    desk: Desk, to: str, first: list[str]
) -> None:
    line = Line(desk, "CA1", to=to).dial()
    assert line.session["variables"]["languages"] == first
    assert line.session["language"] == first[0]


@pytest.mark.parametrize(("to", "language"), [(MISSED_CALL, "hi"), (OTHER_MISSED_CALL, "en")])
def test_a_missed_call_to_any_of_our_numbers_is_returned_in_its_first_language(
    desk: Desk, to: str, language: str
) -> None:
    line = Line(desk, "CAm", to=to).dial()
    assert "<Reject" in line.answer
    line.ends("busy")
    desk.later(5)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]
    assert desk.answered().session["language"] == language


def test_a_missed_call_that_is_returned_in_vain_is_tried_three_times_with_growing_gaps(
    desk: Desk,
) -> None:
    Line(desk, "CAm", to=OTHER_MISSED_CALL).dial().ends("busy")
    desk.later(5)
    gaps = []
    for _ in range(3):
        desk.unanswered()
        calls, waited = len(desk.carrier.calls), 0
        while len(desk.carrier.calls) == calls and waited < 3600:
            desk.later(10)
            waited += 10
        gaps.append(waited)
    assert len(desk.carrier.calls) == 4
    assert gaps == sorted(gaps)
    assert desk.answered().session["language"] == "en"
    desk.unanswered()
    desk.later(7200)
    assert len(desk.carrier.calls) == 4


def test_her_own_language_stands_before_that_of_the_number(desk: Desk) -> None:
    first = Line(desk, "CA1", to=OTHER_TOLL_FREE).dial()
    register(first)
    first.ends()
    again = Line(desk, "CA2", to=OTHER_TOLL_FREE).dial()
    assert again.session["language"] == "hi"


def test_a_new_caller_hears_of_the_ambulance_in_two_languages_and_a_known_one_in_hers(
    desk: Desk,
) -> None:
    new = Line(desk, "CA1").dial()
    both = new.press("menu.emergency")
    assert 'language="hi"' in both
    assert 'language="en"' in both
    known = Line(desk, "CA2", "+919800000009").dial()
    register(known)
    known.ends()
    known = Line(desk, "CA3", "+919800000009").dial()
    assert 'language="en"' not in known.press("menu.emergency")


def test_a_withheld_number_keeps_its_language_as_long_as_the_call(desk: Desk) -> None:
    line = Line(desk, "CA1", "anonymous").dial()
    line.choose_language("en")
    line.press("consent.agree")
    assert line.session["language"] == "en"
    assert not desk.all(Caller)


def test_the_ambulance_is_that_of_the_area(desk: Desk) -> None:
    line = Line(desk, "CA1", to=OTHER_TOLL_FREE).dial()
    line.press("menu.emergency")
    assert line.session["variables"]["ambulance"] == "108"


def test_of_an_unknown_call_only_the_first_two_languages_are_known(desk: Desk) -> None:
    leg = Leg("CAx", from_number=PATIENT, to_number=OTHER_TOLL_FREE)
    assert isinstance(desk.calls.resume("twilio", "0" * 32, 1, leg), UnknownCall)
    assert list(desk.calls.first_languages(leg)) == ["en", "hi"]
    placed_by_us = Leg("CAx", from_number=OTHER_TOLL_FREE, to_number=PATIENT)
    assert list(desk.calls.first_languages(placed_by_us)) == ["en", "hi"]
