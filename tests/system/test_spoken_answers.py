"""A caller who keys nothing where she may speak, over the running service."""

from __future__ import annotations

import pytest

from gateway.demo.consultation import FIRST_CALL, Person
from speech.synthesis import synthesise
from tests.system.desk import PATIENCE_S, Desk, heard

pytestmark = pytest.mark.slow

# What she would key where she speaks instead.
_SPOKEN = frozenset({"heard.ask", "area.ask"})


def caller(desk: Desk, number: str, *said: str, **keys: str) -> Person:
    phone = desk.patient(number)
    plan = {prompt: key for prompt, key in FIRST_CALL.items() if prompt not in _SPOKEN} | keys
    return Person(phone.phone, plan, phone.gloss, words=[synthesise(one, "hi") for one in said])


def test_a_part_of_the_body_and_a_yes_are_said(desk: Desk) -> None:
    """Asked for her name, where it hurts, and whether she was heard right, she speaks."""
    speaker = caller(desk, "+919800000195", "सुनीता", "खुजली", "जी हाँ")
    speaker.phone.dial(desk.settings.toll_free_number)
    speaker.until(heard("token.spoken"), timeout_s=2 * PATIENCE_S)
    assert "heard.say_yes_or_no" in speaker.prompts
    symptoms = desk.ticket_of(speaker).complaint["symptoms"]
    assert symptoms == [{"code": "itching", "source": "voice"}]
    speaker.phone.hang_up()

    keyed = caller(desk, "+919800000196", "सुनीता", "पेट में", **{"tell.after_tone": "2"})
    keyed.phone.dial(desk.settings.toll_free_number)
    keyed.until(heard("token.spoken"), timeout_s=2 * PATIENCE_S)
    symptoms = desk.ticket_of(keyed).complaint["symptoms"]
    assert symptoms == [{"code": "abdominal_pain", "source": "keypad"}]
    keyed.phone.hang_up()
