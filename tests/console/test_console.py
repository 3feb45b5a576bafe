"""The doctor's console: who may enter, what she sees, and what her forms do."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Consultation, Offer, Patient, Prescription, Recording, Ticket
from gateway.domain.roles import Role
from gateway.domain.states import DoctorStatus
from gateway.web.access import routes
from tests.console.clinic import (
    METFORMIN,
    PARACETAMOL,
    PASSWORD,
    Clinic,
    field_of,
    shown,
)
from tests.services.desk import Line, to_the_talk

LOGIN = "/console/login"
AUDIO = b"RIFF-her-own-words"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are held on one database; what they ask of it is held on both beside the services."""
    return sqlite_url


def issued(clinic: Clinic) -> list[Prescription]:
    return [row for row in clinic.desk.all(Prescription) if isinstance(row, Prescription)]


def texted(clinic: Clinic) -> list[str]:
    return [m.body for m in clinic.desk.messages() if m.purpose_key.startswith("rx:")]


# Signing in


def test_a_doctor_signs_in_and_sees_her_day(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.browser()
    answer = browser.sign_in()
    assert (answer.status_code, answer.location) == (303, "/console")
    page = browser.get("/console")
    assert "Dr Asha Rao" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_a_stranger_is_led_to_the_sign_in_page_and_back(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.browser()
    led = browser.get("/console/visit/x")
    assert led.status_code == 302
    assert led.location.startswith(LOGIN)
    login = browser.get(led.location).text
    asked = {"username": "asha", "password": PASSWORD, "next": field_of(login, "next")}
    back = browser.post(LOGIN, page=led.location, **asked)
    assert back.location == "/console/visit/x"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/\\x"])
def test_signing_in_never_leads_elsewhere(clinic: Clinic, target: str) -> None:
    clinic.doctor()
    answer = clinic.browser().post(
        LOGIN, page=LOGIN, username="asha", password=PASSWORD, next=target
    )
    assert answer.location == "/console"


def test_a_wrong_password_and_an_unknown_name_get_one_answer(clinic: Clinic) -> None:
    clinic.doctor()
    wrong = clinic.browser().sign_in("asha", "not her password")
    unknown = clinic.browser().sign_in("nobody", "not her password")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert shown(wrong.text, "sign-in-refused") == shown(unknown.text, "sign-in-refused") != []


def test_after_five_wrong_tries_the_right_password_waits_a_minute(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.browser()
    for _ in range(5):
        assert browser.sign_in("asha", "not her password").status_code == 401
    assert browser.sign_in().status_code == 401
    clinic.desk.clock.forward(61)
    assert browser.sign_in().status_code == 303


def test_signing_out_ends_the_session(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.signed_in()
    assert browser.post("/console/logout", page="/console").status_code == 303
    assert browser.get("/console").status_code == 302


# Roles


def test_a_supervisor_reads_no_consultation(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    clinic.account("super", Role.SUPERVISOR)
    browser = clinic.signed_in("super")
    for path in ("/console", f"/console/visit/{consultation_id}", "/console/recording/x"):
        answer = browser.get(path)
        assert answer.status_code == 403, path
        assert shown(answer.text, "error-403"), "refused by role, before any view ran"
        assert "fever" not in answer.text


def test_a_role_without_a_page_is_told_so(clinic: Clinic) -> None:
    clinic.account("worker", Role.HEALTH_WORKER)
    browser = clinic.browser()
    assert browser.sign_in("worker").status_code == 403
    assert browser.get("/console").status_code == 302


def test_a_doctors_account_without_a_place_on_the_rota_is_told_what_to_do(clinic: Clinic) -> None:
    clinic.account("new", Role.DOCTOR)
    answer = clinic.signed_in("new").get("/console")
    assert answer.status_code == 403
    assert shown(answer.text, "no-doctor")


# Duty


def test_she_goes_on_a_break_off_duty_and_on_again(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.signed_in()

    def move(to: str) -> DoctorStatus:
        assert browser.post("/console/duty", page="/console", to=to).status_code == 303
        return clinic.desk.doctors()[0].status

    assert move("break") is DoctorStatus.PAUSED
    assert move("off") is DoctorStatus.OFF_DUTY
    assert move("break") is DoctorStatus.OFF_DUTY
    assert move("on") is DoctorStatus.AVAILABLE


def test_a_doctor_with_a_patient_stays_with_her(clinic: Clinic) -> None:
    doctor_id = clinic.doctor()
    with Session(clinic.desk.engine) as db, db.begin():
        db.get_one(type(clinic.desk.doctors()[0]), doctor_id).status = DoctorStatus.ENGAGED
    browser = clinic.signed_in()
    for to in ("break", "off"):
        browser.post("/console/duty", page="/console", to=to)
        assert clinic.desk.doctors()[0].status is DoctorStatus.ENGAGED
    assert shown(browser.get("/console").text, "notice-duty_kept")


def test_an_unknown_duty_is_a_bad_request(clinic: Clinic) -> None:
    clinic.doctor()
    answer = clinic.signed_in().post("/console/duty", page="/console", to="sleep")
    assert answer.status_code == 400


def test_a_new_pin_is_shown_once_and_kept_by_no_browser(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.signed_in()
    answer = browser.post("/console/pin", page="/console")
    [pin] = re.findall(r"<strong>(\d{6})</strong>", answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert pin not in browser.get("/console").text
    [again] = re.findall(
        r"<strong>(\d{6})</strong>", browser.post("/console/pin", page="/console").text
    )
    assert again != pin


# The visit


def test_the_live_consultation_comes_first(clinic: Clinic) -> None:
    doctor_id = clinic.doctor()
    older = clinic.consultation("CA1")
    clinic.desk.rota.go_on_duty(doctor_id)
    newer = clinic.consultation("CA2", "+919800000003")
    with Session(clinic.desk.engine) as db, db.begin():
        db.execute(update(Consultation).where(Consultation.id == older).values(ended_at=None))
    page = clinic.signed_in().get("/console").text
    links = re.findall(r'href="/console/visit/([0-9a-f]+)"', page)
    assert links == [older, newer]
    assert shown(page, "live") == ["On the line now"]


def _with_recording(clinic: Clinic, consultation_id: str, **heard: object) -> str:
    with Session(clinic.desk.engine) as db, db.begin():
        consultation = db.get_one(Consultation, consultation_id)
        ticket = db.get_one(Ticket, consultation.ticket_id)
        assert ticket.call_id is not None
        recording = Recording(
            call_id=ticket.call_id,
            turn=1,
            patient_id=consultation.patient_id,
            carrier="twilio",
            language="hi",
            url="https://api.twilio.com/rec",
            seconds=3,
            audio=AUDIO,
            content_type="audio/wav",
            outcome="understood",
            heard={"text": "मुझे खांसी है", "confidence": 0.87, **heard},
            attempts=1,
            created_at=clinic.desk.clock(),
            due_at=clinic.desk.clock(),
        )
        db.add(recording)
        db.flush()
        ticket.complaint = {**ticket.complaint, "recording_ids": [recording.id]}
        return recording.id


def test_what_she_confirmed_stands_apart_from_what_a_machine_heard(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    recording_id = _with_recording(clinic, consultation_id)
    page = clinic.signed_in().get(f"/console/visit/{consultation_id}").text
    [confirmed], [heard] = shown(page, "confirmed"), shown(page, "transcript")
    assert "fever" in page
    assert "Confirmed by the patient, by key" in page
    assert "Heard by machine" in page
    assert heard == "मुझे खांसी है"
    assert "खांसी" not in confirmed
    assert f'src="/console/recording/{recording_id}"' in page


def test_without_a_model_the_page_says_that_no_machine_has_listened(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    recording_id = _with_recording(clinic, consultation_id)
    with Session(clinic.desk.engine) as db, db.begin():
        recording = db.get_one(Recording, recording_id)
        recording.outcome, recording.heard = "no_model", {}
    page = clinic.signed_in().get(f"/console/visit/{consultation_id}").text
    [said] = shown(page, "no-model")
    assert "No speech model" in said
    assert "understood nothing" not in page
    assert f'src="/console/recording/{recording_id}"' in page


def test_only_a_doctor_who_has_had_the_patient_hears_her(clinic: Clinic) -> None:
    clinic.doctor()
    recording_id = _with_recording(clinic, clinic.consultation())
    clinic.doctor("ravi", "+919800000009")
    hers = clinic.signed_in("asha").get(f"/console/recording/{recording_id}")
    assert (hers.data, hers.mimetype) == (AUDIO, "audio/wav")
    assert clinic.signed_in("ravi").get(f"/console/recording/{recording_id}").status_code == 404
    assert clinic.browser().get(f"/console/recording/{recording_id}").status_code == 302


def test_another_doctors_consultation_is_not_found(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    clinic.doctor("ravi", "+919800000009")
    browser = clinic.signed_in("ravi")
    page = f"/console/visit/{consultation_id}"
    for path in (page, f"{page}/issued", f"{page}/complaint", f"{page}/state"):
        assert browser.get(path).status_code == 404, path
    sent = browser.post(
        f"{page}/prescription", page="/console", key="0" * 32, action="issue", **PARACETAMOL
    )
    assert sent.status_code == 404
    assert browser.post(f"{page}/in-person", page="/console", day="2026-11-01").status_code == 404
    assert not issued(clinic)


def test_what_a_patient_or_a_doctor_wrote_never_becomes_markup(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    _with_recording(clinic, consultation_id, text="<script>alert(1)</script>")
    browser = clinic.signed_in()
    browser.prescribe(consultation_id, PARACETAMOL, diagnosis="<b>fever</b>", notes="<i>x</i>")
    page = browser.get(f"/console/visit/{consultation_id}").text
    assert issued(clinic)
    for markup in ("<script>alert", "<b>fever", "<i>x"):
        assert markup not in page


# Prescribing


def test_an_issued_prescription_is_shown_as_a_document_with_its_messages(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    answer = browser.prescribe(consultation_id, {**PARACETAMOL, "instructions": "after food"})
    [kept] = issued(clinic)
    assert answer.status_code == 303
    assert answer.location == f"/console/visit/{consultation_id}#rx-{kept.code}"
    clinic.desk.work_off()
    page = browser.get(f"/console/visit/{consultation_id}").text
    [document] = shown(page, "document")
    for part in ("Asha Rao", "MH-12345", kept.code, "viral fever", "PARACETAMOL", "after food"):
        assert part in document
    assert shown(page, "sms-status") == ["Sent", "Sent", "Sent"]


def test_a_refusal_names_rule_source_and_lawful_way_and_keeps_what_was_typed(
    clinic: Clinic,
) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    answer = clinic.signed_in().prescribe(consultation_id, PARACETAMOL, METFORMIN)
    assert answer.status_code == 422
    [refusal] = shown(answer.text, "refusal")
    for part in ("List A", "referral slip", "list_a_first", "Telemedicine Practice Guidelines"):
        assert part in refusal
    assert 'value="metformin"' in answer.text
    assert '<option value="tablet|500 mg" selected>' in answer.text
    assert not issued(clinic)
    assert not texted(clinic)


def test_a_form_sent_twice_issues_once(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    key = field_of(browser.get(f"/console/visit/{consultation_id}").text, "key")
    first = browser.prescribe(consultation_id, PARACETAMOL, key=key)
    second = browser.prescribe(consultation_id, PARACETAMOL, key=key)
    assert first.location == second.location
    assert len(issued(clinic)) == 1
    assert len(texted(clinic)) == 3


def test_a_used_form_with_another_dose_says_that_nothing_was_issued(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    key = field_of(browser.get(f"/console/visit/{consultation_id}").text, "key")
    browser.prescribe(consultation_id, PARACETAMOL, key=key)
    browser.prescribe(consultation_id, {**PARACETAMOL, "days": "9"}, key=key)
    assert len(issued(clinic)) == 1
    assert shown(browser.get(f"/console/visit/{consultation_id}").text, "notice-form_used")


def test_the_preview_shows_what_will_be_sent_and_sends_nothing(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    answer = browser.prescribe(consultation_id, PARACETAMOL, action="check")
    assert answer.status_code == 200
    assert not issued(clinic)
    previewed = [text.rsplit(". ", 1)[0] for text in shown(answer.text, "preview-sms")]
    [segments] = shown(answer.text, "preview-segments")
    browser.prescribe(consultation_id, PARACETAMOL)
    messages = [m for m in clinic.desk.messages() if m.purpose_key.startswith("rx:")]
    assert int(segments) == sum(message.segments for message in messages)
    bodies = [message.body.rsplit(".", 1)[0] for message in messages]
    assert previewed[1] in bodies


def test_the_preview_shows_what_the_messages_will_cost(clinic: Clinic) -> None:
    clinic.doctor()
    page = clinic.signed_in().prescribe(clinic.consultation(), PARACETAMOL, action="check").text
    [segments], [cost] = shown(page, "preview-segments"), shown(page, "preview-cost")
    a_segment = clinic.desk.texts.catalogue.segment_price
    assert cost == f"₹{a_segment.times(int(segments)).amount}"
    assert sum(
        Decimal(footer.rpartition("₹")[2]) for footer in shown(page, "preview-sms")
    ) == Decimal(cost[1:])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({**PARACETAMOL, "days": "three"}, "days"),
        ({**PARACETAMOL, "days": "0"}, "days"),
        ({**PARACETAMOL, "medicine": ""}, "medicine"),
        ({**PARACETAMOL, "instructions": "x" * 61}, "Instructions"),
    ],
)
def test_a_line_that_cannot_be_read_is_pointed_at(
    clinic: Clinic, line: dict[str, str], problem: str
) -> None:
    clinic.doctor()
    answer = clinic.signed_in().prescribe(clinic.consultation(), line)
    assert answer.status_code == 422
    [said] = shown(answer.text, "line-problem")
    assert problem in said
    assert not issued(clinic)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"diagnosis": " "}, "diagnosis_missing"),
        ({"allergies": "paracetamol"}, "allergy"),
    ],
)
def test_what_the_doctor_was_told_is_checked_too(
    clinic: Clinic, fields: dict[str, str], rule: str
) -> None:
    clinic.doctor()
    answer = clinic.signed_in().prescribe(clinic.consultation(), PARACETAMOL, **fields)
    assert answer.status_code == 422
    assert any(rule in refusal for refusal in shown(answer.text, "refusal"))


@pytest.mark.parametrize("fields", [{"weight_kg": "heavy"}, {"weight_kg": "-3"}, {"key": "mine"}])
def test_absurd_fields_are_refused_and_nothing_is_issued(
    clinic: Clinic, fields: dict[str, str]
) -> None:
    clinic.doctor()
    answer = clinic.signed_in().prescribe(clinic.consultation(), PARACETAMOL, **fields)
    assert answer.status_code == 422
    assert not issued(clinic)


def test_a_child_needs_an_adult_on_the_call_and_a_weight(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation(who="household.someone_else", age="7")
    browser = clinic.signed_in()
    syrup = {**PARACETAMOL, "strength": "syrup|250 mg/5 ml", "dose": "5ml-0-5ml"}
    alone = browser.prescribe(consultation_id, syrup)
    rules = " ".join(shown(alone.text, "refusal"))
    assert "minor_without_adult" in rules
    assert "weight_needed" in rules
    cared_for = browser.prescribe(consultation_id, syrup, with_adult="1", weight_kg="22")
    assert cared_for.status_code == 303
    assert len(issued(clinic)) == 1


def test_a_prohibited_medicine_is_refused_as_such_though_no_strength_can_be_chosen(
    clinic: Clinic,
) -> None:
    clinic.doctor()
    morphine = {"medicine": "morphine", "dose": "1-0-1", "days": "3"}
    answer = clinic.signed_in().prescribe(clinic.consultation(), morphine)
    assert any("prohibited" in refusal for refusal in shown(answer.text, "refusal"))


def test_a_browser_without_scripts_can_add_lines(clinic: Clinic) -> None:
    clinic.doctor()
    answer = clinic.signed_in().prescribe(clinic.consultation(), PARACETAMOL, action="add")
    assert answer.status_code == 200
    assert len(shown(answer.text, "medicine-line")) == 2
    assert not issued(clinic)


def test_where_nobody_talked_nothing_can_be_prescribed(clinic: Clinic) -> None:
    clinic.doctor()
    answer = clinic.signed_in().prescribe(clinic.consultation(joined=False), PARACETAMOL)
    assert answer.status_code == 422
    assert shown(answer.text, "not-talked")


def test_a_patient_who_wants_no_sms_is_spared_and_the_doctor_told(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    with Session(clinic.desk.engine) as db, db.begin():
        db.execute(update(Patient).values(no_sms=True))
    browser = clinic.signed_in()
    browser.prescribe(consultation_id, PARACETAMOL)
    assert shown(browser.get(f"/console/visit/{consultation_id}").text, "no-sms")
    assert not texted(clinic)


def test_a_form_without_its_token_is_refused_and_changes_nothing(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    page = f"/console/visit/{consultation_id}"
    forms = {
        f"{page}/prescription": {"key": "0" * 32, "action": "issue", **PARACETAMOL},
        f"{page}/in-person": {"day": "2026-11-01"},
        "/console/duty": {"to": "off"},
        "/console/logout": {},
    }
    before = clinic.desk.doctors()[0].status
    for path, fields in forms.items():
        answer = browser.client.post(path, data=fields)
        assert answer.status_code == 400, path
        assert shown(answer.text, "error-400")
    assert not issued(clinic)
    assert clinic.patient_of(consultation_id).last_in_person_on is None
    assert clinic.desk.doctors()[0].status is before
    assert browser.get("/console").status_code == 200


# The last visit in person


@pytest.mark.parametrize("day", ["2026-11-24", "yesterday", "2026-13-01"])
def test_a_visit_in_person_is_a_day_that_has_been(clinic: Clinic, day: str) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    page = f"/console/visit/{consultation_id}"
    browser = clinic.signed_in()
    browser.post(f"{page}/in-person", page=page, day=day)
    assert clinic.patient_of(consultation_id).last_in_person_on is None
    assert shown(browser.get(page).text, "notice-in_person_date")


def test_a_visit_in_person_is_recorded_and_cleared(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    page = f"/console/visit/{consultation_id}"
    browser = clinic.signed_in()
    browser.post(f"{page}/in-person", page=page, day="2026-11-23")
    assert str(clinic.patient_of(consultation_id).last_in_person_on) == "2026-11-23"
    browser.post(f"{page}/in-person", page=page, day="")
    assert clinic.patient_of(consultation_id).last_in_person_on is None


# The pages themselves


def test_no_page_needs_anything_from_elsewhere_or_inline(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    for path in (LOGIN, "/console", f"/console/visit/{consultation_id}", "/rx"):
        page = browser.get(path).text
        assert not re.search(r"https?://", page), path
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page), path


def test_every_field_of_the_prescription_form_has_a_label(clinic: Clinic) -> None:
    clinic.doctor()
    page = clinic.signed_in().get(f"/console/visit/{clinic.consultation()}").text
    ids = re.findall(r'<(?:input|select|textarea)[^>]*\bid="([^"]+)"', page)
    labelled = re.findall(r'<label[^>]*\bfor="([^"]+)"', page)
    assert len(ids) > 8
    assert set(ids) <= set(labelled)
    assert len(ids) == len(set(ids))


def test_every_route_of_the_application_declares_who_may_enter(clinic: Clinic) -> None:
    every = list(routes(clinic.app))
    assert len(every) > 20
    assert [route.rule for route in every if route.access is None] == []


# What was told by key, and what was not


def unknown_person(clinic: Clinic) -> str:
    """A consultation with somebody from whom no key came but the last."""
    line = Line(clinic.desk, "CA1").dial()
    while line.at != "visit/tell_unknown":
        line.wait()
    line.say()
    to_the_talk(clinic.desk, line)
    return clinic.desk.consultations()[0].id


def test_the_doctor_sees_how_long_and_how_bad_by_key_apart_from_what_was_heard(
    clinic: Clinic,
) -> None:
    clinic.doctor()
    page = clinic.signed_in().get(f"/console/visit/{clinic.consultation()}").text
    assert shown(page, "told") == ["For 1 day; mild."]


def test_the_page_says_why_this_patient_was_next(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.signed_in()
    [why] = shown(browser.get(f"/console/visit/{clinic.consultation()}").text, "why-next")
    assert why.startswith("Was next for you: routine, first asked at ")
    assert "talked with you lately" not in why
    clinic.desk.later(3600)
    again = clinic.consultation("CA5")
    [why] = shown(browser.get(f"/console/visit/{again}").text, "why-next")
    assert why.endswith(", talked with you lately.")
    with clinic.desk.work.begin() as unit:
        unit.db.execute(update(Offer).values(reasons={"urgency": "routine", "same_state": True}))
    [why] = shown(browser.get(f"/console/visit/{again}").text, "why-next")
    assert why.endswith(", dialled a number of the state where you are registered.")


def test_of_an_unknown_person_nothing_is_prescribed_before_the_doctor_has_asked(
    clinic: Clinic,
) -> None:
    clinic.doctor()
    consultation_id = unknown_person(clinic)
    browser, path = clinic.signed_in(), f"/console/visit/{consultation_id}"
    assert shown(browser.get(path).text, "patient") == ["Person, age not told"]
    refused = browser.prescribe(consultation_id, PARACETAMOL).text
    assert 'data-rule="age_missing"' in refused
    assert 'data-rule="sex_missing"' in refused
    assert not issued(clinic)
    browser.post(f"{path}/person", page=path, age_years="34", sex="female")
    assert shown(browser.get(path).text, "patient") == ["Woman, 34 years, pregnancy not known"]
    assert browser.prescribe(consultation_id, PARACETAMOL).status_code == 303
    assert len(issued(clinic)) == 1


@pytest.mark.parametrize(
    ("age", "sex"), [("", "female"), ("34", ""), ("-1", "male"), ("126", "male"), ("x", "other")]
)
def test_an_unreadable_age_or_sex_is_not_recorded(clinic: Clinic, age: str, sex: str) -> None:
    clinic.doctor()
    path = f"/console/visit/{unknown_person(clinic)}"
    browser = clinic.signed_in()
    browser.post(f"{path}/person", page=path, age_years=age, sex=sex)
    assert shown(browser.get(path).text, "patient") == ["Person, age not told"]


@pytest.mark.parametrize(
    ("told", "then"),
    [
        ({"age_years": "12", "sex": "male"}, "Boy, 12 years"),
        ({"age_years": "34", "sex": "female", "pregnant": "yes"}, "Woman, 34 years, pregnant"),
        ({"age_years": "35", "sex": "female", "pregnant": "no"}, "Woman, 35 years"),
        ({"age_years": "34", "sex": "female"}, "Woman, 34 years, pregnancy not known"),
    ],
)
def test_what_was_keyed_is_corrected_in_any_visit(
    clinic: Clinic, told: dict[str, str], then: str
) -> None:
    clinic.doctor()
    path = f"/console/visit/{clinic.consultation()}"
    browser = clinic.signed_in()
    assert shown(browser.get(path).text, "patient") == ["Woman, 34 years"]
    browser.post(f"{path}/person", page=path, **told)
    assert shown(browser.get(path).text, "patient") == [then]


def test_another_doctor_records_no_age_of_this_patient(clinic: Clinic) -> None:
    clinic.doctor()
    path = f"/console/visit/{unknown_person(clinic)}"
    clinic.doctor("ravi", "+919800000009")
    browser = clinic.signed_in("ravi")
    answer = browser.post(f"{path}/person", page="/console", age_years="34", sex="female")
    assert answer.status_code == 404


@pytest.mark.parametrize("days", ["0", "61", "soon"])
def test_a_day_to_ask_after_her_that_is_none_is_told(clinic: Clinic, days: str) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    answer = browser.prescribe(consultation_id, PARACETAMOL, review_days=days)
    assert answer.status_code == 422
    assert not issued(clinic)
