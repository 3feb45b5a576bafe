"""A health worker at the door: her number, her PIN, and what is told to whoever has neither."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from gateway.db.models import Caller, Turn
from gateway.services.doctor_phones import BadPhone
from gateway.services.throttle import WINDOW
from tests.services.desk import Desk
from tests.services.line import Line
from tests.services.spoke import (
    WORKER,
    WRONG,
    dialled,
    enrolled,
    key_signs,
    register_patient,
    to_the_token,
)

SHARED = "+919800000099"


def test_her_number_and_pin_let_her_present(desk: Desk) -> None:
    line = dialled(desk)
    assert line.at == "spoke/own_number", "nobody is enrolled yet"
    pin = enrolled(desk)
    line = dialled(desk, "CA2")
    assert line.at == "spoke/pin"
    line.key(WRONG)
    assert line.at == "spoke/pin"
    line.key(pin)
    assert line.at == "spoke/ask_consent"


def test_from_anothers_telephone_she_keys_her_own_number_and_the_call_is_hers(desk: Desk) -> None:
    pin = enrolled(desk)
    line = dialled(desk, number=SHARED)
    line.key(WORKER.removeprefix("+91"), pin)
    assert line.at == "spoke/ask_consent"
    [call] = desk.calls_made()
    assert desk.one(Caller, call.caller_id).phone_e164 == WORKER
    register_patient(_without_phone(line))
    key_signs(line)
    to_the_token(line)
    line.wait()
    line.press("hold.call_me_back")
    desk.doctor()
    desk.work_off()
    assert [phone for phone, _ in desk.carrier.calls] == [WORKER], "a shared phone is not rung"


def _without_phone(line: Line) -> Line:
    line.press("answer.if_yes", "answer.if_no")
    return line


@pytest.mark.parametrize("number", [SHARED, "anonymous"])
def test_nobody_learns_whose_number_is_known(desk: Desk, number: str) -> None:
    enrolled(desk)
    answers = []
    for keyed in (WORKER.removeprefix("+91"), "9800000055"):
        line = dialled(desk, f"CA{keyed}", number)
        line.key(keyed)
        for _ in range(6):
            line.key(WRONG)
        answers.append("<Hangup" in line.answer)
    assert answers == [True, True], "both are shut after as many"


def test_five_wrong_pins_shut_the_right_one_out_for_a_while(desk: Desk) -> None:
    pin = enrolled(desk)
    line = dialled(desk)
    line.key(*[WRONG] * 5)
    line.key(pin)
    assert "<Hangup" in line.answer
    desk.clock.forward(WINDOW.total_seconds() + 1)
    line = dialled(desk, "CA2")
    line.key(pin)
    assert line.at == "spoke/ask_consent"


def test_no_session_keeps_her_pin(desk: Desk) -> None:
    pin = enrolled(desk)
    dialled(desk).key(WRONG, pin)
    with Session(desk.engine) as db:
        kept = str([turn.session for turn in db.query(Turn)])
    assert pin not in kept
    assert WRONG not in kept


def test_a_new_enrolment_renews_what_is_known_and_a_number_that_nobody_has_gets_no_pin(
    desk: Desk,
) -> None:
    enrolled(desk)
    pin = enrolled(desk, language="en")
    line = dialled(desk)
    line.key(pin)
    assert line.session["language"] == "en"
    assert isinstance(desk.health_workers.make_pin("9800000055"), BadPhone)
