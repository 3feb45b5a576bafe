"""Conversations written down word by word; each file can be read, and mended, without code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.run import begin
from tests.ivr_flows.journeys import GOLDEN, WRITTEN_IN, Journey, load_journeys
from tests.ivr_flows.telling import answers_of, event_of, take_turn


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_conversation_goes_as_written(path: Path, book: FlowBook) -> None:
    told: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    session = begin(book, told["flow"], language=told["language"], variables={})
    for number, written in enumerate(told["turns"], start=1):
        answers = written.get("gateway", [])
        heard = take_turn(book, session, event_of(written["caller"]), gateway=answers_of(answers))
        assert heard.turn is not None
        where = f"{path.name}, turn {number}"
        assert heard.hears == written.get("hears", []), where
        assert heard.then == written["then"], where
        assert len(heard.asked) == len(answers), where
        session = heard.turn.session


@pytest.mark.parametrize("journey", load_journeys(), ids=lambda journey: journey.name)
def test_every_journey_is_written_down_in_three_languages(journey: Journey) -> None:
    missing = [
        language
        for language in WRITTEN_IN
        if not (GOLDEN / f"{journey.name}_{language}.yaml").is_file()
    ]
    assert not missing


def test_nothing_is_written_down_that_is_no_journey() -> None:
    known = {f"{journey.name}_{language}" for journey in load_journeys() for language in WRITTEN_IN}
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == known
