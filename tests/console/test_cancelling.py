"""A prescription taken back, replaced, repeated: by its doctor, once, and the patient is told."""

from __future__ import annotations

import pypdfium2
from sqlalchemy.orm import Session

from gateway.db.models import Aftercare, Message, Prescription
from gateway.db.models.base import new_id
from gateway.domain.aftercare import AftercareKind
from gateway.domain.states import AftercareStatus, MessageStatus
from gateway.services.prescription_reading import newest_of
from tests.console.clinic import PARACETAMOL, Browser, Clinic, field_of, shown
from tests.services.data import PATIENT

OTHER_PATIENT = "+919800000003"


def issue(browser: Browser, consultation_id: str, **fields: str) -> str:
    answer = browser.prescribe(consultation_id, PARACETAMOL, **fields)
    return str(answer.location).rsplit("#rx-", 1)[1]


def later(clinic: Clinic, number: str) -> str:
    """Another consultation of the doctor who wrote up the first."""
    [doctor_id] = {row.doctor_id for row in rows(clinic).values()}
    clinic.desk.rota.go_on_duty(doctor_id)
    return clinic.consultation("CA2", number)


def cancel(browser: Browser, code: str) -> int:
    path = f"/console/prescription/{code}/cancel"
    return browser.post(path, page="/console").status_code


def rows(clinic: Clinic) -> dict[str, Prescription]:
    found = clinic.desk.all(Prescription)
    return {row.code: row for row in found if isinstance(row, Prescription)}


def standing(clinic: Clinic) -> list[str]:
    return [code for code, row in rows(clinic).items() if row.cancelled_at is None]


def texts(clinic: Clinic, kind: str = "prescription_cancelled") -> list[Message]:
    return [message for message in clinic.desk.messages() if message.kind == kind]


def test_a_prescription_that_was_sent_is_taken_back_once_and_the_patient_told(
    clinic: Clinic, browser: Browser
) -> None:
    consultation_id = clinic.consultation()
    code = issue(browser, consultation_id)
    clinic.desk.work_off()
    assert [cancel(browser, code), cancel(browser, code)] == [303, 303]
    [told] = texts(clinic)
    assert code in told.body
    page = browser.get(f"/console/visit/{consultation_id}").text
    assert shown(page, "cancelled") == ["Cancelled on 23 Nov 2026."]
    assert told.body in shown(page, "sms")[-1]


def test_what_was_never_sent_is_dropped_and_nobody_is_told_of_it(
    clinic: Clinic, browser: Browser
) -> None:
    code = issue(browser, clinic.consultation())
    cancel(browser, code)
    clinic.desk.work_off()
    assert not texts(clinic)
    dropped = texts(clinic, "prescription_line")
    assert [(m.status, m.error_code) for m in dropped] == [(MessageStatus.FAILED, "cancelled")]


def test_it_is_neither_read_aloud_nor_reminded_of_any_more(
    clinic: Clinic, browser: Browser
) -> None:
    code = issue(browser, clinic.consultation())
    row = rows(clinic)[code]
    with Session(clinic.desk.engine) as db, db.begin():
        db.add(
            Aftercare(
                id=new_id(),
                kind=AftercareKind.REMINDER,
                caller_id=clinic.patient_of(row.consultation_id).caller_id,
                patient_id=row.patient_id,
                prescription_id=row.id,
                status=AftercareStatus.PLANNED,
                attempts=0,
                due_at=clinic.desk.clock(),
                created_at=clinic.desk.clock(),
            )
        )
    cancel(browser, code)
    with clinic.desk.work.begin() as unit:
        assert newest_of(unit, row.patient_id) is None
    [reminder] = [r for r in clinic.desk.all(Aftercare) if isinstance(r, Aftercare)]
    assert reminder.status is AftercareStatus.STOPPED


def test_another_doctor_can_neither_cancel_it_nor_open_its_document(
    clinic: Clinic, browser: Browser
) -> None:
    code = issue(browser, clinic.consultation())
    clinic.doctor("meera", "+919800000077")
    other = clinic.signed_in("meera")
    assert cancel(other, code) == 404
    assert other.get(f"/console/prescription/{code}.pdf").status_code == 404
    assert rows(clinic)[code].cancelled_at is None


def test_the_doctor_opens_the_signed_document_and_a_cancelled_one_says_so(
    clinic: Clinic, browser: Browser
) -> None:
    code = issue(browser, clinic.consultation())
    page = browser.get(f"/console/prescription/{code}.pdf")
    assert page.mimetype == "application/pdf"
    assert code in page.headers["Content-Disposition"]
    cancel(browser, code)
    body = browser.get(f"/console/prescription/{code}.pdf").data
    assert "CANCELLED" in pypdfium2.PdfDocument(body)[0].get_textpage().get_text_bounded()


