"""Whatever happens in whatever order: nobody is held twice, held by nothing, or forgotten."""

from __future__ import annotations

import os
import re
from enum import StrEnum

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine

from gateway.db.crypto import Keyring
from gateway.db.models import Base, Doctor, Event, Message, Offer, OutboundCall, Ticket
from gateway.domain.states import (
    LIVE_OFFERS,
    OPEN_TICKETS,
    DoctorStatus,
    MessageStatus,
    OfferStatus,
    OutboundStatus,
    Presence,
    TicketStatus,
)
from gateway.services.ports import Ambiguous, NotSent, Placed, Refused
from tests.services.data import TOLL_FREE
from tests.services.desk import Desk
from tests.services.line import Line, to_the_token

PATIENTS = tuple(f"+91980000010{n}" for n in range(3))
DOCTORS = tuple(f"+91980000020{n}" for n in range(2))
# Longer than any lease, pause and gap, but for the longest talk.
LONG_S = 1000.0
# The status that a row is born with has no event of a transition.
MACHINES: tuple[tuple[type[Base], type[StrEnum], StrEnum], ...] = (
    (Ticket, TicketStatus, TicketStatus.WAITING),
    (Offer, OfferStatus, OfferStatus.PENDING),
    (Doctor, DoctorStatus, DoctorStatus.OFF_DUTY),
    (OutboundCall, OutboundStatus, OutboundStatus.QUEUED),
    (Message, MessageStatus, MessageStatus.QUEUED),
)
# More of them, and other ones each time, on demand.
EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "12"))
patients, doctors = st.sampled_from(PATIENTS), st.sampled_from(DOCTORS)


