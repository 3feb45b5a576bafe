"""The numbers that a doctor keys on her telephone, on one page to be printed."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.domain.roles import Role
from gateway.web.access import allow
from gateway.web.parts import parts

codes = Blueprint("codes", __name__, url_prefix="/console/codes")


@codes.get("")
@allow(Role.DOCTOR)
def page() -> ResponseReturnValue:
    """Everything that has a number, in the order of the names."""
    doctor = parts().rota.doctor_of(current_user.account_id)
    if doctor is None:
        abort(403)
    formulary = parts().prescriptions.formulary
    return render_template(
        "console/codes.html",
        version=formulary.version,
        diagnoses=sorted(parts().diagnoses.diagnoses, key=lambda one: one.name),
        medicines=sorted(formulary.by_code.values(), key=lambda one: one.name.casefold()),
        regimens=sorted(parts().regimens.of(doctor.id), key=lambda one: one.number),
    )
