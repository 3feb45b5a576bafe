"""The doctor's console: her duty, her consultations, and the prescriptions she writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from gateway.db.models import Doctor
from gateway.db.models.base import new_id
from gateway.domain.draft import Sex
from gateway.domain.indian_time import day_in_india
from gateway.domain.roles import Role
from gateway.services.accounts import NotSignedIn
from gateway.services.clinic import ToldPerson
from gateway.services.issuing import FormUsed, NoLongerStands, NotHers, NotTalked, Preview, Refused
from gateway.services.slips import SlipRefused
from gateway.web import filters
from gateway.web.access import allow, public
from gateway.web.parts import parts
from gateway.web.prescription_form import (
    MOST_LINES,
    FormLine,
    PrescriptionForm,
    copied_form,
    parse_prescription_form,
    regimen_form,
    unplaced_of,
    unusual_weight,
    with_history,
)
from gateway.web.quick_lines import echo_of, quick_lines, read_into
from gateway.web.security import own_page, sign_in, sign_out
from gateway.web.slip_form import asked_by

console = Blueprint("console", __name__, url_prefix="/console")
console.record_once(filters.install)

UNPROCESSABLE: Final = 422
ADD: Final = "add"
OLDEST: Final = 125
# Anything else is no answer: it stays unknown.
_ANSWERS: Final = {"yes": True, "no": False}
# Where each role's day begins; a role that is not here has no page yet.
_HOMES: Final = {
    Role.DOCTOR: "console.home",
    Role.SUPERVISOR: "board.now",
    Role.ADMIN: "board.now",
}


@console.route("/login", methods=["GET", "POST"], endpoint="sign_in")
@public("whoever signs in has no session yet; tries are counted")
def sign_in_page() -> ResponseReturnValue:
    if request.method == "GET":
        return _sign_in_form(problem="")
    member = parts().accounts.sign_in(
        request.form.get("username", ""),
        request.form.get("password", ""),
        address=request.remote_addr or "",
    )
    if isinstance(member, NotSignedIn):
        return _sign_in_form(problem="refused"), 401
    if member.role not in _HOMES:
        return _sign_in_form(problem="no_page"), 403
    sign_in(member)
    home = url_for(_HOMES[member.role])
    return redirect(own_page(request.form.get("next"), otherwise=home), 303)


@console.post("/logout")
@public("ending a session needs none; the form's token keeps other sites from doing it")
def sign_out_now() -> ResponseReturnValue:
    sign_out()
    flash("signed_out")
    return redirect(url_for("console.sign_in"), 303)


@console.get("")
@allow(Role.DOCTOR)
def home() -> ResponseReturnValue:
    return render_template("console/home.html", **_my_day(_doctor()))


@console.get("/now")
@allow(Role.DOCTOR)
def now() -> ResponseReturnValue:
    """The part of the day that changes by itself."""
    return render_template("console/now.html", **_my_day(_doctor()))


@console.post("/duty")
@allow(Role.DOCTOR)
def duty() -> ResponseReturnValue:
    doctor, rota = _doctor(), parts().rota
    match request.form.get("to"):
        case "on":
            moved, notice = rota.go_on_duty(doctor.id), "on_duty"
        case "off":
            moved, notice = rota.go_off_duty(doctor.id), "off_duty"
        case "break":
            moved, notice = rota.take_break(doctor.id), "paused"
        case _:
            abort(400)
    flash(*((notice, "good") if moved else ("duty_kept", "info")))
    return redirect(url_for("console.home"), 303)


@console.post("/pin")
@allow(Role.DOCTOR)
def pin() -> ResponseReturnValue:
    """Make her a new PIN and show it, this once: no redirect carries it anywhere."""
    doctor = _doctor()
    return render_template(
        "console/home.html", **_my_day(doctor), pin=parts().rota.make_pin(doctor.id)
    )


@console.get("/visit/<consultation_id>")
@allow(Role.DOCTOR)
def visit(consultation_id: str) -> ResponseReturnValue:
    """One consultation; its form is empty, a copy of a prescription, or a regimen of hers."""
    if regimen_id := request.args.get("regimen"):
        medicines = parts().regimens.medicines(regimen_id, doctor_id=_doctor().id)
        return _visit_page(consultation_id, regimen_form(medicines, key=new_id()))
    asked = {name: request.args.get(name, "") for name in ("replace", "repeat")}
    form = copied_form(_visit_or_404(consultation_id)["visit"], key=new_id(), **asked)
    return _visit_page(consultation_id, form)


@console.get("/visit/<consultation_id>/<any(state, complaint, issued):part>")
@allow(Role.DOCTOR)
def visit_part(consultation_id: str, part: str) -> ResponseReturnValue:
    """A part of the visit that changes by itself: a talk ends, a transcript or a receipt comes."""
    return render_template(f"console/{part}.html", **_visit_or_404(consultation_id))


@console.post("/visit/<consultation_id>/prescription")
@allow(Role.DOCTOR)
def prescribe(consultation_id: str) -> ResponseReturnValue:
    """Check the form, or issue what it says; sent twice it issues once."""
    found = _visit_or_404(consultation_id)
    form = parse_prescription_form(request.form, today=_today())
    if typed := quick_lines(request.form):
        # They are shown as they were read before anything is issued.
        formulary = parts().prescriptions.formulary
        return _visit_page(consultation_id, read_into(form, typed, formulary=formulary))
    if request.form.get("action") == ADD:
        # For a browser without scripts; others add the line themselves.
        return _visit_page(consultation_id, form)
    if form.written is None:
        return _visit_page(consultation_id, form), UNPROCESSABLE
    service, doctor_id = parts().prescriptions, _doctor().id
    unheeded = set(unplaced_of(form, service.formulary)) - set(form.noted)
    if unheeded or (form.noted_weight != form.weight_kg and _unusual_weight(form, found)):
        # They are shown before anything is issued.
        return _visit_page(consultation_id, form), UNPROCESSABLE
    done = (
        service.issue(consultation_id, form.written, doctor_id=doctor_id, key=form.key)
        if request.form.get("action") == "issue"
        else service.check(consultation_id, form.written, doctor_id=doctor_id)
    )
    if isinstance(done, Preview):
        return _visit_page(consultation_id, form, preview=done)
    if isinstance(done, Refused | NotTalked):
        return _visit_page(consultation_id, form, refused=done), UNPROCESSABLE
    if isinstance(done, NoLongerStands):
        # What she typed stays, and the page says what it would replace now.
        form = replace(form, replaces=done.instead)
        return _visit_page(consultation_id, form, overtaken=done), UNPROCESSABLE
    if isinstance(done, NotHers):
        abort(404)
    flash(*(("form_used", "bad") if isinstance(done, FormUsed) else ("issued", "good")))
    page = url_for("console.visit", consultation_id=consultation_id, _anchor=f"rx-{done.code}")
    return redirect(page, 303)


@console.post("/visit/<consultation_id>/slip")
@allow(Role.DOCTOR)
def slip(consultation_id: str) -> ResponseReturnValue:
    """Send the patient to a health centre or hospital, or ask for tests; sent twice it is one."""
    _visit_or_404(consultation_id)
    asked, key = asked_by(request.form)
    done = parts().slips.issue(consultation_id, asked, doctor_id=_doctor().id, key=key)
    if isinstance(done, NotHers):
        abort(404)
    if isinstance(done, SlipRefused | NotTalked):
        form = PrescriptionForm(key=new_id())
        return _visit_page(consultation_id, form, slip=asked, slip_refused=done), UNPROCESSABLE
    flash("slip_issued", "good")
    return redirect(url_for("console.visit", consultation_id=consultation_id, _anchor="slips"), 303)


@console.post("/visit/<consultation_id>/in-person")
@allow(Role.DOCTOR)
def in_person(consultation_id: str) -> ResponseReturnValue:
    """Record the last visit in person; an empty date clears it."""
    _visit_or_404(consultation_id)
    text = request.form.get("day", "").strip()
    back = redirect(url_for("console.visit", consultation_id=consultation_id), 303)
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        flash("in_person_date", "bad")
        return back
    if day is not None and day > _today():
        flash("in_person_date", "bad")
        return back
    parts().clinic.record_in_person_visit(consultation_id, doctor_id=_doctor().id, day=day)
    flash("in_person_kept" if day else "in_person_cleared", "good")
    return back


@console.post("/visit/<consultation_id>/person")
@allow(Role.DOCTOR)
def person(consultation_id: str) -> ResponseReturnValue:
    """Record age, sex and pregnancy as the patient told them to the doctor, in any visit."""
    _visit_or_404(consultation_id)
    years, sex = request.form.get("age_years", "").strip(), request.form.get("sex", "")
    back = redirect(url_for("console.visit", consultation_id=consultation_id), 303)
    readable = years.isascii() and years.isdecimal() and int(years) <= OLDEST and sex in set(Sex)
    if not readable:
        flash("person_unreadable", "bad")
        return back
    told = ToldPerson(int(years), sex, _ANSWERS.get(request.form.get("pregnant", "")))
    kept = parts().clinic.record_person(consultation_id, doctor_id=_doctor().id, told=told)
    flash(*(("person_kept", "good") if kept else ("person_unreadable", "bad")))
    return back


@console.get("/recording/<recording_id>")
@allow(Role.DOCTOR)
def recording(recording_id: str) -> ResponseReturnValue:
    """A complaint or a name as it was said, to a doctor who has had her in consultation."""
    found = parts().clinic.audio(recording_id, doctor_id=_doctor().id)
    if found is None:
        abort(404)
    body, content_type = found
    response = Response(body, mimetype=content_type)
    response.headers["Content-Disposition"] = "inline"
    return response


@console.errorhandler(HTTPException)
def failed(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    return render_template("error.html", code=error.code), error.code or 500


def _sign_in_form(*, problem: str) -> str:
    return render_template(
        "console/sign_in.html",
        problem=problem,
        username=request.form.get("username", ""),
        next=request.values.get("next", ""),
    )


def _doctor() -> Doctor:
    """Return the doctor who is signed in; one without a record is told so."""
    doctor = parts().rota.doctor_of(current_user.account_id)
    if doctor is None:
        abort(Response(render_template("console/no_doctor.html"), 403))
    return doctor


def _my_day(doctor: Doctor) -> dict[str, Any]:
    visits = sorted(
        parts().clinic.visits(doctor.id), key=lambda v: (v.ended_at is None, v.started_at)
    )[::-1]
    today = _today()
    return {
        "doctor": doctor,
        "room": parts().clinic.room(),
        "today": [v for v in visits if day_in_india(v.started_at) == today],
        "earlier": [v for v in visits if day_in_india(v.started_at) != today],
    }


def _today() -> date:
    return day_in_india(parts().work.clock())


def _visit_or_404(consultation_id: str) -> dict[str, Any]:
    doctor = _doctor()
    found = parts().clinic.visit(consultation_id, doctor_id=doctor.id)
    if found is None:
        abort(404)
    issued = parts().prescriptions.issued(consultation_id, doctor_id=doctor.id)
    slips = parts().slips.issued(consultation_id, doctor_id=doctor.id)
    return {"visit": found, "doctor": doctor, "issued": issued, "slips": slips}


def _unusual_weight(form: PrescriptionForm, found: dict[str, Any]) -> tuple[float, float] | None:
    return unusual_weight(form, found["visit"], rules=parts().vitals, today=_today())


def _visit_page(consultation_id: str, form: PrescriptionForm, **shown: Any) -> str:
    formulary = parts().prescriptions.formulary
    found = _visit_or_404(consultation_id)
    form = with_history(form, found["visit"])
    grows = not form.lines or request.form.get("action") == ADD
    lines = [*form.lines, FormLine()][:MOST_LINES] if grows else form.lines
    return render_template(
        "console/visit.html",
        **found,
        **shown,
        form=form,
        unplaced=unplaced_of(form, formulary),
        usual_kg=_unusual_weight(form, found),
        lines=lines,
        echoes=[echo_of(line, formulary=formulary) for line in lines],
        most_lines=MOST_LINES,
        medicines=sorted((m for m in formulary.medicines if m.strengths), key=lambda m: m.name),
        regimens=parts().regimens.of(_doctor().id),
        today=_today(),
        slip_choices=parts().slips.choices,
        slip_key=new_id(),
    )
