"""The pharmacist's page: is this prescription real, whose is it, and what is on it?"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from gateway.services.pharmacy import (
    Found,
    Pharmacy,
    Proved,
    Slip,
    TooManyTries,
    UnknownCode,
    WrongDigits,
    plain_code,
)
from gateway.services.throttle import WINDOW
from gateway.web.access import public
from gateway.web.parts import parts

pharmacy = Blueprint("pharmacy", __name__, url_prefix="/rx")

FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
TOO_MANY: Final = 429
_WHY: Final = "the code is the key, and misses are counted; the patient shows after a second one"


@pharmacy.get("")
@public("asks for a code")
def ask() -> ResponseReturnValue:
    code = plain_code(request.args.get("code", ""))
    if code:
        return redirect(url_for("pharmacy.slip", code=code), 303)
    return render_template("pharmacy/ask.html")


@pharmacy.get("/<code>")
@public(_WHY)
def slip(code: str) -> ResponseReturnValue:
    return _answer(code, Pharmacy(parts().work).look_up(code, address=_address()))


@pharmacy.post("/<code>")
@public(_WHY)
def prove(code: str) -> ResponseReturnValue:
    digits = request.form.get("digits", "").strip()
    return _answer(code, Pharmacy(parts().work).prove(code, digits, address=_address()))


@pharmacy.errorhandler(HTTPException)
def failed(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    return render_template("error.html", code=error.code), error.code or 500


def _answer(code: str, found: Found | Proved) -> ResponseReturnValue:
    match found:
        case Slip():
            return render_template("pharmacy/slip.html", slip=found, wrong=False)
        case WrongDigits(shown):
            return render_template("pharmacy/slip.html", slip=shown, wrong=True), FORBIDDEN
        case UnknownCode():
            return render_template("pharmacy/ask.html", unknown=plain_code(code)[:20]), NOT_FOUND
        case TooManyTries():
            wait = {"Retry-After": str(int(WINDOW.total_seconds()))}
            return render_template("error.html", code=TOO_MANY), TOO_MANY, wait


def _address() -> str:
    return request.remote_addr or ""
