"""Logs are lines of JSON, and nothing that looks like a telephone number stands in them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.domain.errors import GatewayError
from gateway.logging import configure, mask_numbers

log = logging.getLogger("doorvani.test")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    configure(stream=written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_names_its_event_and_its_ids(stream: io.StringIO) -> None:
    log.info("call_began", extra={"call_id": "a" * 32, "ticket_id": 17, "again": False})
    (line,) = lines(stream)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "doorvani.test",
        "event": "call_began",
        "call_id": "a" * 32,
        "ticket_id": 17,
        "again": False,
    }


@pytest.mark.parametrize(
    "number",
    [
        "+919800000001",
        "919800000001",
        "9800000001",
        "09800000001",
        "00919800000001",
        "+91 98000 00001",
        "98000-00001",
        "(080) 2345 6789",
        "९८०००००००१",
        "tel:+919800000001",
        "tel:9800000001",
        "/calls/9800000001",
        "to=9800000001:",
        "sip:+919800000001@door.example",
    ],
)
def test_a_number_is_masked_wherever_it_stands(stream: io.StringIO, number: str) -> None:
    log.info("rang %s now", number)
    log.info("rang", extra={"to": number, "all": [number, {"deep": (number,)}]})
    written = stream.getvalue()
    assert number not in written
    for line in lines(stream):
        shown = json.dumps({**line, "at": ""}, ensure_ascii=False)
        assert sum(character.isdigit() for character in shown) <= 8


def test_a_number_kept_as_an_integer_is_masked(stream: io.StringIO) -> None:
    log.info("rang", extra={"to": 919800000001})
    assert lines(stream)[0]["to"] == "**********01"


@pytest.mark.parametrize(
    "harmless",
    [
        "0f8fad5bd9cb469fa16570867728950e",
        "12345678901234567890123456789012",
        "CA12345678901234567890123456789012",
        "2026-11-02 10:30:00",
        "2026-11-02T10:30:00.123456+00:00",
        "127.0.0.1:8000",
        "took 1234567 ms",
        "7 of 10 in 3.5 s",
    ],
)
def test_ids_and_times_are_let_through(harmless: str) -> None:
    assert mask_numbers(harmless) == harmless


def test_an_error_is_told_by_type_and_place_not_by_its_words(stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError("बुखार")
        except KeyError as cause:
            raise ValueError("patient said सिर दर्द") from cause
    except ValueError:
        log.exception("turn_failed")
    (line,) = lines(stream)
    assert [told["type"] for told in line["error"]] == ["ValueError", "KeyError"]
    assert "test_logging.py" in line["error"][0]["at"][0]
    assert "बुखार" not in stream.getvalue()
    assert "दर्द" not in stream.getvalue()


def test_our_own_errors_keep_their_message(stream: io.StringIO) -> None:
    try:
        raise GatewayError("formulary.yaml: line 3; ask +919800000001")
    except GatewayError:
        log.exception("failed")
    (told,) = lines(stream)[0]["error"]
    assert told["message"] == "formulary.yaml: line 3; ask **********01"


def test_a_value_that_json_does_not_know_is_still_written(stream: io.StringIO) -> None:
    log.info("odd", extra={"value": object(), "pair": {1, 2}})
    assert lines(stream)[0]["event"] == "odd"


def test_configuring_twice_writes_once(stream: io.StringIO) -> None:
    configure(stream=stream)
    log.info("once")
    assert len(lines(stream)) == 1
