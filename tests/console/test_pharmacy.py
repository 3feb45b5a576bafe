"""The pharmacist's page: the code is one key, the phone's last digits the second."""

from __future__ import annotations

import pypdfium2
import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Dispensing, Event, Prescription
from tests.conftest import database_url
from tests.console.clinic import PARACETAMOL, Browser, Clinic, shown

# Of PATIENT in tests/services/desk.py.
RIGHT, WRONG = "0001", "9999"

# What these pages ask is asked nowhere else, so they are held on both databases.
__all__ = ["database_url"]


@pytest.fixture
def code(clinic: Clinic) -> str:
    clinic.doctor()
    browser = clinic.signed_in()
    location = browser.prescribe(clinic.consultation(), PARACETAMOL).location
    return location.rsplit("#rx-", 1)[1]


def prove(browser: Browser, code: str, digits: str) -> tuple[int, str]:
    # The token comes from a page that counts no miss.
    answer = browser.post(f"/rx/{code}", page="/console/login", digits=digits)
    return answer.status_code, answer.text


def test_a_code_shows_doctor_medicines_and_validity_but_not_the_patient(
    clinic: Clinic, code: str
) -> None:
    page = clinic.browser().get(f"/rx/{code}")
    assert page.status_code == 200
    for part in ("Asha Rao", "MH-12345", "PARACETAMOL", "Valid until 23 Dec 2026", "23 Nov 2026"):
        assert part in page.text
    for part in ("34 years", "female", "viral fever"):
        assert part not in page.text


@pytest.mark.parametrize("spelling", [str.lower, lambda code: f"{code[:4]}-{code[4:]}"])
def test_a_code_may_be_typed_in_any_spelling(clinic: Clinic, code: str, spelling: object) -> None:
    assert callable(spelling)
    typed = clinic.browser().client.get("/rx", query_string={"code": spelling(code)})
    assert typed.location == f"/rx/{code}"
    assert clinic.browser().get(f"/rx/{spelling(code)}").status_code == 200


def test_the_right_digits_show_age_and_sex_and_the_wrong_ones_do_not(
    clinic: Clinic, code: str
) -> None:
    browser = clinic.browser()
    status, page = prove(browser, code, WRONG)
    assert (status, shown(page, "rx-patient")) == (403, [])
    assert shown(page, "wrong-digits")
    status, page = prove(browser, code, RIGHT)
    assert (status, shown(page, "rx-patient")) == (200, ["name not told , 34 years, female"])


def test_an_expired_prescription_says_so(clinic: Clinic, code: str) -> None:
    clinic.desk.clock.forward(31 * 24 * 3600)
    [validity] = shown(clinic.browser().get(f"/rx/{code}").text, "validity")
    assert validity == "Expired on 23 Dec 2026"


@pytest.mark.parametrize("unknown", ["BBBBBBBB", "short", "0O1I0O1I", "<b>", "x" * 500])
def test_an_unknown_code_is_a_clear_404(clinic: Clinic, unknown: str) -> None:
    page = clinic.browser().get(f"/rx/{unknown}")
    assert page.status_code == 404
    assert shown(page.text, "unknown-code")
    assert "<b>" not in page.text


