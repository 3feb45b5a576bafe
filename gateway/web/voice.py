"""The voice channel's webhooks: a form in, one service call, a document out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from flask import Blueprint, Response, abort, current_app, request
from werkzeug.exceptions import HTTPException

from gateway.services.calls import UnknownCall
from gateway.services.recordings import SpokenNames
from gateway.services.turning import Leg
from gateway.telephony.dialects import DIALECTS, Whisper
from gateway.telephony.document import UnrenderableError
from gateway.telephony.events import CallEvent
from gateway.telephony.forms import MalformedForm
from gateway.telephony.plivo_xml import ACCEPT_KEY
from gateway.telephony.speech import UnknownAudio
from gateway.web.access import public, signed_by_carrier
from gateway.web.parts import parts
from gateway.web.spoken_name import spoken_name
from gateway.web.webhook import WEBHOOK_METHODS, webhook_form

log = logging.getLogger(__name__)
voice = Blueprint("voice", __name__, url_prefix="/voice")

A_YEAR_S = 365 * 24 * 3600
# Twilio's errors 12xxx are of the document itself, which would fail again; 11xxx of its way.
UNFIT_DOCUMENT = "12"
FOR_EVER = f"public, max-age={A_YEAR_S}, immutable"


@voice.route("/<carrier>/incoming", methods=WEBHOOK_METHODS)
@signed_by_carrier
def incoming(carrier: str) -> Response:
    return _take(carrier, lambda leg: parts().calls.receive_incoming(carrier, leg))


@voice.route("/<carrier>/turn/<call_id>/<int:number>", methods=WEBHOOK_METHODS)
@signed_by_carrier
def turn(carrier: str, call_id: str, number: int) -> Response:
    return _take(carrier, lambda leg: parts().calls.resume(carrier, call_id, number, leg))


@voice.route("/<carrier>/offer/<offer_id>/redirect", methods=WEBHOOK_METHODS)
@signed_by_carrier
def redirect(carrier: str, offer_id: str) -> Response:
    return _take(carrier, lambda leg: parts().calls.receive_redirect(carrier, offer_id, leg))


@voice.route("/<carrier>/offer/<offer_id>/whisper", methods=WEBHOOK_METHODS)
@signed_by_carrier
def whisper(carrier: str, offer_id: str) -> Response:
    leg = _doctors_leg(carrier, offer_id)
    answer = parts().calls.receive_whisper(carrier, offer_id, leg)
    if isinstance(answer, UnknownCall):
        return _answer(carrier, answer)
    return _document(parts().answers.whisper(carrier, answer))


@voice.route("/<carrier>/offer/<offer_id>/joined", methods=WEBHOOK_METHODS)
@signed_by_carrier
def joined(carrier: str, offer_id: str) -> Response:
    """The carrier took the doctor's key itself; what her leg does is told here."""
    leg = _doctors_leg(carrier, offer_id)
    match _event(carrier).dial_action:
        case "connected":
            parts().calls.receive_joined(carrier, replace(leg, digits=ACCEPT_KEY))
        case "hangup":
            parts().calls.receive_status(
                carrier, replace(leg, status="completed"), outbound_id=None
            )
    return Response(status=204)


@voice.route("/<carrier>/offer/<offer_id>/room", methods=WEBHOOK_METHODS)
@signed_by_carrier
def room(carrier: str, offer_id: str) -> Response:
    leg = _leg(_event(carrier))
    entered = parts().calls.receive_room(carrier, offer_id, leg)
    if entered is None:
        return _answer(carrier, UnknownCall("no room of hers"))
    return _document(parts().answers.room(carrier, entered))


@voice.route("/<carrier>/outbound/<outbound_id>", methods=WEBHOOK_METHODS)
@signed_by_carrier
def outbound(carrier: str, outbound_id: str) -> Response:
    return _take(carrier, lambda leg: parts().calls.receive_outbound(carrier, outbound_id, leg))


@voice.route("/<carrier>/status", methods=WEBHOOK_METHODS)
@signed_by_carrier
def status(carrier: str) -> Response:
    return _note(carrier, _leg(_event(carrier)))


