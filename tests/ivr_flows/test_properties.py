"""Whatever callers key, say or leave unsaid, and whatever the gateway answers."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr_flows.engine.contract import Contract, EffectSpec
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.run import begin
from ivr_flows.engine.session import (
    Arrived,
    BridgeEnded,
    Effect,
    EffectDone,
    Event,
    Json,
    Keys,
    Recorded,
    Session,
)
from ivr_flows.engine.steps import Bridge, Connect, Gather, Hangup, Record, Reject, Say
from tests.ivr_flows.telling import Told, take_turn

ENTRANCES = ["inbound", "callback", "offer", "missed"]
CODES = ["fever", "headache", "snakebite"]
ENDS = (Hangup, Connect, Reject)

members = st.lists(
    st.fixed_dictionaries(
        {
            "slot": st.integers(1, 12),
            "sex": st.sampled_from(["female", "male", "other"]),
            "age_years": st.integers(0, 110),
        }
    ),
    min_size=1,
    max_size=4,
)
FACTS: dict[str, st.SearchStrategy[Any]] = {
    "language": st.sampled_from(["hi", "en", "ta"]),
    "token": st.text("0123456789", min_size=1, max_size=4),
    "position": st.integers(1, 500),
    "wait_minutes": st.integers(0, 2000),
    "members": members,
    "age_years": st.integers(0, 110),
    "sex": st.sampled_from(["female", "male", "other"]),
    "heard": st.lists(st.sampled_from(CODES), max_size=3),
    "advice": st.lists(st.sampled_from(["advice.snakebite", "advice.unheard_of"]), max_size=3),
    "ambulance": st.sampled_from(["112", "108"]),
    "offer_id": st.just("offer-1"),
    "lines": st.lists(st.text(min_size=1, max_size=20), max_size=3),
    "code": st.text("ABC123", min_size=4, max_size=6),
    "symptoms": st.lists(st.sampled_from(CODES), max_size=5),
    "urgency": st.sampled_from(["red", "urgent", "routine"]),
}
keys = st.one_of(
    st.sampled_from(["", "", "0", "1", "1", "2", "3", "4", "5", "9"]),
    st.text("0123456789*#", max_size=3),
    st.text(max_size=40),
)
recordings = st.one_of(
    st.builds(Recorded, st.just("recording-1"), st.integers(1, 30)),
    st.just(Recorded(None, 0)),
)


def answer_with(data: st.DataObject, spec: EffectSpec) -> EffectDone:
    outcome = data.draw(st.sampled_from(spec.outcomes))
    facts: dict[str, Json] = {name: data.draw(FACTS[name]) for name in spec.facts}
    return EffectDone(outcome, facts)


def next_event(data: st.DataObject, told: Told) -> Event:
    assert told.turn is not None
    last = told.turn.steps[-1]
    if isinstance(last, Record):
        return data.draw(recordings)
    return BridgeEnded() if isinstance(last, Bridge) else Keys(data.draw(keys))


def assert_says_or_waits(told: Told) -> None:
    assert told.turn is not None
    steps = told.turn.steps
    last = steps[-1]
    assert isinstance(last, Gather | Record | Bridge | Hangup | Connect | Reject)
    said = any(isinstance(s, Say | Gather | Record) and s.utterances for s in steps)
    if isinstance(last, Hangup | Record):
        assert said, "nobody is hung up on, or recorded, without a word"
    if isinstance(last, Gather):
        assert said or last.sound or last.timeout_s <= 3, "silence of over three seconds"


@pytest.mark.parametrize("flow", ENTRANCES)
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_turn_says_something_or_waits_and_can_be_kept_as_json(
    flow: str, data: st.DataObject, book: FlowBook, contract: Contract
) -> None:
    session = begin(book, flow, language=data.draw(st.sampled_from(["hi", "en"])), variables={})
    event: Event = Arrived()
    chosen = False

    def gateway(effect: Effect) -> EffectDone:
        nonlocal chosen
        spec = contract.effects[effect.name]
        assert set(effect.arguments) == set(spec.arguments)
        if effect.name in {"prescription.recall", "waiting_room.join"}:
            assert chosen, "nothing clinical before it is known who this is about"
        done = answer_with(data, spec)
        if effect.name in {"household.choose", "household.add"}:
            chosen = done.outcome == "ok"
        return done

    for _ in range(data.draw(st.integers(1, 25))):
        told = take_turn(book, session, event, gateway=gateway)
        assert_says_or_waits(told)
        assert told.turn is not None
        kept = json.loads(json.dumps(asdict(told.turn.session)))
        session = Session(**{**kept, "trail": tuple(kept["trail"])})
        assert session == told.turn.session
        if isinstance(told.turn.steps[-1], ENDS):
            return
        event = next_event(data, told)


QUIET_WAY = {
    "caller.recall": ("new", {}),
    "household.list": ("none", {}),
    "helpline.recall": ("ok", {"ambulance": "112"}),
    "waiting_room.join": ("joined", {"token": "7", "position": 1, "wait_minutes": 1}),
    "waiting_room.look": ("offered", {"offer_id": "offer-1"}),
    "bridge.finish": ("talked", {}),
}


@pytest.mark.parametrize("language", ["hi", "en"])
def test_caller_who_never_presses_or_says_anything_still_reaches_a_doctor(
    language: str, book: FlowBook
) -> None:
    def gateway(effect: Effect) -> EffectDone:
        outcome, facts = QUIET_WAY.get(effect.name, ("ok", {}))
        assert isinstance(facts, dict)
        return EffectDone(outcome, facts)

    session = begin(book, "inbound", language=language, variables={})
    event: Event = Arrived()
    for _ in range(20):
        told = take_turn(book, session, event, gateway=gateway)
        assert told.turn is not None
        session, last = told.turn.session, told.turn.steps[-1]
        if isinstance(last, Bridge):
            return
        event = Recorded(None, 0) if isinstance(last, Record) else Keys("")
    pytest.fail("twenty turns of silence led nowhere")
