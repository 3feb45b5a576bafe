"""A slip by keys: where a rule refuses, the doctor sends the patient to a place instead."""

from __future__ import annotations

from gateway.db.models import Slip
from tests.services.desk import Desk
from tests.services.keyed import (
    CODES,
    Staff,
)


def slips(desk: Desk) -> list[Slip]:
    return desk.all(Slip)


def test_where_a_rule_refuses_she_sends_the_patient_by_keys(staff: Staff) -> None:
    line = staff.begun()
    line.key(CODES["amoxicillin"])
    line.pick(0)
    line.key("1*1*1#", "05")
    line.press("prescribe.any_food")
    assert line.session["variables"]["refused_for"]
    line.press("refer.begin")
    assert "स्वास्थ्य केंद्र" in line.answer
    line.pick(0)
    line.pick(1)
    assert "आज" in line.answer
    assert not slips(staff.desk)
    line.press("answer.if_yes")
    [slip] = slips(staff.desk)
    assert (slip.document["place"], slip.document["when"]) == ("health_centre", "today")
    assert slip.document["reason"] == "viral fever"
    staff.desk.work_off()
    [text] = [m for m in staff.desk.messages() if m.kind == "referral"]
    assert "Rao" in text.body
    # The draft that she had begun is still there.
    assert line.at == "prescribe/resume"


def test_to_the_place_for_danger_nobody_is_sent_later(staff: Staff) -> None:
    line = staff.call()
    line.press("refer.begin")
    line.key("3")  # to the next two places
    line.pick(1)
    assert len(line.session["variables"]["times"]) == 1
    line.pick(0)
    line.press("answer.if_yes")
    [slip] = slips(staff.desk)
    assert (slip.document["place"], slip.document["when"]) == ("nearest_hospital", "at_once")
    assert slip.document["reason"] == ""


def test_a_no_sends_nobody_and_a_dropped_line_neither(staff: Staff) -> None:
    line = staff.call()
    line.press("refer.begin")
    line.pick(0)
    line.pick(0)
    line.press("answer.if_no")
    line.press("refer.begin")
    line.pick(0)
    line.pick(0)
    line.ends()
    assert not slips(staff.desk)


def test_the_same_slip_twice_in_a_call_is_one(staff: Staff) -> None:
    line = staff.call()
    for _ in range(2):
        line.press("refer.begin")
        line.pick(0)
        line.pick(0)
        line.press("answer.if_yes")
    staff.desk.work_off()
    assert len(slips(staff.desk)) == 1
    assert [m.kind for m in staff.desk.messages()].count("referral") == 1