class AnyOrder(RuleBasedStateMachine):
    """Patients, doctors, workers and the carrier, each doing something at any time."""

    engine: Engine
    keyring: Keyring

    def __init__(self) -> None:
        super().__init__()
        with self.engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
        self.desk = Desk(self.engine, self.keyring)
        self.doctors = {phone: self.desk.doctor(phone) for phone in DOCTORS}
        self.lines: dict[str, Line] = {}
        self.sids = iter(f"CA{n}" for n in range(10_000))

    # The patients

    @rule(number=patients)
    def call(self, number: str) -> None:
        """She calls for the first time, or again while her earlier line may still be open."""
        line = Line(self.desk, next(self.sids), number)
        if not self.tickets_of(number):
            to_the_token(line)
        else:
            line.dial()
        self.lines[number] = line
        self.hold(number)

    @rule(number=patients)
    def hold(self, number: str) -> None:
        """The time of the question runs out: she holds on."""
        line = self.lines.get(number)
        if line is not None and _asks(line):
            line.wait()

    @rule(number=patients, key=st.sampled_from("123"))
    def press(self, number: str, key: str) -> None:
        """Ask to be called back, begin to leave, and whatever else a key means where she is."""
        line = self.lines.get(number)
        if line is not None and _asks(line):
            line.key(key)

    @rule(number=patients)
    def drop(self, number: str) -> None:
        line = self.lines.pop(number, None)
        if line is not None:
            line.ends()

    @rule(number=patients)
    def vanish(self, number: str) -> None:
        """The line dies and the carrier says nothing of it."""
        self.lines.pop(number, None)

    # The doctors

    @rule(number=patients, answer=st.sampled_from(["offer.accept", "offer.decline", ""]))
    def answer_offer(self, number: str, answer: str) -> None:
        line = self.lines.get(number)
        if line is None or not (found := _offer(line)):
            return
        leg = Line(self.desk, next(self.sids), DOCTORS[0])
        whisper = self.desk.calls.receive_whisper("twilio", found, leg.leg())
        if isinstance(whisper, str) and answer and "<Gather" in whisper:
            leg.answer = whisper
            leg.press(answer)

    @rule(number=patients, status=st.sampled_from(["completed", "no-answer", "failed"]))
    def end_dial(self, number: str, status: str) -> None:
        line = self.lines.get(number)
        if line is not None and "<Dial" in line.answer:
            line.post(dial_status=status, dial_s=60, dial_bridged=status == "completed")

    @rule(phone=doctors, act=st.sampled_from(["go_on_duty", "take_break", "go_off_duty"]))
    def change_duty(self, phone: str, act: str) -> None:
        getattr(self.desk.rota, act)(self.doctors[phone])

    # The machinery

    @rule()
    def work(self) -> None:
        self.desk.work_off()

    @rule()
    def lose_hints(self) -> None:
        self.desk.queue.hints.clear()

    @rule(seconds=st.sampled_from([5.0, 40.0, 100.0, LONG_S, 3700.0]))
    def pass_time(self, seconds: float) -> None:
        self.desk.clock.forward(seconds)
        self.desk.sweep()

    @rule(result=st.sampled_from([None, Ambiguous("time-out"), NotSent("refused")]))
    def misbehave(self, result: Ambiguous | NotSent | None) -> None:
        self.desk.carrier.placing = self.desk.carrier.sending = result

    @rule(refused=st.booleans(), found=st.booleans())
    def tell_of_lost_requests(self, refused: bool, found: bool) -> None:
        self.desk.carrier.found_call = self.desk.carrier.found_text = (
            Placed("CAfound") if found else None
        )
        if refused:
            self.desk.carrier.placing = Refused("21211", "HTTP 400")

    @rule(copies=st.integers(1, 2))
    def redirect(self, copies: int) -> None:
        """The carrier carries out what it was last asked for, once or twice."""
        for sid, offer_id in self.desk.carrier.redirects[-1:] * copies:
            for line in self.lines.values():
                if line.sid == sid:
                    answer = self.desk.calls.receive_redirect("twilio", offer_id, line.leg())
                    line.answer = answer if isinstance(answer, str) else line.answer

    @rule(answered=st.booleans())
    def ring(self, answered: bool) -> None:
        """The newest call that we placed is answered, or is not."""
        if not self.desk.carrier.calls:
            return
        number, intent = self.desk.carrier.calls[-1]
        line = Line(self.desk, next(self.sids), TOLL_FREE, number)
        if not answered:
            self.desk.calls.receive_status(
                "twilio", line.leg(status="no-answer"), outbound_id=intent
            )
            return
        answer = self.desk.calls.receive_outbound("twilio", intent, line.leg())
        if isinstance(answer, str):
            line.answer = answer
            self.lines[number] = line

    @rule(status=st.sampled_from(["sent", "delivered", "undelivered"]))
    def receive_receipt(self, status: str) -> None:
        for message in self.desk.messages():
            self.desk.receipts.receive(
                message.id, status=status, error_code="", provider_message_id="SM1"
            )

    # What must hold at every moment

    @invariant()
    def whoever_is_held_is_held_once_and_by_a_live_offer(self) -> None:
        live = [offer for offer in self.desk.offers() if offer.status in LIVE_OFFERS]
        engaged = [t.id for t in self.desk.tickets() if t.status is TicketStatus.ENGAGED]
        busy = [d.id for d in self.desk.doctors() if d.status is DoctorStatus.ENGAGED]
        assert sorted(offer.ticket_id for offer in live) == sorted(engaged)
        assert sorted(offer.doctor_id for offer in live) == sorted(busy)

    @invariant()
    def whoever_waits_off_the_line_has_a_time_to_be_called(self) -> None:
        for ticket in self.desk.tickets():
            if ticket.status is TicketStatus.WAITING and ticket.presence is Presence.AWAY:
                assert ticket.call_back_due_at is not None

    @invariant()
    def the_last_event_of_a_row_tells_its_status(self) -> None:
        last: dict[tuple[str, str], str] = {}
        words = {model.__tablename__: set(kind) for model, kind, _ in MACHINES}
        for event in sorted(self.desk.all(Event), key=lambda event: event.id):
            if event.name in words.get(event.subject, ()):
                last[event.subject, event.subject_id] = event.name
        for model, _, born in MACHINES:
            for row in self.desk.all(model):
                key = (model.__tablename__, str(row.id))  # type: ignore[attr-defined]  # all have one
                assert last.get(key, born) == row.status, key  # type: ignore[attr-defined]  # and this

    def teardown(self) -> None:
        """Everybody vanishes, and the carrier behaves: time alone brings each to an end."""
        carrier = self.desk.carrier
        carrier.placing = carrier.sending = carrier.found_call = carrier.found_text = None
        for doctor_id in self.doctors.values():
            self.desk.rota.go_on_duty(doctor_id)
        for _ in range(25):
            self.desk.later(LONG_S)
            if not any(ticket.status in OPEN_TICKETS for ticket in self.desk.tickets()):
                break
            for doctor_id in self.doctors.values():
                self.desk.rota.go_on_duty(doctor_id)
        assert not [t.id for t in self.desk.tickets() if t.status in OPEN_TICKETS]
        assert not [o.id for o in self.desk.offers() if o.status in LIVE_OFFERS]
        assert not [d.id for d in self.desk.doctors() if d.status is DoctorStatus.ENGAGED]

    def tickets_of(self, number: str) -> list[Ticket]:
        with self.desk.work.begin() as unit:
            caller = self.desk.directory.caller_of(unit, number)
        return [t for t in self.desk.tickets() if caller is not None and t.caller_id == caller.id]


def _asks(line: Line) -> bool:
    return "/turn/" in line.answer and "<Dial" not in line.answer


def _offer(line: Line) -> str:
    found = re.search(r"/offer/([0-9a-f]+)/whisper", line.answer)
    return found[1] if found else ""


@pytest.mark.timeout(120)
def test_in_any_order_nobody_is_held_twice_or_forgotten(engine: Engine, keyring: Keyring) -> None:
    class OnThisDatabase(AnyOrder):
        pass

    OnThisDatabase.engine, OnThisDatabase.keyring = engine, keyring
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            # The same for every build; shrinking a failure would take minutes.
            derandomize=not os.environ.get("ANY_ORDER_EXAMPLES"),
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=(HealthCheck.too_slow,),
        ),
    )
