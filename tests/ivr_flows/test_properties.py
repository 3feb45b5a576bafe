"""Whatever callers key or say, whatever the gateway answers, and in whichever language."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from itertools import chain
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr_flows.definitions import load_contract, load_definitions
from ivr_flows.engine.contract import Contract
from ivr_flows.engine.draft import LANGUAGE, LONGEST_TRAIL, CountKind
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.nodes import AnyNode, DigitsNode, EachNode, KeysNode, LanguagesNode
from ivr_flows.engine.nodes.paged import PagedQuestion
from ivr_flows.engine.run import Turn, advance, begin
from ivr_flows.engine.session import (
    Arrived,
    BridgeEnded,
    EffectDone,
    Event,
    Json,
    Keys,
    Recorded,
    Session,
)
from ivr_flows.engine.steps import (
    Bridge,
    Confer,
    Connect,
    Dial,
    Gather,
    Hangup,
    Next,
    Record,
    Reject,
    Say,
    Step,
    Utterance,
)
from ivr_flows.loading import load_flow_book
from tests.ivr_flows.chance import Chance, codes_in

CONTRACT = load_contract()
# Where a call begins, and every other flow that needs nothing from the one before.
STARTS = sorted({d.flow.flow for d in load_definitions() if not d.flow.takes})
ENDINGS = (Gather, Record, Bridge, Confer, Dial, Next, Hangup, Connect, Reject)
LAST = (Hangup, Connect, Reject)
LONGEST_SILENCE_S = 3
MOST_TURNS = 40
UNREASONABLE = 0.1


@cache
def flow_book() -> FlowBook:
    """The shipped book; no fixture, since Hypothesis would print all of it beside a failure."""
    return load_flow_book()


@pytest.mark.parametrize("start", STARTS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), random=st.randoms(use_true_random=True))
def test_every_turn_is_heard_in_her_language_about_the_chosen_person_and_ends_once(
    start: str, data: st.DataObject, random: Random
) -> None:
    book = flow_book()
    # Evenly by chance: what is drawn to be shrunk stays near the first key of every menu.
    gateway = Chance(book, CONTRACT, random)
    language = data.draw(st.sampled_from(book.languages))
    session = begin(book, start, language=language, variables={})
    event: Event = Arrived()
    for _ in range(MOST_TURNS):
        turn = take_whole_turn(book, session, event, gateway)
        assert_is_heard_and_ends_once(turn.steps)
        assert len(turn.session.trail) <= LONGEST_TRAIL
        session = kept_and_read(turn.session)
        if isinstance(turn.steps[-1], LAST):
            return
        event = next_event(data, random, book, turn, gateway)


def take_whole_turn(book: FlowBook, session: Session, event: Event, gateway: Chance) -> Turn:
    """Run a turn; the words of each part of it are held against language and person."""
    heard = 0
    steps: tuple[Step, ...] = ()
    while True:
        turn = advance(book, session, event, pending=steps)
        said = utterances(turn.steps)
        gateway.assert_said_of_the_chosen(said[heard:])
        assert_in_a_language_of_the_place(said[heard:], book, session, event, turn)
        if turn.effect is None:
            return turn
        heard, steps, session = len(said), turn.steps, turn.session
        event = gateway.perform(turn.effect)


def utterances(steps: tuple[Step, ...]) -> list[Utterance]:
    return [u for step in steps if isinstance(step, Say | Gather | Record) for u in step.utterances]


def assert_in_a_language_of_the_place(
    said: list[Utterance], book: FlowBook, before: Session, event: Event, turn: Turn
) -> None:
    """The session's language, or one that a line, a list of languages or a loop over them names."""
    places = [(before.flow, before.version, before.node)]
    places += [
        (count.flow, book.newest(count.flow).version, count.node)
        for count in turn.counts
        if count.kind is CountKind.ENTERED
    ]
    nodes = [book.flow(flow, version).node(node) for flow, version, node in places]
    facts = dict(event.facts) if isinstance(event, EffectDone) else {}
    allowed = {before.language, turn.session.language, facts.get(LANGUAGE)}
    for node in nodes:
        allowed |= set(chain.from_iterable(line.languages for line in node.lines()))
        for values in (before.variables, turn.session.variables, facts):
            allowed |= languages_listed(node, values, book)
    for utterance in said:
        assert utterance.language in allowed, (
            f"{utterance.prompt} in {utterance.language}: {places}"
        )


