"""An earlier prescription by keys: repeated, replaced by another, taken back."""

from __future__ import annotations

import pytest

from tests.console.clinic import PARACETAMOL as TYPED
from tests.console.clinic import Clinic
from tests.services.keyed import (
    Staff,
    heard,
    issued,
    listened,
    medicines,
    paracetamol,
)


def test_she_repeats_what_she_gave_this_patient(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.issue")
    line = staff.call()
    assert line.at == "prescribe/issued_before"
    line.press("prescribe.repeat")
    assert len(listened(line)) == 1
    line.press("prescribe.issue")
    first, second = issued(staff.desk)
    assert medicines(first) == medicines(second)
    assert first.cancelled_at is None


def test_there_is_nothing_to_repeat(staff: Staff) -> None:
    line = staff.call()
    line.press("prescribe.repeat")
    assert line.at == "prescribe/fresh"


def test_she_puts_another_in_its_place(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.issue")
    line = staff.call()
    line.press("prescribe.change", "prescribe.correct")
    listened(line)
    line.press("prescribe.remove")
    line.key("01")
    paracetamol(line, dose="1*1*1#")
    heard(line)
    line.press("prescribe.issue")
    first, second = issued(staff.desk)
    assert first.cancelled_at is not None
    assert second.replaces_id == first.id
    assert medicines(second)[0][3] == "1-1-1"


@pytest.mark.parametrize("instead", [True, False])
@pytest.mark.parametrize("late", ["prescribe.issue", "prescribe.more"])
def test_what_the_console_replaced_or_cancelled_meanwhile_is_not_replaced_by_keys(
    staff: Staff, clinic: Clinic, late: str, *, instead: bool
) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.issue")
    line = staff.call()
    line.press("prescribe.change", "prescribe.correct")
    listened(line)
    [old] = issued(staff.desk)
    browser = clinic.signed_in()
    if instead:
        browser.prescribe(old.consultation_id, TYPED, replaces=old.code)
    else:
        browser.post(f"/console/prescription/{old.code}/cancel", page="/console")
    before = [row.code for row in issued(staff.desk)]
    line.press(late)
    if late == "prescribe.more":
        paracetamol(line)
    assert [row.code for row in issued(staff.desk)] == before
    assert "यह अधूरा पर्चा अब नहीं है" in line.answer
    assert ("दवा का कोड है" in line.answer) == instead
    assert line.at == ("prescribe/issued_before" if instead else "prescribe/fresh")
    if instead:
        assert line.session["variables"]["code"] == before[-1]


def test_she_takes_the_last_one_back_when_she_is_sure(staff: Staff) -> None:
    line = staff.begun()
    paracetamol(line)
    heard(line)
    line.press("prescribe.issue")
    line = staff.call()
    line.press("prescribe.change", "prescribe.take_back", "answer.if_no")
    assert issued(staff.desk)[0].cancelled_at is None
    line.press("prescribe.change", "prescribe.take_back", "answer.if_yes")
    assert issued(staff.desk)[0].cancelled_at is not None
    assert staff.call().at == "prescribe/fresh"
