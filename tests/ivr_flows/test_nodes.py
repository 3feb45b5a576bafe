"""Nodes that offer lists and languages, that ring public numbers and that only listen."""

from __future__ import annotations

from typing import Any

import pytest

from ivr_flows.engine.catalogue import Catalogue, parse_template
from ivr_flows.engine.flow import Flow, FlowBook
from ivr_flows.engine.run import CountKind, Turn, advance, begin
from ivr_flows.engine.session import Arrived, BridgeEnded, Event, Json, Keys, Recorded
from ivr_flows.engine.steps import Dial, Gather, Record, Say, Utterance

CODES = ("hi", "en", "mr", "ta", "te")
ENDING: dict[str, Any] = {
    "next": {"kind": "say", "say": ["goodbye.thanks"], "next": "end"},
    "bye": {"kind": "say", "say": ["goodbye.thanks"], "next": "end"},
    "end": {"kind": "hangup"},
}
LANGUAGES: dict[str, Any] = {
    "kind": "languages",
    "say": ["greeting.name"],
    "items": "languages",
    "item": "language.own",
    "next": "next",
    "choices": {"5": {"say": "menu.emergency", "next": "bye"}},
    "otherwise": "bye",
}
MEMBERS: list[Json] = [
    {"slot": 1, "sex": "female", "age_years": 34, "name": "recording-1"},
    {"slot": 2, "sex": "male", "age_years": None, "name": ""},
]
PICK: dict[str, Any] = {
    "kind": "pick",
    "items": "members",
    "item": "household.member",
    "audio": "name",
    "store": {"slot": "slot"},
    "next": "next",
    "empty": "bye",
    "otherwise": "bye",
}


def polyglot(book: FlowBook) -> FlowBook:
    """A book of five languages: in three of them the texts are English, marked with the code."""
    catalogues = dict(book.catalogues)
    english = catalogues["en"]
    for code in CODES:
        templates = {
            key: parse_template(f"[{code}] {template.text}")
            for key, template in english.templates.items()
        }
        catalogues.setdefault(code, Catalogue(code, templates, english.numbers))
    return FlowBook(book.flows, {code: catalogues[code] for code in CODES})


def start(
    book: FlowBook, node: dict[str, Any], *, extra: dict[str, Any] | None = None, **variables: Json
) -> tuple[FlowBook, Turn]:
    content = {"flow": "small", "version": 1, "purpose": "A test.", "start": "first"}
    flow = Flow.model_validate({**content, "nodes": {"first": node, **(extra or {}), **ENDING}})
    small = FlowBook({("small", 1): flow}, book.catalogues)
    session = begin(small, "small", language="en", variables=variables)
    return small, advance(small, session, Arrived())


def press(book: FlowBook, turn: Turn, *events: Event) -> Turn:
    for event in events:
        turn = advance(book, turn.session, event)
    return turn


def uttered(turn: Turn) -> list[Utterance]:
    return [u for s in turn.steps if isinstance(s, Say | Gather | Record) for u in s.utterances]


def spoken(turn: Turn) -> list[tuple[str, str]]:
    return [(u.language, u.prompt) for u in uttered(turn)]


def test_each_language_is_offered_in_itself_with_its_own_key(book: FlowBook) -> None:
    _, turn = start(polyglot(book), LANGUAGES, languages=["mr", "hi", "en"])
    assert spoken(turn) == [
        ("mr", "greeting.name"),
        ("mr", "language.own"),
        ("mr", "key.1"),
        ("hi", "language.own"),
        ("hi", "key.2"),
        ("en", "language.own"),
        ("en", "key.3"),
        ("mr", "menu.emergency"),
        ("mr", "key.5"),
        ("hi", "menu.emergency"),
        ("hi", "key.5"),
    ]


def test_picked_language_is_spoken_from_there_on_and_kept(book: FlowBook) -> None:
    small, turn = start(polyglot(book), LANGUAGES, languages=["mr", "hi", "en"])
    turn = press(small, turn, Keys("1"))
    assert turn.session.language == "mr"
    assert turn.session.variables["picked"] == "mr"
    assert spoken(turn) == [("mr", "goodbye.thanks")]


