"""The carriers' contract where a doctor is rung: asked before she is joined, or not at all."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from sqlalchemy.orm import Session

from gateway.db.models import (
    DoctorPhone,
    Offer,
    OutboundCall,
    Ticket,
)
from gateway.domain.states import OfferStatus, Presence, TicketStatus
from tests.telephony.exchanges import (
    DOCTOR,
    ORIGIN,
    Line,
)
from tests.telephony.service import (
    BRIDGING,
    TAKING_CALLS,
    TO_US,
    Desk,
    press,
    to_the_token,
)


def to_the_doctor(desk: Desk) -> Line:
    """Bring a holding patient to her doctor, as far as her own line goes."""
    line = desk.line()
    to_the_token(line)
    line.say_nothing()
    desk.doctor()
    desk.dispatch()
    (offer,) = desk.rows(Offer)
    line.act()
    assert desk.asked[desk.carrier].redirects == [("call1", offer.id)]
    line.go(f"{ORIGIN}/voice/{desk.carrier}/offer/{offer.id}/redirect", {})
    return line


@pytest.mark.parametrize("carrier", BRIDGING, indirect=True)
def test_a_doctor_hears_who_waits_accepts_by_a_key_and_talks(desk: Desk) -> None:
    line = to_the_doctor(desk)
    assert (line.heard, line.waits_for) == (["ring.doctor_free"], "dial")
    doctor = whispered(desk, line)
    assert doctor.heard[0] == "offer.brief"
    assert desk.rows(Offer)[0].status is OfferStatus.RINGING
    accept(desk, line, doctor)
    assert desk.rows(Offer)[0].status is OfferStatus.ACCEPTED
    line.dialled("completed", 61)
    assert (line.heard, line.waits_for) == (["goodbye"], "end")
    assert desk.rows(Offer)[0].status is OfferStatus.ENDED


@pytest.mark.parametrize("carrier", BRIDGING, indirect=True)
def test_trap_16_a_doctor_who_presses_nothing_is_not_joined_and_the_place_is_kept(
    desk: Desk,
) -> None:
    """Trap 16: she answers and drops; a mailbox may have answered, too."""
    line = to_the_doctor(desk)
    joined_at = desk.rows(Ticket)[0].joined_at
    whispered(desk, line)
    line.dialled("completed", 9)
    assert line.heard[:2] == ["ring.not_joined", "token.spoken"]
    (ticket,) = desk.rows(Ticket)
    assert (ticket.status, ticket.joined_at) == (TicketStatus.WAITING, joined_at)


@pytest.mark.parametrize("carrier", BRIDGING, indirect=True)
def test_when_she_does_not_answer_her_next_telephone_rings_and_they_talk(desk: Desk) -> None:
    line = to_the_doctor(desk)
    second = "+919800000022"
    [doctor_id] = {phone.doctor_id for phone in desk.rows(DoctorPhone)}
    assert desk.parts.doctor_phones.add(doctor_id, second) is None
    # A mailbox took the first one's call, and pressed nothing.
    whispered(desk, line)
    line.dialled("completed", 9)
    assert (line.heard, line.waits_for) == ([], "dial"), "she hears it ring, and no word between"
    doctor = whispered(desk, line, number=second, call_id="doctor2")
    accept(desk, line, doctor)
    line.dialled("completed", 61)
    assert (line.heard, line.waits_for) == (["goodbye"], "end")
    assert [offer.status for offer in desk.rows(Offer)] == [OfferStatus.ENDED]


def whispered(desk: Desk, line: Line, *, number: str = DOCTOR, call_id: str = "doctor1") -> Line:
    """The doctor picks up and hears what comes before she is joined."""
    doctor = desk.line(call_id=call_id, number=TO_US, to=number)
    rings = line.verb[0]
    assert rings.text == number
    sound = line.verb.get("confirmSound")
    if sound is None:
        doctor.go(rings.get("url") or "", {})
        assert doctor.waits_for == "keys"
        return doctor
    assert (line.verb.get("confirmKey"), line.verb.get("confirmTimeout")) == ("1", "45")
    # Plivo tells the patient's leg here, and plays nothing but Speak, Play and Wait.
    response = line.send(sound, {})
    root = ElementTree.fromstring(response.data)
    assert {verb.tag for verb in root} <= {"Speak", "Play", "Wait"}
    for verb in root:
        doctor.hear(verb.text or "")
    assert doctor.heard
    return doctor


def accept(desk: Desk, line: Line, doctor: Line) -> None:
    callback = line.verb.get("callbackUrl")
    if callback is None:
        press(doctor, "offer.accept")
        assert doctor.waits_for == "joined"
        return
    for action in ("answer", "connected", "connected"):
        told = {"DialAction": action, "DialBLegUUID": "bleg1"}
        assert line.send(callback, told).status_code == 204


@pytest.mark.parametrize("carrier", TAKING_CALLS, indirect=True)
def test_where_no_doctor_can_be_asked_none_is_rung_and_she_is_called_back(desk: Desk) -> None:
    """The documented refusal: an apology here, her place kept, a call by the carrier that can."""
    line = desk.line()
    to_the_token(line)
    desk.doctor()
    line.say_nothing()
    desk.dispatch()
    offer = desk.rows(Offer)[0]
    with Session(desk.parts.engine) as db:
        # Time passes until the hold loop rings the doctor itself.
        db.get_one(Offer, offer.id).status = OfferStatus.PENDING
        db.commit()
    line.say_nothing()
    assert (line.heard, line.waits_for) == (["apology.failure"], "end")
    assert DOCTOR not in line.document
    assert line.hang_up().status_code == 204
    (ticket,) = desk.rows(Ticket)
    assert (ticket.status, ticket.presence) == (TicketStatus.WAITING, Presence.AWAY)
    assert desk.rows(Offer)[0].status is OfferStatus.CANCELLED
    with Session(desk.parts.engine) as db:
        db.get_one(Ticket, ticket.id).call_back_due_at = ticket.joined_at
        db.commit()
    desk.dispatch()
    (placed,) = desk.rows(OutboundCall)
    assert placed.carrier == "twilio"
