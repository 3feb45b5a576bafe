"""The voice channel's webhooks: a form in, one service call, a document out."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, abort, current_app, request
from werkzeug.exceptions import HTTPException

from gateway.services.calls import UnknownCall
from gateway.services.turning import Leg
from gateway.telephony.events import CallEvent, MalformedForm, parse_call_event
from gateway.telephony.speech import UnknownAudio
from gateway.web.access import public, signed_by_carrier
from gateway.web.parts import parts

log = logging.getLogger(__name__)
voice = Blueprint("voice", __name__, url_prefix="/voice")

A_YEAR_S = 365 * 24 * 3600


@voice.post("/<carrier>/incoming")
@signed_by_carrier
def incoming(carrier: str) -> Response:
    return _document(parts().calls.receive_incoming(carrier, _leg(_event())))


@voice.post("/<carrier>/turn/<call_id>/<int:number>")
@signed_by_carrier
def turn(carrier: str, call_id: str, number: int) -> Response:
    return _answer(carrier, parts().calls.resume(carrier, call_id, number, _leg(_event())))


@voice.post("/<carrier>/offer/<offer_id>/redirect")
@signed_by_carrier
def redirect(carrier: str, offer_id: str) -> Response:
    return _answer(carrier, parts().calls.receive_redirect(carrier, offer_id, _leg(_event())))


@voice.post("/<carrier>/offer/<offer_id>/whisper")
@signed_by_carrier
def whisper(carrier: str, offer_id: str) -> Response:
    return _answer(carrier, parts().calls.receive_whisper(carrier, offer_id, _leg(_event())))


@voice.post("/<carrier>/outbound/<outbound_id>")
@signed_by_carrier
def outbound(carrier: str, outbound_id: str) -> Response:
    return _answer(carrier, parts().calls.receive_outbound(carrier, outbound_id, _leg(_event())))


@voice.post("/<carrier>/status")
@signed_by_carrier
def status(carrier: str) -> Response:
    parts().calls.receive_status(carrier, _leg(_event()), outbound_id=request.args.get("outbound"))
    return Response(status=204)


@voice.get("/audio/<token>.wav")
@public("the carrier's media fetcher signs nothing; the token is sealed and names no person")
def audio(token: str) -> Response:
    try:
        sound = parts().prompts.open(token)
    except UnknownAudio:
        abort(404)
    return _cached(sound)


@voice.get("/sounds/<name>.wav")
@public("hold music and silence")
def sound(name: str) -> Response:
    found = parts().prompts.sound(name)
    return _cached(found) if found is not None else Response(status=404)


@voice.get("/prompts/<language>/<name>.wav")
@public("recorded prompts, the same for every caller")
def prompt(language: str, name: str) -> Response:
    found = parts().prompts.recorded(language, name)
    return _cached(found) if found is not None else Response(status=404)


@voice.errorhandler(MalformedForm)
def malformed(error: MalformedForm) -> Response:
    log.warning("webhook_malformed", extra={"field": error.field})
    return Response(str(error), status=400, mimetype="text/plain")


@voice.errorhandler(Exception)
def failed(error: Exception) -> Response | HTTPException:
    """She hears that we are sorry, in her language, and is called back."""
    if isinstance(error, HTTPException):
        return error
    log.exception("turn_failed", exc_info=error)
    carrier = str((request.view_args or {}).get("carrier", "twilio"))
    language = parts().first_language
    try:
        language = parts().calls.apologise(carrier, _leg(_event()))
    except Exception:
        log.exception("apology_without_call_back")
    return _document(parts().answers.apology(carrier, language))


def _event() -> CallEvent:
    return parse_call_event(request.form)


def _leg(event: CallEvent) -> Leg:
    return Leg(
        provider_call_id=event.provider_call_id,
        from_number=event.from_,
        to_number=event.to,
        status=event.status,
        digits=event.digits,
        recording_url=event.recording_url,
        recording_s=event.recording_seconds,
        dial_status=event.dial_status,
        dial_s=event.dial_seconds,
        dial_bridged=event.dial_bridged,
        duration_s=event.duration_seconds,
    )


def _answer(carrier: str, answer: str | UnknownCall) -> Response:
    if isinstance(answer, UnknownCall):
        log.warning("unknown_call", extra={"reason": answer.reason})
        languages = parts().calls.first_languages(_leg(_event()))
        return _document(parts().answers.unknown_call(carrier, languages))
    return _document(answer)


def _document(body: str) -> Response:
    return Response(body, mimetype="text/xml")


def _cached(body: bytes) -> Response:
    response = current_app.response_class(body, mimetype="audio/wav")
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    return response