def test_key_for_more_is_said_in_the_first_two_languages_of_the_page(book: FlowBook) -> None:
    small, turn = start(polyglot(book), LANGUAGES, languages=list(CODES))
    assert [u for u in spoken(turn) if u[1] in {"ear.more", "key.4"}] == [
        ("hi", "ear.more"),
        ("hi", "key.4"),
        ("en", "ear.more"),
        ("en", "key.4"),
    ]
    turn = press(small, turn, Keys("4"))
    assert spoken(turn)[:5] == [
        ("hi", "greeting.name"),
        ("ta", "language.own"),
        ("ta", "key.1"),
        ("te", "language.own"),
        ("te", "key.2"),
    ]
    assert [u for u in spoken(turn) if u[1] == "ear.more"] == [
        ("ta", "ear.more"),
        ("te", "ear.more"),
    ]
    assert press(small, turn, Keys("2")).session.language == "te"
    assert press(small, turn, Keys("3")).session.node == "first", "the page holds only two"


def test_language_that_is_not_shipped_is_not_offered(book: FlowBook) -> None:
    small, turn = start(polyglot(book), LANGUAGES, languages=["xx", "en", "yy"])
    assert [u for u in spoken(turn) if u[1] == "language.own"] == [("en", "language.own")]
    assert press(small, turn, Keys("1")).session.language == "en"


@pytest.mark.parametrize("languages", [[], ["xx"], "en", None])
def test_list_without_a_shipped_language_leads_on(book: FlowBook, languages: Json) -> None:
    _, turn = start(polyglot(book), LANGUAGES, languages=languages)
    assert spoken(turn) == [("en", "goodbye.thanks")]


def test_caller_who_picks_no_language_is_led_on_in_that_of_the_call(book: FlowBook) -> None:
    small, turn = start(polyglot(book), LANGUAGES, languages=["mr", "hi"])
    turn = press(small, turn, Keys(""), Keys("8"), Keys(""))
    assert (turn.session.language, turn.session.variables.get("picked")) == ("en", None)
    assert spoken(turn) == [("en", "goodbye.thanks")]


def test_spoken_name_is_played_before_what_is_said_of_its_owner(book: FlowBook) -> None:
    _, turn = start(book, PICK, members=MEMBERS)
    first, *rest = uttered(turn)
    assert first == Utterance("", "en", "", recording_id="recording-1")
    assert [u.prompt for u in rest] == ["household.member", "key.1", "household.member", "key.2"]
    assert not any(u.recording_id for u in rest)


@pytest.mark.parametrize("language", ["hi", "en"])
def test_age_that_nobody_told_is_said_to_be_unknown(book: FlowBook, language: str) -> None:
    catalogue = book.catalogue(language)
    said = catalogue.utter("household.member", {"sex": "male", "age_years": None}).text
    assert catalogue.templates["age.unknown"].text in said


def test_public_number_is_rung_and_the_flow_goes_on_after_it(book: FlowBook) -> None:
    dial = {"kind": "dial", "number": "number", "next": "next"}
    small, turn = start(book, dial, number="108")
    assert turn.steps == (Dial("108"),)
    assert press(small, turn, Keys("")).steps == (Dial("108"),), "a stray key rings it again"
    assert spoken(press(small, turn, BridgeEnded())) == [("en", "goodbye.thanks")]


def test_number_that_nothing_has_set_is_named(book: FlowBook) -> None:
    with pytest.raises(Exception, match="small/first: number is not known"):
        start(book, {"kind": "dial", "number": "number", "next": "next"})


def test_recording_without_words_is_only_the_tone(book: FlowBook) -> None:
    record = {"kind": "record", "store": "id", "next": "next", "otherwise": "bye"}
    small, turn = start(book, record)
    assert turn.steps == (Record((), max_s=30, silence_s=3),)
    assert press(small, turn, Recorded("r1", 4)).session.variables["id"] == "r1"


LIST: dict[str, Any] = {
    "kind": "pick",
    "set": {"list": "first"},
    "items": "codes",
    "item": "symptom.*",
    "store": {"code": "*"},
    "per_page": 2,
    "more": True,
    "next": "next",
    "empty": "bye",
    "silence": "word",
    "silence_if": "listens",
    "otherwise": "bye",
}
WORD: dict[str, Any] = {
    "kind": "record",
    "set": {"listens": False},
    "store": "id",
    "key_for": "list",
    "tries": 1,
    "next": "next",
    "otherwise": "first",
}


def at_the_list(book: FlowBook, *, listens: bool = True) -> tuple[FlowBook, Turn]:
    codes: list[Json] = ["fever", "cough", "headache", "vomiting"]
    return start(book, LIST, extra={"word": WORD}, codes=codes, listens=listens)


