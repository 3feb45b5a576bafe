"""The supervisor's board: how the service stands, in numbers."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from gateway.domain.roles import Role
from gateway.services.overview import overview
from gateway.web.access import allow
from gateway.web.parts import parts

board = Blueprint("board", __name__, url_prefix="/board")


@board.get("")
@allow(Role.SUPERVISOR, Role.ADMIN)
def now() -> ResponseReturnValue:
    return render_template("board/board.html", overview=overview(parts().work))


@board.get("/figures")
@allow(Role.SUPERVISOR, Role.ADMIN)
def figures() -> ResponseReturnValue:
    """The part of the board that changes by itself."""
    return render_template("board/figures.html", overview=overview(parts().work))


@board.errorhandler(HTTPException)
def failed(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    return render_template("error.html", code=error.code), error.code or 500
