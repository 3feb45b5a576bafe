"""What a doctor does with a prescription that she issued: keep it as a file, take it back."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.domain.roles import Role
from gateway.web.access import allow
from gateway.web.parts import parts
from gateway.web.pharmacy import file_of

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


def _doctor_id() -> str:
    doctor = parts().rota.doctor_of(current_user.account_id)
    if doctor is None:
        abort(403)
    return doctor.id
