"""Everybody at once on PostgreSQL: threads that do whatever they like, for a few seconds."""

from __future__ import annotations

import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest
from sqlalchemy import Engine, select

from gateway.db.crypto import Keyring
from gateway.db.models import Offer, Turn
from gateway.domain.states import OPEN_TICKETS, DoctorStatus, OfferStatus
from gateway.services import offers
from tests.databases import ON_POSTGRESQL
from tests.services.data import TOLL_FREE
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys, to_the_token
from tests.services.whole import assert_whole

pytestmark = ON_POSTGRESQL

THREADS = 4
SECONDS = float(os.environ.get("CROWD_SECONDS", "8"))
ENOUGH = 400
# Each thread has its own telephones; doctors, workers, sweeper and carrier are everybody's.
PATIENTS = tuple(f"+9198000010{n:02d}" for n in range(THREADS * 2))
DOCTORS = tuple(f"+9198000020{n:02d}" for n in range(3))
# So much time goes by at a step: leases, pauses and gaps end in the midst of all.
STEPS_S = (0.5, 2.0, 10.0, 31.0, 95.0, 200.0)


@dataclass
class Somebody:
    """One thread's telephones and chances; what it meets that it should not is kept."""

    desk: Desk
    name: int
    doctors: list[str]
    chance: random.Random
    lines: dict[str, Line] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    calls: Iterator[int] = field(default_factory=lambda: iter(range(100_000)))
    done: Counter[str] = field(default_factory=Counter)

    def act(self) -> None:
        act = self.chance.choice(self.acts())
        self.done[act.__name__] += 1
        act()

    def acts(self) -> list[Callable[[], object]]:
        often = [self.follow, self.answer_as_a_doctor, self.work, self.hold, self.end_dial] * 2
        return [*often, self.call, self.drop, self.ask_to_be_called, self.cancel, self.ring,
                self.expire, self.let_time_pass, self.change_duty]  # fmt: skip

    def sid(self) -> str:
        return f"CA{self.name}x{next(self.calls)}"

    def number(self) -> str:
        return PATIENTS[self.name * 2 + self.chance.randrange(2)]

    def call(self) -> None:
        number = self.number()
        line = Line(self.desk, self.sid(), number)
        if number not in self.known:
            self.known.add(number)
            to_the_token(line)
        elif line.dial().at == "inbound/whose":
            line.pick(0)
            fever_by_keys(line)
        self.lines[number] = line

    def hold(self) -> None:
        for line in self.lines.values():
            if "/turn/" in line.answer and "<Dial" not in line.answer:
                line.wait()

    def follow(self) -> None:
        """The carrier brings her line to the doctor, as it was asked to lately."""
        mine = {line.sid: line for line in self.lines.values()}
        for sid, offer_id in self.desk.carrier.redirects[-5:]:
            if sid in mine:
                line = mine[sid]
                answer = self.desk.calls.receive_redirect("twilio", offer_id, line.leg())
                line.answer = answer if isinstance(answer, str) else line.answer
                self.answer_as_a_doctor()

    def ask_to_be_called(self) -> None:
        line = self.lines.get(self.number())
        if line and "/turn/" in line.answer and "<Dial" not in line.answer:
            line.key(self.chance.choice("123"))

    def drop(self) -> None:
        line = self.lines.pop(self.number(), None)
        if line:
            line.ends()

    def cancel(self) -> None:
        number = self.number()
        self.desk.inbox.receive("twilio", self.sid(), number, body="CANCEL")

    def answer_as_a_doctor(self) -> None:
        ringing = [o.id for o in self.desk.offers() if o.status is OfferStatus.RINGING]
        if not ringing:
            return
        leg = Line(self.desk, self.sid(), DOCTORS[0])
        answer = self.desk.calls.receive_whisper("twilio", self.chance.choice(ringing), leg.leg())
        if isinstance(answer, str) and "<Gather" in answer:
            leg.answer = answer
            leg.press(self.chance.choice(["offer.accept", "offer.accept", "offer.decline"]))

    def end_dial(self) -> None:
        line = self.lines.get(self.number())
        if line and "<Dial" in line.answer:
            status = self.chance.choice(["completed", "no-answer", "failed"])
            talk_s = self.chance.choice([1, 60])
            line.post(dial_status=status, dial_s=talk_s, dial_bridged=status == "completed")

    def ring(self) -> None:
        """The newest call that we placed is answered, or is not."""
        if not self.desk.carrier.calls:
            return
        number, intent = self.desk.carrier.calls[-1]
        line = Line(self.desk, self.sid(), TOLL_FREE, number)
        if self.chance.random() < 0.5:
            leg = line.leg(status="no-answer")
            self.desk.calls.receive_status("twilio", leg, outbound_id=intent)
            return
        answer = self.desk.calls.receive_outbound("twilio", intent, line.leg())
        if isinstance(answer, str):
            line.answer = answer
            if number in PATIENTS[self.name * 2 : self.name * 2 + 2]:
                self.lines[number] = line
            elif "/turn/" in line.answer:
                line.key("1")  # in the place of the thread whose telephone it is

    def expire(self) -> None:
        for offer in self.desk.offers():
            if offer.ended_at is None:
                self.desk.work.run(partial(offers.expire, offer_id=offer.id))

    def work(self) -> None:
        self.desk.work_off(rounds=2)

    def let_time_pass(self) -> None:
        self.desk.clock.forward(self.chance.choice(STEPS_S))
        self.desk.sweep()

    def change_duty(self) -> None:
        doctor_id = self.chance.choice(self.doctors)
        acts = [self.desk.rota.go_on_duty] * 3 + [self.desk.rota.take_break]
        self.chance.choice(acts)(doctor_id)


