"""What a doctor does with a prescription that she issued: keep it as a file, take it back."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.domain.roles import Role
from gateway.services.regimens import Kept
from gateway.web.access import allow
from gateway.web.parts import parts
from gateway.web.pharmacy import file_of
from gateway.web.security import own_page

issued = Blueprint("issued", __name__, url_prefix="/console/prescription")


@issued.get("/<code>.pdf")
@allow(Role.DOCTOR)
def pdf(code: str) -> ResponseReturnValue:
    """The signed document of a prescription of hers."""
    found = parts().prescriptions.hers(code, doctor_id=_doctor_id())
    if found is None:
        abort(404)
    return file_of(found.document, found.cancelled_on)


@issued.post("/<code>/cancel")
@allow(Role.DOCTOR)
def cancel(code: str) -> ResponseReturnValue:
    """Take a prescription of hers back; sent twice it is taken back once."""
    consultation_id = parts().prescriptions.cancel(code, doctor_id=_doctor_id())
    if consultation_id is None:
        abort(404)
    flash("cancelled", "good")
    page = url_for("console.visit", consultation_id=consultation_id, _anchor=f"rx-{code}")
    return redirect(page, 303)


@issued.post("/<code>/regimen")
@allow(Role.DOCTOR)
def keep(code: str) -> ResponseReturnValue:
    """Keep the medicines of a prescription of hers under a name."""
    name = request.form.get("name", "")
    done = parts().regimens.keep(code, name, doctor_id=_doctor_id())
    if done is None:
        abort(404)
    flash(*(("regimen_kept", "good") if isinstance(done, Kept) else ("regimen_not_kept", "bad")))
    page = url_for("console.visit", consultation_id=done.consultation_id, _anchor=f"rx-{code}")
    return redirect(page, 303)


@issued.post("/regimen/<regimen_id>/drop")
@allow(Role.DOCTOR)
def drop(regimen_id: str) -> ResponseReturnValue:
    """Forget a regimen of hers, and go back to the visit that she came from."""
    parts().regimens.drop(regimen_id, doctor_id=_doctor_id())
    flash("regimen_dropped", "good")
    back = own_page(request.form.get("next"), otherwise=url_for("console.home"))
    return redirect(back, 303)


def _doctor_id() -> str:
    doctor = parts().rota.doctor_of(current_user.account_id)
    if doctor is None:
        abort(403)
    return doctor.id