def test_an_address_that_guesses_codes_is_stopped_and_others_are_not(
    clinic: Clinic, code: str
) -> None:
    browser = clinic.browser()
    answers = [browser.get(f"/rx/BBBBBBB{sign}").status_code for sign in "BCDFGHJKMNPQRSTVWXYZ23"]
    assert answers == [404] * 20 + [429] * 2
    stopped = browser.get(f"/rx/{code}")
    assert stopped.status_code == 429
    assert stopped.headers["Retry-After"] == "900"
    elsewhere = browser.client.get(f"/rx/{code}", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 200
    clinic.desk.clock.forward(15 * 60 + 1)
    assert browser.get(f"/rx/{code}").status_code == 200


def test_honest_look_ups_are_never_counted(clinic: Clinic, code: str) -> None:
    browser = clinic.browser()
    assert {browser.get(f"/rx/{code}").status_code for _ in range(30)} == {200}


def test_digits_are_tried_five_times_wherever_the_tries_come_from(
    clinic: Clinic, code: str
) -> None:
    for place in range(5):
        browser = clinic.browser()
        browser.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{place}"
        assert prove(browser, code, WRONG)[0] == 403
    assert prove(clinic.browser(), code, RIGHT)[0] == 429
    clinic.desk.clock.forward(15 * 60 + 1)
    assert prove(clinic.browser(), code, RIGHT)[0] == 200


def test_digits_without_the_forms_token_are_refused(clinic: Clinic, code: str) -> None:
    answer = clinic.browser().client.post(f"/rx/{code}", data={"digits": RIGHT})
    assert answer.status_code == 400
    assert "34 years" not in answer.text


@pytest.mark.parametrize("digits", ["", "1", "00001", "००००", "abcd"])
def test_odd_digits_are_only_wrong(clinic: Clinic, code: str, digits: str) -> None:
    assert prove(clinic.browser(), code, digits)[0] == 403


def test_the_event_rows_of_misses_hold_no_address(clinic: Clinic, code: str) -> None:
    clinic.browser().get("/rx/BBBBBBBB")
    events = [e for e in clinic.desk.all(Event) if isinstance(e, Event)]
    [missed] = [e for e in events if e.subject == "pharmacy"]
    assert "127.0.0.1" not in missed.subject_id
    assert missed.name == "refused"


def post(browser: Browser, path: str, **fields: object) -> tuple[int, bytes]:
    answer = browser.post(path, page="/console/login", **fields)
    return answer.status_code, answer.data


def dispensed(clinic: Clinic) -> list[int]:
    return [row.place for row in clinic.desk.all(Dispensing) if isinstance(row, Dispensing)]


def test_the_signed_document_is_handed_out_for_the_right_digits_alone(
    clinic: Clinic, code: str
) -> None:
    status, body = post(clinic.browser(), f"/rx/{code}/pdf", digits=WRONG)
    assert (status, body[:5]) == (403, b"<!doc")
    status, body = post(clinic.browser(), f"/rx/{code}/pdf", digits=RIGHT)
    assert status == 200
    text = pypdfium2.PdfDocument(body)[0].get_textpage().get_text_bounded()
    assert "PARACETAMOL" in text
    assert f"/rx/{code}" in text


def test_a_medicine_is_marked_once_and_everyone_sees_it(clinic: Clinic, code: str) -> None:
    browser = clinic.browser()
    marks = [post(browser, f"/rx/{code}/dispensed", digits=RIGHT, place="1") for _ in range(2)]
    assert [status for status, _ in marks] == [200, 200]
    assert dispensed(clinic) == [1]
    clinic.desk.clock.forward(24 * 3600)
    page = clinic.browser().get(f"/rx/{code}").text
    assert shown(page, "given") == ["Dispensed on 23 Nov 2026"]
    assert not shown(prove(browser, code, RIGHT)[1], "dispense")


@pytest.mark.parametrize("place", ["0", "2", "x", "²", pytest.param("9" * 5000, id="endless")])
def test_a_medicine_that_is_not_on_it_is_not_marked(clinic: Clinic, code: str, place: str) -> None:
    status, _ = post(clinic.browser(), f"/rx/{code}/dispensed", digits=RIGHT, place=place)
    assert (status, dispensed(clinic)) == (409, [])


def test_nothing_is_marked_with_wrong_digits(clinic: Clinic, code: str) -> None:
    status, _ = post(clinic.browser(), f"/rx/{code}/dispensed", digits=WRONG, place="1")
    assert (status, dispensed(clinic)) == (403, [])


def test_what_is_expired_is_not_marked(clinic: Clinic, code: str) -> None:
    clinic.desk.clock.forward(31 * 24 * 3600)
    status, _ = post(clinic.browser(), f"/rx/{code}/dispensed", digits=RIGHT, place="1")
    assert (status, dispensed(clinic)) == (409, [])


def test_what_was_cancelled_says_so_and_is_not_marked(clinic: Clinic, code: str) -> None:
    with Session(clinic.desk.engine) as db, db.begin():
        db.execute(update(Prescription).values(cancelled_at=clinic.desk.clock()))
    assert shown(clinic.browser().get(f"/rx/{code}").text, "validity") == [
        "Cancelled on 23 Nov 2026"
    ]
    status, _ = post(clinic.browser(), f"/rx/{code}/dispensed", digits=RIGHT, place="1")
    assert (status, dispensed(clinic)) == (409, [])
    _, body = post(clinic.browser(), f"/rx/{code}/pdf", digits=RIGHT)
    assert "CANCELLED" in pypdfium2.PdfDocument(body)[0].get_textpage().get_text_bounded()