@pytest.mark.timeout(120)
def test_in_a_crowd_nobody_is_held_twice_rung_twice_or_forgotten(
    engine: Engine, keyring: Keyring
) -> None:
    desk = Desk(engine, keyring)
    on_duty = [desk.doctor(phone) for phone in DOCTORS]
    seed = int(os.environ.get("CROWD_SEED", "20261130"))
    crowd = [
        Somebody(desk, n, on_duty, random.Random(seed + n)) for n in range(THREADS)
    ]  # chances of a test
    for one in crowd:
        one.call()
    failures: list[BaseException] = []
    end = time.monotonic() + SECONDS

    def live(somebody: Somebody) -> None:
        try:
            while time.monotonic() < end and not failures:
                somebody.act()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=live, args=(one,)) for one in crowd]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert_whole(engine)
        time.sleep(0.1)
    if failures:
        raise failures[0]
    assert_whole(engine)
    assert_rung_once(desk)
    done = sum((one.done for one in crowd), Counter[str]())
    assert desk.offers(), done
    # On a machine that has no time for them they do too little for a talk.
    assert done.total() < ENOUGH or any(one.accepted_at for one in desk.offers()), done
    assert_all_end(desk, on_duty)


def assert_rung_once(desk: Desk) -> None:
    """One dial for an offer, and one call for an intent."""
    intents = Counter(intent for _, intent in desk.carrier.calls)
    assert not [intent for intent, rung in intents.items() if rung > 1]
    with desk.work.begin() as unit:
        answers = unit.db.scalars(select(Turn.answer).where(Turn.answer.contains("<Dial"))).all()
        ids = set(unit.db.scalars(select(Offer.id)))
    dials = Counter(
        found for answer in answers for found in set(re.findall(r"/offer/([0-9a-f]+)/", answer))
    )
    assert not [offer for offer, rung in dials.items() if rung > 1]
    assert dials.keys() <= ids


def assert_all_end(desk: Desk, doctors: list[str]) -> None:
    """Everybody vanishes, and time alone brings each to an end."""
    for _ in range(40):
        for doctor_id in doctors:
            desk.rota.go_on_duty(doctor_id)
        desk.later(1000)
        if not any(ticket.status in OPEN_TICKETS for ticket in desk.tickets()):
            break
    assert not [one.id for one in desk.tickets() if one.status in OPEN_TICKETS]
    assert not [one.id for one in desk.doctors() if one.status is DoctorStatus.ENGAGED]
    assert_whole(desk.engine)
