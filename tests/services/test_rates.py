"""Texts and calls under a rate that all processes share, by urgency, whatever dies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from gateway.db.crypto import Keyring
from gateway.db.models import Aftercare, Bucket, Caller, OutboundCall, Patient
from gateway.db.models.base import new_id
from gateway.domain.aftercare import AftercareKind
from gateway.domain.rates import RateLimits, Traffic
from gateway.domain.states import AftercareStatus, MessageStatus, OutboundStatus
from gateway.services import outbound
from gateway.services.ports import NotSent
from gateway.services.rates import Rates
from gateway.services.roads import Roads
from gateway.services.text_claims import Claims
from gateway.services.work import Job, Unit
from tests.services.data import TOLL_FREE
from tests.services.desk import Desk
from tests.services.fakes import FakeCarrier
from tests.services.test_sending import kinds_sent, queued

SLOW = {"per_s": 1, "burst": 2}


def rates(**told: Any) -> Rates:
    senders = {"twilio": "DOORVN", "plivo": "DOORVN"}
    calls = {"twilio": TOLL_FREE}
    return Rates(
        RateLimits.model_validate({"version": 1, **told}),
        {Traffic.TEXTS: senders, Traffic.CALLS: calls},
    )


def texting(engine: Engine, keyring: Keyring, **limits: Any) -> Desk:
    return Desk(engine, keyring, rates=rates(texts=limits))


@pytest.fixture
def slow(engine: Engine, keyring: Keyring) -> Desk:
    """Two texts at once and one a second, by the account; the pauses move the desk's clock."""
    return texting(engine, keyring, accounts={"twilio": SLOW})


@pytest.fixture
def calling(engine: Engine, keyring: Keyring) -> Desk:
    return Desk(engine, keyring, rates=rates(calls={"accounts": {"twilio": SLOW}}))


def test_texts_go_as_fast_as_the_rate_and_none_is_lost(slow: Desk) -> None:
    began = slow.clock.now
    for number in range(12):
        queued(slow, "help", caller=f"c{number}")
    slow.work_off()
    assert {m.status for m in slow.messages()} == {MessageStatus.SENT}
    took = sorted((m.sent_at - began).total_seconds() for m in slow.messages() if m.sent_at)
    assert took[:2] == [0, 0]
    # Two at once, then one each second; a look that comes too early waits a little more.
    assert all(second >= place - 1 for place, second in enumerate(took))
    assert took[-1] == pytest.approx(10, abs=0.6)


def test_a_sender_has_its_own_rate_whatever_the_account_lets_go(
    engine: Engine, keyring: Keyring
) -> None:
    desk = texting(
        engine,
        keyring,
        accounts={"twilio": {"per_s": 100, "burst": 100}},
        senders={"DOORVN": {"per_s": 1, "burst": 1}},
    )
    began = desk.clock.now
    for number in range(5):
        queued(desk, "help", caller=f"c{number}")
    desk.work_off()
    assert (desk.clock.now - began) >= timedelta(seconds=4)
    assert {b.name for b in desk.all(Bucket)} == {"texts:account:twilio", "texts:sender:DOORVN"}


def test_what_is_urgent_goes_before_what_waited_for_its_rate(slow: Desk) -> None:
    for number in range(4):
        queued(slow, "help", caller=f"c{number}")
    queued(slow, "call_soon", caller="c22")
    slow.work_off()
    assert kinds_sent(slow)[0] == "call_soon"
    queued(slow, "no_token", caller="c23")
    queued(slow, "token_unattended", caller="c24")
    slow.work_off()
    assert kinds_sent(slow)[-2:] == ["token_unattended", "no_token"]


def test_a_long_text_counts_by_its_parts(engine: Engine, keyring: Keyring) -> None:
    desk = texting(engine, keyring, accounts={"twilio": {"per_s": 1, "burst": 1}})
    began = desk.clock.now
    queued(desk, "help", "no_token")
    [long] = [m for m in desk.messages() if m.kind == "help"]
    with desk.work.begin() as unit:
        unit.db.get_one(type(long), long.id).segments = 5
    desk.work_off()
    assert kinds_sent(desk) == ["help", "no_token"]
    assert desk.clock.now - began >= timedelta(seconds=5)


