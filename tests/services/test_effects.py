"""The gateway keeps the contract of the conversation."""

from __future__ import annotations

import inspect

from tests.services.desk import Desk
from tests.services.fakes import CONTRACT


def test_every_effect_is_performed_and_none_that_no_flow_may_ask_for(desk: Desk) -> None:
    assert set(desk.effects.handlers) == set(CONTRACT.effects)


def test_every_effect_takes_the_arguments_that_are_declared(desk: Desk) -> None:
    for name, handler in desk.effects.handlers.items():
        taken = set(inspect.signature(handler).parameters) - {"turning", "_turning"}
        assert taken == set(CONTRACT.effects[name].arguments), name
