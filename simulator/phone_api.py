"""The phones over HTTP: for the page in the browser, the demo's narrator and tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field

from simulator import handset
from simulator.audio import NotWavError, read_wav
from simulator.calls import Call
from simulator.director import Director
from simulator.exchange import Exchange, UnknownPhoneError
from simulator.legs import ANONYMOUS_NUMBER, ANONYMOUS_WORD
from simulator.numbers import E164_PATTERN, PHONE_PATTERN
from simulator.scripts import BadScriptError, parse_script

MAX_LONG_POLL_S = 60.0
KEEP_ALIVE_S = 15.0


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Registration(_Body):
    number: str = Field(pattern=PHONE_PATTERN)
    name: str = ""
    role: str = ""


class _Dial(_Body):
    """anonymous: true or "number" shows Twilio's +266696687, "word" the word anonymous."""

    to: str = Field(pattern=E164_PATTERN)
    anonymous: bool | Literal["number", "word"] = False

    @property
    def caller_id(self) -> str | None:
        if not self.anonymous:
            return None
        return ANONYMOUS_WORD if self.anonymous == "word" else ANONYMOUS_NUMBER


class _MissedCall(_Body):
    to: str = Field(pattern=E164_PATTERN)


class _Keys(_Body):
    digits: str


class _Sms(_Body):
    to: str
    body: str = Field(max_length=1600)


def create_phone_api(exchange: Exchange, director: Director) -> Blueprint:
    """Return the routes below /phones."""
    api = Blueprint("phones", __name__, url_prefix="/phones")
    _add_registry(api, exchange)
    _add_actions(api, exchange)
    _add_voice(api, exchange)
    _add_logs(api, exchange)

    @api.post("/<number>/script")
    def play_script(number: str) -> Response:
        exchange.phone(number)
        script = parse_script(request.get_data(as_text=True), number=number)
        director.play(script)
        return jsonify(exchange.phone(number).as_json())

    @api.errorhandler(BadScriptError)
    def bad_script(error: BadScriptError) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    @api.errorhandler(UnknownPhoneError)
    def unknown_phone(error: UnknownPhoneError) -> tuple[Response, int]:
        return jsonify(error=f"no phone has the number {error}"), 404

    @api.errorhandler(handset.NotNowError)
    def not_now(error: handset.NotNowError) -> tuple[Response, int]:
        return jsonify(error=str(error)), 409

    @api.errorhandler(NotWavError)
    @api.errorhandler(handset.NoSuchKeyError)
    def bad_value(error: Exception) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    return api


def _add_registry(api: Blueprint, exchange: Exchange) -> None:
    @api.post("")
    def register() -> tuple[Response, int]:
        asked = _Registration.model_validate(_json())
        phone = exchange.register_phone(asked.number, asked.name or asked.number, role=asked.role)
        with exchange.lock:
            return jsonify(phone.as_json()), 201

    @api.get("")
    def list_phones() -> Response:
        with exchange.lock:
            return jsonify([phone.as_json() for phone in exchange.phones.values()])

    @api.get("/<number>")
    def show(number: str) -> Response:
        with exchange.lock:
            return jsonify(exchange.phone(number).as_json())


def _add_actions(api: Blueprint, exchange: Exchange) -> None:
    @api.post("/<number>/dial")
    def dial(number: str) -> Response:
        asked = _Dial.model_validate(_json())
        phone = exchange.phone(number)
        return _in_call(handset.dial(exchange, phone, asked.to, caller_id=asked.caller_id))

    @api.post("/<number>/missed_call")
    def missed_call(number: str) -> Response:
        asked = _MissedCall.model_validate(_json())
        return _in_call(handset.leave_missed_call(exchange, exchange.phone(number), asked.to))

    @api.post("/<number>/answer")
    def answer(number: str) -> Response:
        return _in_call(handset.answer(exchange, exchange.phone(number)))

    @api.post("/<number>/reject")
    def reject(number: str) -> Response:
        return _in_call(handset.reject(exchange, exchange.phone(number)))

    @api.post("/<number>/hangup")
    def hang_up(number: str) -> Response:
        return _in_call(handset.hang_up(exchange, exchange.phone(number)))

    @api.post("/<number>/keys")
    def keys(number: str) -> Response:
        digits = _Keys.model_validate(_json()).digits
        return _in_call(handset.press(exchange, exchange.phone(number), digits))

    @api.post("/<number>/sms")
    def sms(number: str) -> Response:
        asked = _Sms.model_validate(_json())
        phone = exchange.phone(number)
        message = handset.send_sms(exchange, phone, asked.to, body=asked.body)
        return jsonify(sid=message.sid)


def _add_voice(api: Blueprint, exchange: Exchange) -> None:
    @api.post("/<number>/audio")
    def audio(number: str) -> Response:
        """Say a WAV file into the mouthpiece; a microphone sends one parcel after the other."""
        clip = read_wav(request.get_data())
        heard = handset.speak(exchange, exchange.phone(number), clip)
        return jsonify(heard=heard, seconds=round(clip.seconds, 3))


def _add_logs(api: Blueprint, exchange: Exchange) -> None:
    @api.get("/<number>/log")
    def log(number: str) -> Response:
        exchange.phone(number)
        return jsonify(read_log(exchange, number))

    @api.get("/<number>/events")
    def events(number: str) -> Response:
        exchange.phone(number)
        place = request.headers.get("Last-Event-ID") or request.args.get("after", "0")
        last_id = int(place) if place.isdecimal() else 0
        return Response(
            _stream(exchange, number, last_id),
            mimetype="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _stream(exchange: Exchange, number: str, last_id: int) -> Iterator[str]:
    yield ": connected\n\n"
    while True:
        events = exchange.journal.after(last_id, phone=number, wait_s=KEEP_ALIVE_S)
        if not events:
            yield ": still here\n\n"
        for event in events:
            yield f"id: {event.id}\ndata: {json.dumps(event.as_json(), ensure_ascii=False)}\n\n"
            last_id = event.id


def read_log(exchange: Exchange, number: str | None) -> list[dict[str, object]]:
    """Return the events that ?after= and ?wait= of the request ask for."""
    after = request.args.get("after", 0, type=int)
    wait_s = min(max(request.args.get("wait", 0.0, type=float), 0.0), MAX_LONG_POLL_S)
    events = exchange.journal.after(after, phone=number, wait_s=wait_s)
    return [event.as_json() for event in events]


def _in_call(call: Call) -> Response:
    return jsonify(sid=call.sid, status=call.status)


def _json() -> object:
    """Return the request's JSON object; none at all counts as an empty one."""
    return request.get_json(force=True, silent=True) or {}