def test_several_processes_share_one_bucket(slow: Desk) -> None:
    for number in range(10):
        queued(slow, "help", caller=f"c{number}")
    claims = Claims(slow.work, Roads(["twilio"]), slow.rates, {})
    with ThreadPoolExecutor(6) as processes:
        taken = list(processes.map(lambda _: claims.next(), range(6)))
    assert sum(len(claim.texts) for claim in taken) == 2
    # Who finds every text in another process's hands has nothing to wait for.
    assert {claim.wait_s for claim in taken if not claim.texts} <= {1.0, None}


def test_a_queue_that_is_gone_changes_no_rate_and_loses_no_text(slow: Desk) -> None:
    slow.queue.broken = True
    for number in range(6):
        queued(slow, "help", caller=f"c{number}")
    began = slow.clock.now
    slow.sending.send_due()
    assert slow.clock.now - began >= timedelta(seconds=4)
    assert len(slow.carrier.texts) == 6


def test_a_process_that_has_just_begun_finds_the_bucket_as_the_dead_one_left_it(
    slow: Desk,
) -> None:
    for number in range(2):
        queued(slow, "help", caller=f"c{number}")
    slow.work_off()
    queued(slow, "help", caller="c9")
    began = slow.clock.now
    slow.text_by({"twilio": slow.carrier})
    slow.work_off()
    assert slow.clock.now - began >= timedelta(seconds=1)


def test_the_other_carrier_is_not_flooded_while_the_first_fails(
    engine: Engine, keyring: Keyring
) -> None:
    desk = texting(engine, keyring, accounts={"plivo": {"per_s": 0.01, "burst": 2}})
    other = FakeCarrier()
    desk.text_by({"twilio": desk.carrier, "plivo": other})
    desk.carrier.sending = NotSent("ConnectTimeout")
    for number in range(5):
        queued(desk, "help", caller=f"c{number}")
    desk.sending.send_due()
    assert len(other.texts) == 2
    waiting = [m for m in desk.messages() if m.status is MessageStatus.QUEUED]
    assert len(waiting) == 3
    assert {m.carrier for m in waiting} == {"twilio"}


# Calls


def call(desk: Desk, name: str) -> str:
    """Mean to call somebody new, and return the call's id."""
    with desk.work.begin() as unit:
        phone = {"phone_e164": f"+9198{len(desk.outbound()):08d}", "phone_hash": name}
        unit.db.execute(
            insert(Caller).values(id=name, script="native", created_at=unit.now, **phone)
        )
        outbound.call_back(unit, name, carrier="twilio", after=timedelta(0), our_number=None)
    [row] = [c for c in desk.outbound() if c.caller_id == name]
    return row.id


def test_calls_that_we_place_keep_to_the_carriers_rate(calling: Desk) -> None:
    for number in range(6):
        call(calling, f"c{number}")
    calling.work_off()
    assert len(calling.carrier.calls) == 2
    assert [c.status for c in calling.outbound()].count(OutboundStatus.QUEUED) == 4
    placed = []
    for _ in range(4):
        calling.later(1)
        placed.append(len(calling.carrier.calls))
    assert placed == [3, 4, 5, 6]


def test_hints_that_cannot_be_used_are_not_given(calling: Desk) -> None:
    for number in range(6):
        call(calling, f"c{number}")
    calling.work_off()
    calling.sweep()
    assert Job.PLACE_CALL not in [job for job, _ in calling.queue.hints]


def test_whoever_waits_is_called_before_aftercare(calling: Desk) -> None:
    first = [call(calling, f"c{number}") for number in range(3)]
    with calling.work.begin() as unit:
        for place, call_id in enumerate(first):
            row = unit.db.get_one(OutboundCall, call_id)
            row.aftercare_id = aftercare(unit, row.caller_id, place)
    waiting = [call(calling, f"w{number}") for number in range(2)]
    calling.work_off()
    intents = [intent for _, intent in calling.carrier.calls]
    assert intents == waiting


def aftercare(unit: Unit, caller_id: str, place: int) -> str:
    patient = Patient(id=new_id(), caller_id=caller_id, slot=1, sex="female", created_at=unit.now)
    unit.db.add(patient)
    unit.db.flush()
    row = Aftercare(
        id=f"{place:032d}",
        kind=AftercareKind.FOLLOW_UP,
        caller_id=caller_id,
        patient_id=patient.id,
        status=AftercareStatus.CALLING,
        attempts=1,
        due_at=unit.now,
        created_at=unit.now,
    )
    unit.db.add(row)
    unit.db.flush()
    return row.id
