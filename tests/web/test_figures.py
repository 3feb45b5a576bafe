"""How the nodes of the flows fare, as a scraper reads it: over calls, processes and sweeps."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from gateway.container import Container
from gateway.db.models import Tally
from gateway.services import tallies
from tests.services.fakes import Queue
from tests.web.conftest import SignedCarrier
from tests.web.test_voice import INCOMING, press

STATUS = "/voice/twilio/status"
LANGUAGE = "inbound/choose_language"
CONSENT = "inbound/consent"


def figures(client: FlaskClient) -> dict[tuple[str, str], float]:
    """Every figure of a node by `flow/node` and kind; the seconds under `seconds`."""
    found: dict[tuple[str, str], float] = {}
    for line in client.get("/metrics").text.splitlines():
        sample = re.match(r"doorvani_node_(events|seconds)_total\{(.+)\} (\S+)", line)
        if sample:
            labels = dict(re.findall(r'(\w+)="([^"]*)"', sample[2]))
            kind = labels.get("kind", "seconds")
            found[f"{labels['flow']}/{labels['node']}", kind] = float(sample[3])
    return found


def hang_up(carrier: SignedCarrier) -> None:
    assert carrier.post(STATUS, {"CallStatus": "completed"}).status_code in {200, 204}


def test_each_try_at_a_node_is_counted_once_the_call_is_over(
    carrier: SignedCarrier, client: FlaskClient
) -> None:
    press(carrier, carrier.post(INCOMING).text, "0", "", "7", "1")
    assert figures(client) == {}, "nothing of a call that still goes on"
    hang_up(carrier)
    found = figures(client)
    kinds = ("entered", "repeated", "timeout", "invalid", "answered")
    assert [found[LANGUAGE, kind] for kind in kinds] == [1, 1, 1, 1, 1]
    assert found[CONSENT, "entered"] == 1
    assert found[LANGUAGE, "seconds"] >= 0


def test_hang_up_is_counted_where_the_caller_stood(
    carrier: SignedCarrier, client: FlaskClient
) -> None:
    press(carrier, carrier.post(INCOMING).text, "1")
    hang_up(carrier)
    found = figures(client)
    assert {place for place, kind in found if kind == "hang_up"} == {CONSENT}
    assert (CONSENT, "seconds") in found


def test_call_that_we_ended_is_no_hang_up(carrier: SignedCarrier, client: FlaskClient) -> None:
    body = press(carrier, carrier.post(INCOMING).text, "1", "2")
    assert "<Hangup" in body
    hang_up(carrier)
    found = figures(client)
    assert found[CONSENT, "answered"] == 1
    assert not [kind for _, kind in found if kind == "hang_up"]


def test_what_is_delivered_twice_is_counted_once(
    carrier: SignedCarrier, client: FlaskClient
) -> None:
    start = carrier.post(INCOMING).text
    assert press(carrier, start, "1") == press(carrier, start, "1")
    hang_up(carrier)
    hang_up(carrier)
    found = figures(client)
    assert (found[LANGUAGE, "answered"], found[CONSENT, "hang_up"]) == (1, 1)


def test_time_at_a_node_runs_from_the_question_to_the_answer(
    carrier: SignedCarrier, client: FlaskClient, parts: Container
) -> None:
    now = parts.work.clock()
    later = iter(range(0, 700, 7))
    # A frozen part; each transaction comes seven seconds after the one before.
    object.__setattr__(parts.work, "clock", lambda: now + timedelta(seconds=next(later)))
    press(carrier, carrier.post(INCOMING).text, "1")
    hang_up(carrier)
    found = figures(client)
    assert (found[LANGUAGE, "seconds"], found[CONSENT, "seconds"]) == (7, 7)


def test_two_processes_and_the_sweeper_come_to_the_same_sums(
    carrier: SignedCarrier,
    client: FlaskClient,
    settings: Settings,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    press(carrier, carrier.post(INCOMING).text, "1")
    hang_up(carrier)
    other = Container(settings, hints=Queue())
    elsewhere = SignedCarrier(other.web_app().test_client())
    second = {"CallSid": "CA2"}
    elsewhere.post(INCOMING, second)
    elsewhere.post(STATUS, {**second, "CallStatus": "completed"})
    before = figures(client)
    assert (before[LANGUAGE, "entered"], before[LANGUAGE, "hang_up"]) == (2, 1)

    monkeypatch.setattr(tallies, "MOST_ROWS", 0)
    other.sweeper.sweep()
    with Session(engine) as db:
        rows = db.scalar(select(func.count()).select_from(Tally))
    assert rows == len(before), "one row for each sum"
    assert figures(client) == pytest.approx(before)
    other.engine.dispose()