def languages_listed(node: AnyNode, values: object, book: FlowBook) -> set[str]:
    if isinstance(node, EachNode) and node.item != LANGUAGE:
        return set()
    if isinstance(node, EachNode | LanguagesNode) and isinstance(values, dict):
        return codes_in(values.get(node.items), book)
    return set()


def assert_is_heard_and_ends_once(steps: tuple[Step, ...]) -> None:
    ends = [isinstance(step, ENDINGS) for step in steps]
    assert ends, "a turn without a step is silence"
    assert ends[-1], "a turn that hands the word to nobody"
    assert sum(ends) == 1
    last = steps[-1]
    said = bool(utterances(steps))
    if isinstance(last, Hangup):
        assert said, "nobody is hung up on without a word"
    if isinstance(last, Gather):
        short = last.timeout_s <= LONGEST_SILENCE_S
        assert said or last.sound or short, f"silence of {last.timeout_s} seconds"


def kept_and_read(session: Session) -> Session:
    """The session as the database gives it back."""
    kept = json.loads(json.dumps(asdict(session)))
    read = Session(**{**kept, "trail": tuple(kept["trail"])})
    assert read == session
    return read


def next_event(
    data: st.DataObject, random: Random, book: FlowBook, turn: Turn, gateway: Chance
) -> Event:
    last = turn.steps[-1]
    if isinstance(last, Record):
        return gateway.record()
    if isinstance(last, Bridge | Confer | Dial):
        return BridgeEnded()
    place = turn.session
    node = book.flow(place.flow, place.version).node(place.node)
    if random.random() < UNREASONABLE:
        return Keys(data.draw(st.one_of(st.text("0123456789*#", max_size=3), st.text(max_size=20))))
    return Keys(random.choice(keys_of(node)))


def keys_of(node: AnyNode) -> list[str]:
    """What a caller may well key here; answers are likelier, so that walks go far."""
    answers = sorted(getattr(node, "choices", {}))
    if isinstance(node, PagedQuestion):
        answers += ["1", "1", "2", str(node.per_page + 1)]
    if isinstance(node, DigitsNode):
        answers += ["00", "05", "34", str(node.largest)]
    if isinstance(node, KeysNode):
        answers += ["1*0*1", "05", "1**1", "*"]
    return ["", "0", "9", "7", *answers * 3]


# Silence all the way; what is not here ends in "ok", or in the first outcome of the contract.
QUIET_WAY = {
    "caller.recall": "new",
    "household.list": "none",
    "waiting_room.look": "offered",
    "bridge.finish": "talked",
}
QUIET_FACTS: dict[str, Json] = {
    "languages": ["hi", "en"],
    "heard": [],
    "ambulance": "112",
    "can_connect": False,
    "token": "7",
    "position": 1,
    "wait_minutes": 1,
    "attended": True,
    "callable": True,
    "offer_id": "offer-1",
}


@pytest.mark.parametrize("language", ["hi", "en"])
def test_caller_who_never_presses_or_says_anything_still_reaches_a_doctor(
    language: str, book: FlowBook, contract: Contract
) -> None:
    session = begin(book, "inbound", language=language, variables={})
    event: Event = Arrived()
    steps: tuple[Step, ...] = ()
    for _ in range(80):
        turn = advance(book, session, event, pending=steps)
        session, steps = turn.session, ()
        if turn.effect is not None:
            spec = contract.effects[turn.effect.name]
            outcome = QUIET_WAY.get(turn.effect.name, spec.outcomes[0])
            facts = {name: QUIET_FACTS.get(name) for name in spec.facts if name != LANGUAGE}
            event, steps = EffectDone(outcome, facts), turn.steps
            continue
        last = turn.steps[-1]
        if isinstance(last, Bridge):
            return
        assert not isinstance(last, LAST), f"let go at {session.flow}/{session.node}"
        event = Keys("") if isinstance(last, Gather) else BridgeEnded()
        if isinstance(last, Record):
            event = Recorded(None, 0)
    pytest.fail("so much silence led nowhere")
