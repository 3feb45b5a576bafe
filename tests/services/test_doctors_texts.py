"""A doctor with nothing but a telephone prescribes by SMS: read back, confirmed, issued once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text as sql

from gateway.db.models import Message, Prescription, PrescriptionDraft
from gateway.services.drafts import KEPT, KEPT_OPEN, MOST_MEDICINES, PRESCRIBED_WITHIN
from sms.commands import (
    Confirmation,
    PrescriptionText,
    RxOrder,
    read_confirmation,
    read_prescription,
)
from tests.console.clinic import Clinic
from tests.services.data import DOCTOR, PATIENT, command_words
from tests.services.desk import Desk

WORDS = command_words()
FEVER = "viral fever: pcm 500 1-0-1 5d pc; ors sachet 21g 1 sos 3/day 2d"


@pytest.fixture
def clinic(desk: Desk, tmp_path: Path) -> Clinic:
    """A doctor on duty, with a PIN, who has talked with a patient."""
    clinic = Clinic(desk, tmp_path)
    clinic.doctor()
    clinic.consultation()
    desk.work_off()
    return clinic


@pytest.fixture
def pin(clinic: Clinic) -> str:
    return clinic.desk.rota.make_pin(clinic.desk.doctors()[0].id)


def answers(desk: Desk, body: str, sid: str, *, sender: str = DOCTOR) -> list[Message]:
    """Text it, and return what was answered to this text, in order."""
    desk.inbox.receive("twilio", sid, sender, body=body)
    desk.work_off()
    mine = [m for m in desk.messages() if m.purpose_key.startswith(f"in:twilio:{sid}:")]
    return sorted(mine, key=lambda m: m.due_at)


def kinds(desk: Desk, body: str, sid: str, **sender: str) -> list[str]:
    return [message.kind for message in answers(desk, body, sid, **sender)]


def issued(desk: Desk) -> list[Prescription]:
    return [row for row in desk.all(Prescription) if isinstance(row, Prescription)]


def test_what_she_texts_is_read_back_and_issued_when_she_confirms(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    told = answers(desk, f"RX {pin} {FEVER}", "SM1")
    assert [m.kind for m in told] == [
        "prescription_line",
        "prescription_line_as_needed",
        "rx_confirm",
    ]
    assert "PARACETAMOL" in told[0].body
    assert {m.phone_e164 for m in told} == {DOCTOR}
    assert "viral fever" in told[2].body
    assert not issued(desk)

    [done] = answers(desk, f"YES {pin}", "SM2")
    [prescription] = issued(desk)
    assert done.kind == "rx_issued"
    assert prescription.code in done.body
    lines = [m["line"]["medicine"] for m in prescription.document["medicines"]]
    assert lines == ["PARACETAMOL", "ORAL REHYDRATION SALTS"]
    assert prescription.document["diagnosis"] == "viral fever"
    texted = [m for m in desk.messages() if m.purpose_key.startswith("rx:")]
    assert {m.phone_e164 for m in texted} == {PATIENT}


def test_said_twice_it_is_one_prescription(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    for sid in ("SM1", "SM1"):  # delivered twice
        answers(desk, f"rx {pin} {FEVER}", sid)
    first, again = (answers(desk, f"yes {pin}", sid) for sid in ("SM2", "SM3"))
    assert first[0].body == again[0].body
    assert len(issued(desk)) == 1
    assert len(desk.all(PrescriptionDraft)) == 1


def test_the_last_that_was_read_back_is_what_she_confirms(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    answers(desk, f"rx {pin} {FEVER}", "SM1")
    desk.clock.forward(10)
    answers(desk, f"rx {pin} headache: pcm 500 1-1-1 3d", "SM2")
    answers(desk, f"yes {pin}", "SM3")
    [prescription] = issued(desk)
    assert prescription.document["diagnosis"] == "headache"


def test_it_belongs_to_the_token_that_she_names(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    older = desk.consultations()[0].id
    desk.rota.go_on_duty(desk.doctors()[0].id)
    clinic.consultation("CA2", "+919800000003")
    assert len(desk.consultations()) == 2
    answers(desk, f"rx {pin} 0001 {FEVER}", "SM1")
    answers(desk, f"yes {pin}", "SM2")
    assert [row.consultation_id for row in issued(desk)] == [older]
    assert kinds(desk, f"rx {pin} 0077 {FEVER}", "SM3") == ["rx_no_visit"]


def test_of_two_patients_with_one_token_neither_is_guessed(
    clinic: Clinic, pin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = clinic.desk
    desk.rota.go_on_duty(desk.doctors()[0].id)
    clinic.consultation("CA2", "+919800000003")
    # As on the day after the 9,999th ticket.
    monkeypatch.setattr("gateway.services.drafts.token_of", lambda _ticket_id: "0001")
    assert kinds(desk, f"rx {pin} 0001 {FEVER}", "SM1") == ["rx_no_visit"]
    assert kinds(desk, f"rx {pin} {FEVER}", "SM2")[-1] == "rx_confirm"


def test_what_the_rules_refuse_is_refused_here_too(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    told = answers(desk, f"rx {pin} anxiety: alprazolam 0.5 1-0-1 5d", "SM1")
    assert {m.kind for m in told} == {"rx_refused"}
    assert "ALPRAZOLAM" in told[0].body.upper()
    assert kinds(desk, f"yes {pin}", "SM2") == ["rx_nothing"]
    assert not issued(desk)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("rx {pin}", "rx_how"),
        ("rx {pin} viral fever pcm 500 1-0-1 5d", "rx_how"),
        ("rx {pin} fever: ", "rx_how"),
        ("rx {pin} fever: " + "; ".join(["pcm 500 1-0-1 5d"] * (MOST_MEDICINES + 1)), "rx_how"),
        ("rx {pin} fever: nosuchmedicine 1-0-1 5d", "rx_unreadable"),
        ("rx {pin} fever: pcm 500 1-0-1", "rx_unreadable"),
        ("rx 111111 " + FEVER, "duty_wrong_pin"),
        ("rx " + FEVER, "duty_wrong_pin"),
        ("yes 111111", "duty_wrong_pin"),
        ("yes {pin}", "rx_nothing"),
    ],
)
def test_what_cannot_be_done_is_told_and_issues_nothing(
    clinic: Clinic, pin: str, body: str, kind: str
) -> None:
    assert kinds(clinic.desk, body.format(pin=pin), "SM1") == [kind]
    assert kinds(clinic.desk, f"yes {pin}", "SM2") == ["rx_nothing"]
    assert not issued(clinic.desk)


def test_the_line_that_cannot_be_read_is_named(clinic: Clinic, pin: str) -> None:
    [told] = answers(clinic.desk, f"rx {pin} fever: pcm 500 1-0-1 5d; ors 1 sos 3/day 2d", "SM1")
    assert "2 (which strength)" in told.body


@pytest.mark.parametrize(
    "diagnosis", ["<b>fever</b> {x}", "f" * 190, "http://x.example fever", "www.a.in 1.5"]
)
def test_odd_words_of_hers_break_no_text(clinic: Clinic, pin: str, diagnosis: str) -> None:
    told = kinds(clinic.desk, f"rx {pin} {diagnosis}: pcm 500 1-0-1 5d", "SM1")
    assert told in (["prescription_line", "rx_confirm"], ["rx_unreadable"])


def test_a_yes_that_comes_too_late_issues_nothing(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    answers(desk, f"rx {pin} {FEVER}", "SM1")
    desk.clock.forward(KEPT_OPEN.total_seconds() + 1)
    assert kinds(desk, f"yes {pin}", "SM2") == ["rx_nothing"]


def test_an_old_consultation_is_not_prescribed_from_by_text(clinic: Clinic, pin: str) -> None:
    clinic.desk.clock.forward(PRESCRIBED_WITHIN.total_seconds() + 1)
    assert kinds(clinic.desk, f"rx {pin} {FEVER}", "SM1") == ["rx_no_visit"]


def test_another_doctors_consultation_is_not_hers(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    other = "+919800000009"
    mine = desk.doctor(other)
    others_pin = desk.rota.make_pin(mine)
    assert kinds(desk, f"rx {others_pin} {FEVER}", "SM1", sender=other) == ["rx_no_visit"]


def test_from_another_number_it_is_no_prescription(clinic: Clinic, pin: str) -> None:
    assert kinds(clinic.desk, f"rx {pin} {FEVER}", "SM1", sender=PATIENT) == ["help"]


def test_what_waits_for_her_yes_is_sealed_and_forgotten(clinic: Clinic, pin: str) -> None:
    desk = clinic.desk
    answers(desk, f"rx {pin} {FEVER}", "SM1")
    with desk.engine.connect() as connection:
        [told] = connection.execute(sql("SELECT told FROM prescription_drafts")).scalars()
    assert b"viral" not in bytes(told)
    desk.clock.forward(KEPT.total_seconds() + 1)
    desk.sweep()
    assert not desk.all(PrescriptionDraft)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (
            "RX 123456 Viral  fever: pcm 500 1-0-1 5d;\n ors 1 sos",
            PrescriptionText("123456", "", "Viral fever", ("pcm 500 1-0-1 5d", "ors 1 sos")),
        ),
        ("rx. 123456 #0417 flu: pcm", PrescriptionText("123456", "0417", "flu", ("pcm",))),
        ("दवा १२३४५६ flu: pcm", PrescriptionText("123456", "", "flu", ("pcm",))),
        ("rx 123456 flu", PrescriptionText("123456", lines=("flu",), order=RxOrder.CHANGE)),
        (
            "rx 123456 wt 12kg; note a: b",
            PrescriptionText("123456", lines=("wt 12kg", "note a: b"), order=RxOrder.CHANGE),
        ),
        ("rx 123456", PrescriptionText("123456", order=RxOrder.CHANGE)),
        ("rx 123456 cancel", PrescriptionText("123456", order=RxOrder.CANCEL)),
        (
            "RX 123456 रद्द 7bq2xk9m",
            PrescriptionText("123456", order=RxOrder.CANCEL, code="7BQ2XK9M"),
        ),
        (
            "rx 123456 cancel VYVHPVBN",  # a code may have no digit
            PrescriptionText("123456", order=RxOrder.CANCEL, code="VYVHPVBN"),
        ),
        ("rx 123456 cancel my order", PrescriptionText("123456")),
        ("rx 123456 Repeat 0417", PrescriptionText("123456", "0417", order=RxOrder.REPEAT)),
        ("rx 123456 repeat", PrescriptionText("123456", order=RxOrder.REPEAT)),
        (
            "rx 123456 repeat fever: pcm",
            PrescriptionText("123456", "", "repeat fever", ("pcm",)),
        ),
        (
            "rx 123456 replace 7BQ2XK9M flu: pcm",
            PrescriptionText("123456", "", "flu", ("pcm",), order=RxOrder.REPLACE, code="7BQ2XK9M"),
        ),
        (
            "rx 123456 replace flu: pcm",
            PrescriptionText("123456", "", "flu", ("pcm",), order=RxOrder.REPLACE),
        ),
        ("rx 123456 0417 flu", PrescriptionText("123456", "0417")),
        ("rx 12345 flu: pcm", PrescriptionText("")),
        ("rx", PrescriptionText("")),
        ("RX\n123456 flu:\npcm", PrescriptionText("123456", "", "flu", ("pcm",))),
        ("", None),
        ("rxx 123456 flu: pcm", None),
        ("prescription", None),
    ],
)
def test_what_a_doctor_texts_is_read_as_a_prescription(
    body: str, read: PrescriptionText | None
) -> None:
    assert read_prescription(body, WORDS) == read


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("YES 123456", Confirmation("123456")),
        ("हाँ १२३४५६", Confirmation("123456")),
        ("yes", None),
        ("yes please 123456", None),
        ("no 123456", None),
    ],
)
def test_a_doctors_yes_is_read(body: str, read: Confirmation | None) -> None:
    assert read_confirmation(body, WORDS) == read
