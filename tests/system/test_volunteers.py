"""Somebody lends her voice by telephone, over the running service."""

from __future__ import annotations

import pytest

from gateway.demo.consultation import Person, hung_up
from gateway.services.volunteering import WORDS_A_CALL, Spoken, spoken
from speech.audio import Pcm, prepare
from speech.synthesis import synthesise
from tests.system.desk import PATIENCE_S, VOLUNTEERS, Desk, eventually

pytestmark = pytest.mark.slow


def given(desk: Desk) -> list[Spoken]:
    with desk.parts.work.begin() as unit:
        return list(spoken(unit, language="hi"))


def test_a_volunteer_says_ten_words_and_takes_them_back(desk: Desk) -> None:
    somebody = desk.patient("+919800000191")
    said = [synthesise("बुखार", "hi")] * WORDS_A_CALL
    plan = {"language.own": "1", "volunteer.consent": "1"}
    volunteer = Person(somebody.phone, plan, somebody.gloss, words=said)
    volunteer.phone.dial(VOLUNTEERS)
    volunteer.until(hung_up, timeout_s=2 * PATIENCE_S)
    assert volunteer.said == WORDS_A_CALL
    eventually(lambda: len(given(desk)) == WORDS_A_CALL, "her words are fetched")
    kept = given(desk)
    assert len({one.word for one in kept}) == WORDS_A_CALL
    assert all(isinstance(prepare(one.audio, rate_hz=8000), Pcm) for one in kept)

    volunteer.plan = {**plan, "volunteer.consent": "3"}
    volunteer.phone.dial(VOLUNTEERS)
    volunteer.until(hung_up, timeout_s=PATIENCE_S)
    assert not given(desk)