def test_silence_is_an_answer_only_while_its_variable_is_true(book: FlowBook) -> None:
    small, turn = at_the_list(book, listens=False)
    asked_again = press(small, turn, Keys(""))
    assert asked_again.session.node == "first"
    assert asked_again.session.tries == 1
    small, turn = at_the_list(book)
    assert press(small, turn, Keys("")).session.node == "word"


def test_a_list_whose_word_was_missed_gives_three_tries_by_key(book: FlowBook) -> None:
    small, turn = at_the_list(book)
    turn = press(small, turn, Keys(""), Recorded(None, 0))
    assert (turn.session.node, turn.session.tries) == ("first", 0)
    assert press(small, turn, Keys(""), Keys("")).session.node == "first"
    assert press(small, turn, Keys(""), Keys(""), Keys("")).session.node == "end"


@pytest.mark.parametrize("recording_id", [None, "r1"])
def test_a_key_that_ends_the_recording_answers_the_page_that_was_heard(
    book: FlowBook, recording_id: str | None
) -> None:
    small, turn = at_the_list(book)
    turn = press(small, turn, Keys("3"), Keys(""), Recorded(recording_id, 2, key="2"))
    assert turn.session.variables["code"] == "vomiting"
    assert "id" not in turn.session.variables
    assert turn.session.trail == ("small@1/first",)


def test_a_wrong_key_while_it_records_is_a_failed_try_of_the_list(book: FlowBook) -> None:
    small, turn = at_the_list(book)
    turn = press(small, turn, Keys(""), Recorded("r1", 2, key="8"))
    assert (turn.session.node, turn.session.tries) == ("first", 1)
    assert ("en", "ear.invalid") in spoken(turn)


MENU: dict[str, Any] = {
    "kind": "menu",
    "choices": {
        "1": {"say": "heard.right", "said": "yes", "set": {"sure": True}, "next": "next"},
        "2": {"say": "heard.say_again", "next": "bye"},
    },
    "silence": "word",
    "otherwise": "bye",
}
PRESSED: dict[str, Any] = {
    "kind": "press",
    "said": "answer",
    "key_for": "list",
    "otherwise": "bye",
}


@pytest.mark.parametrize(
    ("answer", "count"), [("yes", (("first", CountKind.ANSWERED),)), ("no", ()), ("", ())]
)
def test_what_was_said_presses_the_key_that_is_said_so(
    book: FlowBook, answer: str, count: tuple[tuple[str, CountKind], ...]
) -> None:
    extra = {"word": {**WORD, "next": "pressed"}, "pressed": PRESSED}
    small, turn = start(book, MENU, extra=extra, list="first", answer=answer)
    turn = press(small, turn, Keys(""), Recorded("r1", 2))
    assert turn.session.variables.get("sure", False) is (answer == "yes")
    counted = tuple((c.node, c.kind) for c in turn.counts if c.node == "first")
    assert counted == count
    # Where 9 leads back to: the question, once, and not the recording, if it was an answer.
    trail = ("small@1/first",) if answer == "yes" else ("small@1/first", "small@1/word")
    assert turn.session.trail == trail


@pytest.mark.parametrize("key", ["#", "*"])
def test_hash_and_star_only_end_the_recording(book: FlowBook, key: str) -> None:
    small, turn = at_the_list(book)
    turn = press(small, turn, Keys(""), Recorded("r1", 2, key=key))
    assert turn.session.variables["id"] == "r1"


def test_a_key_ends_a_recording_that_answers_no_list(book: FlowBook) -> None:
    record = {"kind": "record", "store": "id", "next": "next", "otherwise": "bye"}
    small, turn = start(book, record)
    assert press(small, turn, Recorded("r1", 4, key="1")).session.variables["id"] == "r1"


def test_menu_whose_silence_is_an_answer_leads_on_after_a_second(book: FlowBook) -> None:
    menu = {
        "kind": "menu",
        "say": ["area.ask"],
        "choices": {"2": {"say": "tell.by_keys", "next": "bye"}},
        "silence": "next",
        "timeout_s": 1,
        "otherwise": "bye",
    }
    small, turn = start(book, menu)
    last = turn.steps[-1]
    assert isinstance(last, Gather)
    assert last.timeout_s == 1
    led = press(small, turn, Keys(""))
    assert (led.session.node, led.session.trail) == ("end", ("small@1/first",))
