"""A rush of spoken complaints: nobody's answer comes late, and nothing that was said is lost."""

from __future__ import annotations

from gateway.services.recordings import AFTER_THE_RUSH, ANSWER_WITHIN
from tests.services.desk import Desk
from tests.services.line import Line, tell_who

LATE_S = ANSWER_WITHIN.total_seconds() + 1


def complains(desk: Desk, sid: str, number: str) -> Line:
    """A man of 40 has said what hurts; the job for it is hinted and not yet run."""
    line = Line(desk, sid, number).dial()
    line.choose_language("hi")
    line.press("consent.agree")
    tell_who(line, who="household.self_male", age="40")
    line.wait()
    line.say()
    return line


def test_whoever_waits_longest_in_vain_lets_the_newest_go_first(desk: Desk) -> None:
    complains(desk, "CA1", "+919800000011")
    desk.clock.forward(LATE_S)
    fresh = complains(desk, "CA2", "+919800000012")
    desk.work_off()
    early, late = desk.recordings()
    assert early.outcome is None
    assert late.outcome == "understood"
    assert "मैंने सुना" in fresh.wait()


def test_the_doctor_has_the_audio_at_once_and_the_words_after_the_rush(desk: Desk) -> None:
    complains(desk, "CA1", "+919800000011")
    desk.clock.forward(LATE_S)
    complains(desk, "CA2", "+919800000012")
    desk.work_off()
    assert desk.recordings()[0].content_type == "audio/wav"
    desk.later(AFTER_THE_RUSH.total_seconds() + 1)
    assert [recording.outcome for recording in desk.recordings()] == ["understood"] * 2


def test_a_late_one_is_heard_at_once_when_nobody_else_waits(desk: Desk) -> None:
    complains(desk, "CA1", "+919800000011")
    desk.clock.forward(LATE_S)
    desk.work_off()
    assert desk.recordings()[0].outcome == "understood"


def test_giving_way_uses_up_no_try(desk: Desk) -> None:
    """As often as there is a rush: the tries are for a carrier that is not ready."""
    complains(desk, "CA0", "+919800000010")
    for turn in range(1, 9):
        desk.clock.forward(AFTER_THE_RUSH.total_seconds() + 1)
        complains(desk, f"CA{turn}", f"+91980000002{turn}")
        desk.sweep()
        desk.work_off()
    first = desk.recordings()[0]
    assert first.attempts == 0 or first.outcome == "understood"
    desk.later(AFTER_THE_RUSH.total_seconds() + 1)
    assert desk.recordings()[0].outcome == "understood"


def test_she_is_led_to_the_keys_within_the_time_that_is_promised(desk: Desk) -> None:
    line = complains(desk, "CA1", "+919800000011")
    for _ in range(3):
        assert "एक पल" in line.answer
        line.wait()
    assert line.at == "complaint/area"
