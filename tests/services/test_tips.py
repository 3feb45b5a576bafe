"""A health tip between two rounds of holding."""

from __future__ import annotations

from tests.services.data import flow_book, shipped_tips
from tests.services.desk import Desk
from tests.services.line import DANGER, Line, fever_by_keys, register, to_the_token


def rounds(line: Line, count: int) -> list[list[str]]:
    """The tips that the caller hears in so many rounds."""
    words = {
        tip.key: flow_book().catalogue("hi").templates[tip.key].text for tip in shipped_tips().tips
    }
    heard = []
    for _ in range(count):
        line.wait()
        heard.append([key for key, text in words.items() if text in line.answer])
    return heard


def test_one_tip_a_round_and_none_where_her_place_is_said(desk: Desk) -> None:
    desk.rota.go_off_duty(desk.doctor())
    line = Line(desk, "CA1")
    to_the_token(line)
    heard = rounds(line, 9)
    assert [len(tips) for tips in heard] == [0, 1, 1, 1, 0, 1, 1, 1, 0]
    said = [tips[0] for tips in heard if tips]
    assert len(set(said)) == 6, "all of them, each once, before one comes again"


def test_whoever_is_in_danger_hears_none(desk: Desk) -> None:
    line = Line(desk, "CA1")
    line.dial()
    register(line)
    fever_by_keys(line, danger=DANGER)
    while not line.at.startswith("waiting/"):
        line.wait()
    assert desk.tickets()[0].urgency == "red"
    assert rounds(line, 6) == [[]] * 6
