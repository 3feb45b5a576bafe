"""How a line reads while the doctor types it: its echo, or what comes nearer."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.domain.roles import Role
from gateway.web.access import allow
from gateway.web.parts import parts
from gateway.web.prescription_form import PrescriptionForm
from gateway.web.quick_lines import echo_of, read_into

line_echo = Blueprint("line_echo", __name__, url_prefix="/console/line")


@line_echo.post("")
@allow(Role.DOCTOR)
def read() -> ResponseReturnValue:
    """Read one line; posted, so that no log of addresses shows what is prescribed."""
    formulary = parts().prescriptions.formulary
    typed = " ".join(request.form.get("line", "").split())
    form = read_into(PrescriptionForm(key=""), [typed] if typed else [], formulary=formulary)
    echoes = [(line, echo_of(line, formulary=formulary)) for line in form.lines]
    return render_template("console/line.html", echoes=echoes, unread=form.unread)