@voice.route("/<carrier>/fallback", methods=WEBHOOK_METHODS)
@signed_by_carrier
def fallback(carrier: str) -> Response:
    """The carrier could not fetch a document of ours, or could not carry it out."""
    event = _event(carrier)
    leg = _leg(event)
    log.warning("carrier_fell_back", extra={"code": event.error_code})
    answer = None
    if not event.error_code.startswith(UNFIT_DOCUMENT):
        outbound_id = request.args.get("outbound")
        answer = parts().calls.receive_fallback(carrier, leg, outbound_id=outbound_id)
    if answer is None:
        return _document(parts().answers.apology(carrier, parts().calls.apologise(carrier, leg)))
    return _answer(carrier, answer)


@voice.get("/audio/<token>.wav")
@public("the carrier's media fetcher signs nothing; the token is sealed and names no person")
def audio(token: str) -> Response:
    try:
        sound = parts().prompts.open(token)
        caption = parts().prompts.caption(token=token)
    except UnknownAudio:
        abort(404)
    return _cached(sound, caption=caption)


@voice.get("/said/<token>.wav")
@public("the carrier's media fetcher signs nothing; the token is sealed and opens one name alone")
def said(token: str) -> Response:
    try:
        names = SpokenNames(parts().work)
        sound = spoken_name(token, tokens=parts().answers.speech.tokens, names=names)
    except UnknownAudio:
        abort(404)
    return _cached(sound, "private, max-age=60") if sound is not None else Response(status=404)


@voice.get("/sounds/<name>.wav")
@public("hold music and silence")
def sound(name: str) -> Response:
    found = parts().prompts.sound(name)
    return _cached(found) if found is not None else Response(status=404)


@voice.get("/prompts/<language>/<name>.wav")
@public("recorded prompts, the same for every caller")
def prompt(language: str, name: str) -> Response:
    found = parts().prompts.recorded(language, name)
    if found is None:
        return Response(status=404)
    return _cached(found, caption=parts().prompts.caption(prompt=name, language=language))


@voice.errorhandler(MalformedForm)
def malformed(error: MalformedForm) -> Response:
    log.warning("webhook_malformed", extra={"field": error.field})
    return Response(str(error), status=400, mimetype="text/plain")


@voice.errorhandler(Exception)
def failed(error: Exception) -> Response | HTTPException:
    """She hears that we are sorry, in her language, and is called back."""
    if isinstance(error, HTTPException):
        return error
    if isinstance(error, UnrenderableError):
        log.error("turn_unrenderable", extra={"why": str(error)})
    else:
        log.exception("turn_failed", exc_info=error)
    carrier = str((request.view_args or {}).get("carrier", "twilio"))
    language = parts().first_language
    try:
        language = parts().calls.apologise(carrier, _leg(_event(carrier)))
    except Exception:
        log.exception("apology_without_call_back")
    return _document(parts().answers.apology(carrier, language))


def _take(carrier: str, begin: Callable[[Leg], str | UnknownCall]) -> Response:
    """Take a turn; `begin` is what the address asks for, unless the form itself says more."""
    event = _event(carrier)
    leg = _leg(event)
    if event.is_over:
        return _note(carrier, leg)
    if event.turn is not None:
        place = event.turn
        return _answer(carrier, parts().calls.resume(carrier, place.call_id, place.number, leg))
    return _answer(carrier, begin(leg))


def _note(carrier: str, leg: Leg) -> Response:
    parts().calls.receive_status(carrier, leg, outbound_id=request.args.get("outbound"))
    return Response(status=204)


def _event(carrier: str) -> CallEvent:
    forms, form = webhook_form(carrier)
    return forms.call_event(form)


def _doctors_leg(carrier: str, offer_id: str) -> Leg:
    """Return the doctor's leg; where the carrier itself asks her, it tells no id of that leg."""
    leg = _leg(_event(carrier))
    if DIALECTS[carrier].whisper is not Whisper.KEY:
        return leg
    return Leg(offer_id, from_number=leg.from_number, to_number=leg.to_number)


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
        languages = parts().calls.first_languages(_leg(_event(carrier)))
        return _document(parts().answers.unknown_call(carrier, languages))
    return _document(answer)


def _document(body: str) -> Response:
    return Response(body, mimetype="text/xml")


def _cached(body: bytes, how: str = FOR_EVER, *, caption: str = "") -> Response:
    """Return audio; caption: its words, on a developer's desk, for the simulator's phones."""
    response = current_app.response_class(body, mimetype="audio/wav")
    response.headers["Cache-Control"] = how
    if caption:
        response.headers["X-Caption"] = quote(caption)
    response.add_etag()
    response.make_conditional(request)
    return response
