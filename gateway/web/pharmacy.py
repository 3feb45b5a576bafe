"""The pharmacist's page: is this prescription real, whose is it, and what is on it?"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from gateway.services.pharmacy import (
    Found,
    NotDispensed,
    Opened,
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
CONFLICT: Final = 409
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
    return _answer(code, Pharmacy(parts().work).prove(code, _digits(), address=_address()))


@pharmacy.post("/<code>/pdf")
@public(_WHY)
def pdf(code: str) -> ResponseReturnValue:
    """Hand out the document itself, signed, with the patient's name."""
    found = Pharmacy(parts().work).open(code, _digits(), address=_address())
    if isinstance(found, Opened):
        return file_of(found.document, found.cancelled_on)
    return _answer(code, found)


@pharmacy.post("/<code>/dispensed")
@public(_WHY)
def dispensed(code: str) -> ResponseReturnValue:
    """Mark the medicines that were handed out, by their places."""
    places = {
        int(place) if place.isdecimal() and len(place) < 3 else 0
        for place in request.form.getlist("place")
    }
    found = Pharmacy(parts().work).dispense(code, _digits(), places, address=_address())
    return _answer(code, found)


@pharmacy.errorhandler(HTTPException)
def failed(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    return render_template("error.html", code=error.code), error.code or 500


def file_of(document: dict[str, Any], cancelled_on: date | None) -> Response:
    """Return a prescription as a signed PDF to keep."""
    body = parts().press.pdf(document, at=parts().work.clock(), cancelled_on=cancelled_on)
    response = Response(body, mimetype="application/pdf")
    name = f"prescription-{document['code']}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _digits() -> str:
    return request.form.get("digits", "").strip()


def _answer(code: str, found: Found | Proved | NotDispensed) -> ResponseReturnValue:
    match found:
        case NotDispensed(shown):
            return render_template(
                "pharmacy/slip.html", slip=shown, wrong=False, digits=_digits()
            ), CONFLICT
        case Slip():
            return render_template("pharmacy/slip.html", slip=found, wrong=False, digits=_digits())
        case WrongDigits(shown):
            return render_template("pharmacy/slip.html", slip=shown, wrong=True), FORBIDDEN
        case UnknownCode():
            return render_template("pharmacy/ask.html", unknown=plain_code(code)[:20]), NOT_FOUND
        case TooManyTries():
            wait = {"Retry-After": str(int(WINDOW.total_seconds()))}
            return render_template("error.html", code=TOO_MANY), TOO_MANY, wait


def _address() -> str:
    return request.remote_addr or ""
