"""The twenty traps of telephony: each has a test, here or by its code, that bears its number."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.db.crypto import Keyring
from gateway.db.models import Receipt
from gateway.domain.states import MessageStatus
from tests.services.desk import Desk
from tests.services.line import Line, to_the_token

TESTS = Path(__file__).parents[1]
TRAP = re.compile(r"test_trap_(\d\d)_")


def numbered_tests() -> Iterator[tuple[int, str]]:
    """Every test of the project that bears a trap's number."""
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (found := TRAP.match(node.name)):
                yield int(found[1]), node.name


def test_each_of_the_twenty_traps_has_a_test_that_bears_its_number() -> None:
    assert {number for number, _ in numbered_tests()} == set(range(1, 21))


@pytest.fixture
def desk(engine: Engine, keyring: Keyring) -> Desk:
    """A patient has her token, and its message was sent."""
    desk = Desk(engine, keyring)
    to_the_token(Line(desk, "CA1"))
    desk.work_off()
    return desk


def test_trap_02_receipts_that_overlap_are_kept_once(desk: Desk) -> None:
    message_id = desk.messages()[0].id
    gate = threading.Barrier(4)
    failures: list[Exception] = []

    def deliver() -> None:
        gate.wait()
        try:
            desk.receipts.receive(
                message_id, status="delivered", error_code="", provider_message_id="SM1"
            )
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert desk.messages()[0].status is MessageStatus.DELIVERED
    assert [receipt.status for receipt in desk.all(Receipt)] == ["delivered"]


@pytest.mark.parametrize("late", ["sent", "undelivered", "delivered"])
def test_trap_08_a_later_callback_does_not_wipe_the_error(desk: Desk, late: str) -> None:
    message_id = desk.messages()[0].id
    for status, code in (("undelivered", "30008"), (late, "")):
        desk.receipts.receive(message_id, status=status, error_code=code, provider_message_id="SM1")
    [message] = desk.messages()
    assert (message.status, message.error_code) == (MessageStatus.UNDELIVERED, "30008")
