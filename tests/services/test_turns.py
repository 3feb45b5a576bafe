"""Whose turn it is, found by the database: the same order as the rules', and by an index."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, text, update

from gateway.db.models import Consultation, Doctor, Event, Offer, Patient, Ticket
from gateway.domain.states import (
    ConsultationStatus,
    DoctorStatus,
    OfferStatus,
    Presence,
    TicketStatus,
)
from gateway.domain.waiting_room import FreeDoctor, RoomRules, Waiting, next_ticket, place_for
from gateway.services.turns import Turns, first_where
from gateway.services.work import Unit
from tests.domain.order_file import ORDER
from tests.services.data import OTHER_TOLL_FREE
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys, register

LANGUAGES = ("hi", "ta", "en")
SPECIALITIES = ("general", "psychiatry")
DOCTORS = ("a", "b", "c")
STATES = ("", "MH", "TN")
Told = tuple[str, int, str, str, "str | None", str]

rooms = st.lists(
    st.tuples(
        st.sampled_from(["red", "urgent", "routine"]),
        st.integers(0, 200),
        st.sampled_from(LANGUAGES),
        st.sampled_from(SPECIALITIES),
        st.sampled_from([None, *DOCTORS]),
        st.sampled_from(STATES),
    ),
    max_size=12,
)
skills = st.tuples(
    st.sets(st.sampled_from(LANGUAGES), min_size=1),
    st.sets(st.sampled_from(SPECIALITIES), min_size=1),
    st.sampled_from(STATES),
)


def put_doctor(
    unit: Unit, doctor_id: str, languages: list[str], specialities: list[str], state: str = "MH"
) -> None:
    unit.db.add(
        Doctor(
            id=doctor_id,
            name=doctor_id,
            qualification="MBBS",
            registration_number=f"{state}-12345" if state else "2015/03/0123",
            languages=languages,
            specialities=specialities,
            status=DoctorStatus.AVAILABLE,
            created_at=unit.now,
        )
    )


def put_ticket(unit: Unit, number: int, told: Told) -> Waiting:
    urgency, minutes, language, speciality, usual, state = told
    patient = Patient(slot=1, sex="female", born_on=None, created_at=unit.now)
    unit.db.add(patient)
    unit.db.flush()
    joined = unit.now - timedelta(minutes=minutes)
    ticket = Ticket(
        id=number,
        patient_id=patient.id,
        language=language,
        speciality=speciality,
        state=state,
        urgency=urgency,
        urgency_rank=0,
        usual_doctor_id=usual,
        complaint={},
        status=TicketStatus.WAITING,
        presence=Presence.HOLDING,
        joined_at=joined,
        turn_at=ORDER.turn_at(joined, urgency),
        seen_at=unit.now,
    )
    unit.db.add(ticket)
    return Waiting(number, ticket.turn_at, language, speciality, usual, state)


@given(
    room=rooms, staff=st.lists(skills, min_size=1, max_size=3), let_go=st.sets(st.integers(1, 4))
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_database_finds_for_each_doctor_the_ticket_that_the_rules_name(
    desk: Desk,
    room: list[Told],
    staff: list[tuple[set[str], set[str], str]],
    let_go: set[int],
) -> None:
    with desk.work.begin() as unit:
        for table in (Offer, Ticket, Patient, Doctor, Event):
            unit.db.execute(delete(table))
        tickets = [put_ticket(unit, n, told) for n, told in enumerate(room, start=1)]
        for doctor_id, (languages, specialities, state) in zip(DOCTORS, staff, strict=False):
            put_doctor(unit, doctor_id, sorted(languages), sorted(specialities), state)
        unit.db.flush()
        gone = {ticket.ticket_id for ticket in tickets if ticket.ticket_id in let_go}
        for ticket_id in gone:
            unit.db.add(
                Offer(
                    ticket_id=ticket_id,
                    doctor_id="a",
                    status=OfferStatus.DECLINED,
                    lease_until=unit.now,
                    created_at=unit.now,
                    ended_at=unit.now,
                )
            )
        unit.db.flush()
        found = {doctor.doctor_id: ticket for doctor, ticket in Turns(unit).matches()}
        for doctor_id, (languages, specialities, state) in zip(DOCTORS, staff, strict=False):
            doctor = FreeDoctor(
                doctor_id, languages, specialities, gone if doctor_id == "a" else (), state
            )
            expected = next_ticket(tickets, doctor=doctor, rules=ORDER)
            got = found.get(doctor_id)
            assert (got is None) == (expected is None)
            if got is not None and expected is not None:
                # Equals may stand in either order.
                assert place_for(got, doctor, ORDER) == place_for(expected, doctor, ORDER)


def test_many_of_one_language_do_not_hide_the_only_one_of_another(desk: Desk) -> None:
    with desk.work.begin() as unit:
        for number in range(1, 301):
            put_ticket(unit, number, ("red", 100, "ta", "general", None, ""))
        put_ticket(unit, 301, ("routine", 1, "hi", "general", None, ""))
        put_doctor(unit, "a", ["hi"], ["general"])
        unit.db.flush()
        [(doctor, ticket)] = Turns(unit).matches()
    assert (doctor.doctor_id, ticket.ticket_id) == ("a", 301)


def test_as_many_free_doctors_as_a_nation_has_are_no_harder_to_match(desk: Desk) -> None:
    with desk.work.begin() as unit:
        for number in range(700):
            put_doctor(unit, f"d{number}", ["hi"], ["general"])
        put_ticket(unit, 1, ("routine", 5, "hi", "general", None, ""))
        put_ticket(unit, 2, ("routine", 1, "hi", "general", "d650", ""))
        unit.db.flush()
        matches = {doctor.doctor_id: ticket for doctor, ticket in Turns(unit).matches()}
    assert matches["d650"].ticket_id == 2
    assert matches["d0"].ticket_id == 1


def test_the_doctor_who_has_been_free_the_longest_is_first(desk: Desk) -> None:
    with desk.work.begin() as unit:
        put_ticket(unit, 1, ("routine", 1, "hi", "general", None, ""))
        for doctor_id, minutes in (("a", 5), ("b", 50)):
            put_doctor(unit, doctor_id, ["hi"], ["general"])
            unit.db.flush()
            ended = unit.now - timedelta(minutes=minutes)
            unit.db.add(
                Offer(
                    ticket_id=1,
                    doctor_id=doctor_id,
                    status=OfferStatus.ENDED,
                    lease_until=ended,
                    created_at=ended,
                    ended_at=ended,
                )
            )
            unit.db.flush()
        first = next(iter(Turns(unit).matches()))
        assert first[0].doctor_id == "b"
        put_doctor(unit, "c", ["hi"], ["general"])
        unit.db.flush()
        assert next(iter(Turns(unit).matches()))[0].doctor_id == "c", "never rung yet"


def test_who_comes_back_meets_the_same_doctor_and_the_offer_says_why(desk: Desk) -> None:
    first, second = desk.doctor("+919800000101"), desk.doctor("+919800000102")
    line = Line(desk, "CA1", "+919800000777")
    line.dial()
    register(line)
    fever_by_keys(line)
    line.wait()
    with desk.work.begin() as unit:
        patient_id, ticket_id = unit.db.execute(select(Ticket.patient_id, Ticket.id)).one()
        assert unit.db.scalar(select(Ticket.usual_doctor_id)) is None
        unit.db.execute(update(Ticket).values(usual_doctor_id=second))
    desk.dispatching.dispatch()
    with desk.work.begin() as unit:
        offer = unit.db.scalars(select(Offer)).one()
        assert offer.doctor_id == second
        assert offer.doctor_id != first
        assert offer.reasons is not None
        assert offer.reasons["same_doctor"] is True
        assert offer.reasons["urgency"] == "routine"
        assert patient_id not in str(offer.reasons)
        assert offer.ticket_id == ticket_id


@pytest.mark.parametrize("days", [1, ORDER.same_doctor.within_days + 1])
def test_the_usual_doctor_is_whom_she_talked_with_lately(desk: Desk, days: int) -> None:
    doctor_id = desk.doctor()
    line = Line(desk, "CA1", "+919800000777")
    line.dial()
    register(line)
    fever_by_keys(line)
    line.wait()
    desk.work_off()
    with desk.work.begin() as unit:
        ticket = unit.db.scalars(select(Ticket)).one()
        offer = unit.db.scalars(select(Offer)).one()
        unit.db.add(
            Consultation(
                offer_id=offer.id,
                ticket_id=ticket.id,
                patient_id=ticket.patient_id,
                doctor_id=doctor_id,
                started_at=unit.now,
                ended_at=unit.now,
                status=ConsultationStatus.TALKED,
            )
        )
        ticket.status, offer.status = TicketStatus.DONE, OfferStatus.ENDED
    desk.clock.forward(days * 24 * 3600)
    again = Line(desk, "CA2", "+919800000777")
    again.dial()
    again.pick()
    fever_by_keys(again)
    with desk.work.begin() as unit:
        newest = unit.db.scalars(select(Ticket).order_by(Ticket.id.desc())).first()
        assert newest is not None
        lately = days <= ORDER.same_doctor.within_days
        assert newest.usual_doctor_id == (doctor_id if lately else None)


def test_a_ticket_belongs_to_the_state_of_the_dialled_number_and_the_offer_says_so(
    desk: Desk,
) -> None:
    desk.doctor()
    with desk.work.begin() as unit:
        unit.db.execute(update(Doctor).values(registration_number="TNMC 4711"))
    line = Line(desk, "CA1", "+919800000777", OTHER_TOLL_FREE)
    line.dial()
    register(line)
    fever_by_keys(line)
    line.wait()
    desk.dispatching.dispatch()
    assert [ticket.state for ticket in desk.tickets()] == ["TN"]
    assert [(offer.reasons or {})["same_state"] for offer in desk.offers()] == [True]


@pytest.mark.parametrize("minutes", [0, 5])
def test_the_head_start_of_a_state_is_data_and_nought_ignores_it(desk: Desk, minutes: int) -> None:
    told = ORDER.model_dump()
    told["registration"]["head_start_minutes"] = minutes
    with replace(desk.work, rules=RoomRules.model_validate(told)).begin() as unit:
        put_ticket(unit, 1, ("routine", 4, "hi", "general", None, "TN"))
        put_ticket(unit, 2, ("routine", 1, "hi", "general", None, "MH"))
        put_doctor(unit, "a", ["hi"], ["general"], "MH")
        unit.db.flush()
        [(_, ticket)] = Turns(unit).matches()
    assert ticket.ticket_id == (2 if minutes else 1)


@pytest.mark.parametrize("index", ["ix_tickets_turn", "ix_tickets_turn_state"])
def test_the_next_ticket_is_one_step_of_an_index(desk: Desk, engine: Engine, index: str) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("PostgreSQL's plan")
    with desk.work.begin() as unit:
        for number in range(1, 1501):
            put_ticket(unit, number, ("routine", number, "hi", "general", None, ""))
        put_doctor(unit, "a", ["hi"], ["general"])
        unit.db.flush()
        line = (Ticket.language == "hi", Ticket.speciality == "general", Ticket.id.not_in({7}))
        local = (Ticket.state == "MH",) if index == "ix_tickets_turn_state" else ()
        walk = first_where(unit, *line, *local).compile(
            engine, compile_kwargs={"render_postcompile": True}
        )
        unit.db.execute(text("ANALYZE tickets"))
        explained = unit.db.connection().exec_driver_sql(f"EXPLAIN {walk}", walk.params)
        plan = "\n".join(row[0] for row in explained)
    assert f"{index} " in plan
    assert "Sort" not in plan