def test_replacing_fills_the_form_in_and_takes_the_old_one_back_when_issued(
    clinic: Clinic, browser: Browser
) -> None:
    consultation_id = clinic.consultation()
    old = issue(browser, consultation_id, name="Sunita Devi", weight_kg="54", notes="rest")
    page = browser.get(f"/console/visit/{consultation_id}?replace={old}").text
    assert field_of(page, "replaces") == old
    for value in ('value="paracetamol"', 'value="1-0-1"', 'value="54"', "Sunita Devi"):
        assert value in page
    assert rows(clinic)[old].cancelled_at is None
    new = issue(browser, consultation_id, replaces=old, diagnosis="influenza")
    found = rows(clinic)
    assert found[old].cancelled_at is not None
    assert (found[new].replaces_id, found[new].cancelled_at) == (found[old].id, None)
    history = shown(browser.get(f"/console/visit/{consultation_id}").text, "cancelled")
    assert history == [f"Cancelled on 23 Nov 2026, replaced by {new} ."]


def test_of_two_pages_that_replace_one_prescription_the_second_is_told_what_stands(
    clinic: Clinic, browser: Browser
) -> None:
    consultation_id = clinic.consultation()
    old = issue(browser, consultation_id)
    replacing = f"/console/visit/{consultation_id}?replace={old}"
    pages = [browser.get(replacing).text for _ in range(2)]
    first, second = (
        {"replaces": field_of(page, "replaces"), "key": field_of(page, "key")} for page in pages
    )
    new = issue(browser, consultation_id, **first)
    for action in ("check", "issue"):
        late = browser.prescribe(
            consultation_id, {**PARACETAMOL, "dose": "1-1-1"}, action=action, **second
        )
        assert late.status_code == 422
        [told] = shown(late.text, "overtaken")
        assert f"{old} , which this was to replace, was replaced meanwhile: {new} stands" in told
    assert standing(clinic) == [new]
    # What she typed is there still, and would replace what stands now.
    assert 'value="1-1-1"' in late.text
    last = issue(
        browser, consultation_id, key=second["key"], replaces=field_of(late.text, "replaces")
    )
    assert standing(clinic) == [last]
    # Of a page from before all of it, the end of the chain is named.
    latest = browser.prescribe(consultation_id, PARACETAMOL, replaces=old)
    assert f"{last} stands now" in shown(latest.text, "overtaken")[0]


def test_the_same_replacement_sent_twice_is_one(clinic: Clinic, browser: Browser) -> None:
    consultation_id = clinic.consultation()
    old = issue(browser, consultation_id)
    page = browser.get(f"/console/visit/{consultation_id}?replace={old}").text
    form = {"replaces": old, "key": field_of(page, "key")}
    first, again = (issue(browser, consultation_id, **form) for _ in range(2))
    assert first == again
    assert standing(clinic) == [first]
    changed = browser.prescribe(consultation_id, {**PARACETAMOL, "days": "5"}, **form)
    assert str(changed.location).endswith(f"#rx-{first}")
    assert standing(clinic) == [first]


def test_one_that_was_cancelled_meanwhile_is_not_replaced(clinic: Clinic, browser: Browser) -> None:
    consultation_id = clinic.consultation()
    old = issue(browser, consultation_id)
    cancel(browser, old)
    late = browser.prescribe(consultation_id, PARACETAMOL, replaces=old)
    assert late.status_code == 422
    assert "was cancelled meanwhile, and none stands" in shown(late.text, "overtaken")[0]
    assert field_of(late.text, "replaces") == ""
    assert not standing(clinic)
    new = issue(browser, consultation_id, replaces="")
    assert rows(clinic)[new].replaces_id is None


def test_a_refused_replacement_leaves_the_old_one_standing(
    clinic: Clinic, browser: Browser
) -> None:
    consultation_id = clinic.consultation()
    old = issue(browser, consultation_id)
    refused = {**PARACETAMOL, "dose": "4-4-4"}
    assert browser.prescribe(consultation_id, refused, replaces=old).status_code == 422
    assert rows(clinic)[old].cancelled_at is None


def test_a_prescription_of_another_consultation_is_not_replaced(
    clinic: Clinic, browser: Browser
) -> None:
    old = issue(browser, clinic.consultation())
    other = later(clinic, OTHER_PATIENT)
    assert browser.prescribe(other, PARACETAMOL, replaces=old).status_code == 404
    assert rows(clinic)[old].cancelled_at is None


def test_repeating_an_earlier_one_takes_its_medicines_and_not_its_findings(
    clinic: Clinic, browser: Browser
) -> None:
    first = clinic.consultation()
    code = issue(browser, first, findings="pale", allergies="penicillin")
    clinic.desk.clock.forward(24 * 3600)
    second = later(clinic, PATIENT)
    page = browser.get(f"/console/visit/{second}?repeat={code}").text
    for value in ('value="paracetamol"', 'value="1-0-1"', 'value="penicillin"'):
        assert value in page
    assert "pale" not in page.split('data-testid="prescription-form"')[1]
    assert field_of(page, "replaces") == ""


def test_another_patients_code_fills_nothing_in(clinic: Clinic, browser: Browser) -> None:
    code = issue(browser, clinic.consultation())
    other = later(clinic, OTHER_PATIENT)
    for how in ("repeat", "replace"):
        assert 'value="1-0-1"' not in browser.get(f"/console/visit/{other}?{how}={code}").text
