"""The rules of the ear, the versions, and what the engine does with what it did not expect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ivr_flows.engine.draft import CountKind
from ivr_flows.engine.errors import EndlessTurn, UnhandledOutcome, UnknownFlow
from ivr_flows.engine.flow import Flow, FlowBook
from ivr_flows.engine.run import Turn, advance, apology, begin, unknown_call
from ivr_flows.engine.session import Arrived, BridgeEnded, EffectDone, Event, Keys, Session
from ivr_flows.engine.steps import Gather, Hangup, Pause, Say

SAY = {"kind": "say", "say": ["goodbye.thanks"], "next": "end"}
ASK = {
    "kind": "menu",
    "say": ["area.ask"],
    "choices": {"1": {"say": "area.chest", "next": "second"}},
    "otherwise": "bye",
}
NODES: dict[str, Any] = {
    "first": ASK,
    "second": {
        "kind": "digits",
        "say": ["household.ask_age"],
        "store": "age_years",
        "max_digits": 2,
        "largest": 20,
        "next": "first",
        "otherwise": "bye",
    },
    "bye": SAY,
    "end": {"kind": "hangup"},
}


ENDING = {"bye": SAY, "end": {"kind": "hangup"}}


def small_book(
    book: FlowBook, nodes: Mapping[str, Any], *, start: str = "first", version: int = 1
) -> FlowBook:
    content = {"flow": "small", "version": version, "purpose": "A test.", "start": start}
    flow = Flow.model_validate({**content, "nodes": nodes})
    return FlowBook({**book.flows, ("small", version): flow}, book.catalogues)


def play(book: FlowBook, *events: Event) -> Turn:
    turn = advance(book, begin(book, "small", language="en", variables={}), Arrived())
    for event in events:
        turn = advance(book, turn.session, event)
    return turn


def prompts(turn: Turn) -> list[str]:
    return [u.prompt for s in turn.steps if isinstance(s, Say | Gather) for u in s.utterances]


def test_zero_says_the_question_again(book: FlowBook) -> None:
    small = small_book(book, NODES)
    turn = play(small, Keys("0"))
    assert prompts(turn) == ["area.ask", "area.chest", "key.1"]
    assert turn.session.tries == 0


def test_nine_goes_back_to_the_question_before(book: FlowBook) -> None:
    small = small_book(book, NODES)
    turn = play(small, Keys("1"), Keys("9"))
    assert turn.session.node == "first"
    assert turn.session.trail == ()


def test_nine_at_the_first_question_repeats_it(book: FlowBook) -> None:
    assert play(small_book(book, NODES), Keys("9")).session.node == "first"


def test_nine_goes_back_into_the_flow_before(book: FlowBook) -> None:
    first = {**ASK, "choices": {"1": {"say": "area.chest", "next": "on"}}}
    small = small_book(book, {"first": first, "on": {"kind": "enter", "flow": "other"}, **ENDING})
    other = Flow.model_validate(
        {**small.flow("small", 1).model_dump(by_alias=True), "flow": "other"}
    )
    both = FlowBook({**small.flows, ("other", 1): other}, book.catalogues)
    turn = play(both, Keys("1"))
    assert (turn.session.flow, turn.session.node) == ("other", "first")
    back = advance(both, turn.session, Keys("9")).session
    assert (back.flow, back.node) == ("small", "first")


def test_nine_does_not_go_back_past_what_cannot_be_undone(book: FlowBook) -> None:
    nodes = {
        **NODES,
        "first": {**ASK, "choices": {"1": {"say": "area.chest", "next": "save"}}},
        "save": {"kind": "do", "do": "offer.decline", "commits": True, "on": {"ok": "second"}},
    }
    turn = play(small_book(book, nodes), Keys("1"), EffectDone("ok"), Keys("9"))
    assert turn.session.node == "second"


@pytest.mark.parametrize(
    ("keys", "word", "count"),
    [
        ("", "ear.silence", CountKind.TIMEOUT),
        ("7", "ear.invalid", CountKind.INVALID),
        ("१", "ear.invalid", CountKind.INVALID),
        ("1" * 40, "ear.invalid", CountKind.INVALID),
        ("*", "ear.invalid", CountKind.INVALID),
    ],
)
def test_failed_try_is_met_with_a_gentle_word_and_the_question(
    keys: str, word: str, count: CountKind, book: FlowBook
) -> None:
    turn = play(small_book(book, NODES), Keys(keys))
    assert prompts(turn) == [word, "area.ask", "area.chest", "key.1"]
    assert [c.kind for c in turn.counts] == [count]


def test_third_failed_try_leads_to_safety(book: FlowBook) -> None:
    turn = play(small_book(book, NODES), Keys(""), Keys("8"), Keys(""))
    assert prompts(turn) == ["goodbye.thanks"]
    assert isinstance(turn.steps[-1], Hangup)


def test_an_answer_forgives_the_failed_tries_before_it(book: FlowBook) -> None:
    turn = play(small_book(book, NODES), Keys(""), Keys("8"), Keys("1"), Keys("99"))
    assert (turn.session.node, turn.session.tries) == ("second", 1)


@pytest.mark.parametrize("keys", ["21", "x1", "-1", "1*", "٣٤"])
def test_number_out_of_range_is_no_answer(keys: str, book: FlowBook) -> None:
    turn = play(small_book(book, NODES), Keys("1"), Keys(keys))
    assert (turn.session.node, turn.session.tries) == ("second", 1)


@pytest.mark.parametrize(("keys", "number"), [("05", 5), ("7", 7), ("09#", 9), ("00", 0)])
def test_number_is_kept(keys: str, number: int, book: FlowBook) -> None:
    turn = play(small_book(book, NODES), Keys("1"), Keys(keys))
    assert turn.session.variables["age_years"] == number


def test_event_of_another_kind_begins_the_node_again(book: FlowBook) -> None:
    turn = play(small_book(book, NODES), Keys("1"), BridgeEnded())
    assert turn.session.node == "second"
    assert prompts(turn) == ["household.ask_age"]


def test_words_before_a_question_can_be_interrupted_and_whole_words_cannot(
    book: FlowBook,
) -> None:
    spoken = {"kind": "say", "say": ["welcome.back"], "next": "first"}
    short = play(small_book(book, {**NODES, "hello": spoken}, start="hello"))
    assert [type(step) for step in short.steps] == [Gather]
    whole = play(small_book(book, {**NODES, "hello": {**spoken, "whole": True}}, start="hello"))
    assert [type(step) for step in whole.steps] == [Say, Pause, Gather]


def test_loop_without_a_caller_is_stopped_with_a_name(book: FlowBook) -> None:
    nodes = {"first": {**SAY, "next": "again"}, "again": {**SAY, "next": "first"}}
    with pytest.raises(EndlessTurn, match="small/"):
        play(small_book(book, nodes))


def test_outcome_that_nobody_declared_is_named(book: FlowBook) -> None:
    nodes = {**NODES, "ask": {"kind": "do", "do": "offer.decline", "on": {"ok": "end"}}}
    small = small_book(book, nodes, start="ask")
    with pytest.raises(UnhandledOutcome, match=r"small/ask: offer\.decline ended in vanished"):
        play(small, EffectDone("vanished"))


def test_session_finishes_on_the_version_it_began_with(book: FlowBook) -> None:
    old = small_book(book, NODES)
    begun = advance(old, begin(old, "small", language="en", variables={}), Arrived()).session
    new = small_book(old, {"only": SAY, "end": {"kind": "hangup"}}, start="only", version=2)
    assert advance(new, begun, Keys("1")).session.node == "second"
    assert begin(new, "small", language="en", variables={}).version == 2


def test_flow_that_is_not_there_is_named(book: FlowBook) -> None:
    with pytest.raises(UnknownFlow, match="nowhere"):
        begin(book, "nowhere", language="en", variables={})
    with pytest.raises(UnknownFlow, match="version 7"):
        advance(book, Session("inbound", 7, "recall", "en"), Arrived())


def test_language_that_is_not_shipped_gives_the_first(book: FlowBook) -> None:
    assert begin(book, "inbound", language="xx", variables={}).language == "hi"


def test_apology_is_spoken_in_her_language_and_ends_the_call(book: FlowBook) -> None:
    for language, spoken in (("en", "en"), ("hi", "hi"), ("xx", "hi")):
        say, end = apology(book, language)
        assert isinstance(say, Say)
        assert [u.language for u in say.utterances] == [spoken]
        assert isinstance(end, Hangup)


def test_unknown_call_hears_the_languages_that_are_named(book: FlowBook) -> None:
    say, end = unknown_call(book, ("hi", "en"))
    assert isinstance(say, Say)
    assert [u.language for u in say.utterances] == ["hi", "en"]
    assert isinstance(end, Hangup)


def test_advice_that_has_no_text_is_left_out_and_counted(book: FlowBook) -> None:
    nodes = {
        "first": {**SAY, "say": [{"prompts_in": "advice", "family": "advice"}]},
        "end": {"kind": "hangup"},
    }
    small = small_book(book, nodes)
    advice = ["advice.snakebite", "advice.unheard_of"]
    session = begin(small, "small", language="en", variables={"advice": list(advice)})
    turn = advance(small, session, Arrived())
    assert prompts(turn) == ["advice.snakebite"]
    assert CountKind.MISSING_TEXT in [count.kind for count in turn.counts]
