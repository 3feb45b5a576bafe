"""The supervisor's board: how the service stands, in numbers."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from gateway.domain.roles import Role
from gateway.domain.shifts import BadHours, parse_hours
from gateway.services.overview import overview
from gateway.services.work import QueueUnreachableError
from gateway.web.access import allow
from gateway.web.parts import parts
from gateway.web.prompt_list import prompt_rows

# Whose voices the page tells of: those of the reference carrier.
DEFAULT_DIALECT = "twilio"

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


@board.get("/prompts")
@allow(Role.SUPERVISOR, Role.ADMIN)
def prompts() -> ResponseReturnValue:
    """Every prompt of a language, to be listened through."""
    languages = parts().answers.book.languages
    chosen = request.args.get("lang", languages[0])
    if chosen not in languages:
        abort(404)
    groups = prompt_rows(
        chosen, answers=parts().answers, prompts=parts().prompts, dialect=DEFAULT_DIALECT
    )
    return render_template("board/prompts.html", chosen=chosen, languages=languages, groups=groups)


@board.get("/jobs")
@allow(Role.SUPERVISOR, Role.ADMIN)
def jobs() -> ResponseReturnValue:
    """Jobs that failed in the last day."""
    try:
        letters = parts().dead_letters.all()
    except QueueUnreachableError:
        return render_template("board/jobs.html", letters=None), 503
    return render_template("board/jobs.html", letters=letters)


@board.post("/jobs/forget")
@allow(Role.SUPERVISOR, Role.ADMIN)
def forget_jobs() -> ResponseReturnValue:
    with suppress(QueueUnreachableError):  # the page that follows says so
        parts().dead_letters.forget()
    return redirect(url_for("board.jobs"), 303)


@board.post("/jobs/<job_id>/again")
@allow(Role.SUPERVISOR, Role.ADMIN)
def try_job_again(job_id: str) -> ResponseReturnValue:
    """Put a failed job back into its queue; one that is gone meanwhile is left alone."""
    with suppress(QueueUnreachableError):  # the page that follows says so
        parts().dead_letters.try_again(job_id)
    return redirect(url_for("board.jobs"), 303)


@board.post("/jobs/<job_id>/discard")
@allow(Role.SUPERVISOR, Role.ADMIN)
def discard_job(job_id: str) -> ResponseReturnValue:
    """Drop one failed job."""
    with suppress(QueueUnreachableError):
        parts().dead_letters.discard(job_id)
    return redirect(url_for("board.jobs"), 303)


@board.get("/rota")
@allow(Role.SUPERVISOR, Role.ADMIN)
def rota() -> ResponseReturnValue:
    """Doctors, how they stand, and their shifts."""
    return render_template("board/rota.html", doctors=parts().rota.doctors(), told={})


@board.post("/rota/<doctor_id>")
@allow(Role.SUPERVISOR, Role.ADMIN)
def set_hours(doctor_id: str) -> ResponseReturnValue:
    """Set a doctor's shifts; nothing in the field clears them."""
    doctors = parts().rota.doctors()
    if doctor_id not in {doctor.doctor_id for doctor in doctors}:
        abort(404)
    told = request.form.get("hours", "").strip()
    hours = parse_hours(told) if told else ()
    if isinstance(hours, BadHours):
        flash(f"hours_{hours.problem.value}", "bad")
        return render_template("board/rota.html", doctors=doctors, told={doctor_id: told}), 422
    parts().rota.set_hours(doctor_id, hours)
    flash("hours_set" if hours else "hours_cleared", "good")
    return redirect(url_for("board.rota"), 303)


@board.errorhandler(HTTPException)
def failed(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    return render_template("error.html", code=error.code), error.code or 500
