"""The simulator as a Flask application."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify, render_template, request
from pydantic import ValidationError

from simulator.control_api import create_control
from simulator.director import Director
from simulator.documents import MAX_SAID_CHARACTERS
from simulator.exchange import Exchange
from simulator.phone_api import create_phone_api
from simulator.rest import create_rest
from simulator.webhooks import WebhookError

MAX_REQUEST_BYTES = 16 * 1024 * 1024


def create_app(exchange: Exchange, director: Director) -> Flask:
    """Return the application over a running exchange."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.register_blueprint(create_rest(exchange))
    app.register_blueprint(create_phone_api(exchange, director))
    app.register_blueprint(create_control(exchange))
    app.register_blueprint(_create_sounds(exchange))
    app.register_blueprint(_create_pages(exchange))

    @app.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> tuple[Response, int]:
        wrong = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        return jsonify(error="; ".join(wrong)), 400

    return app


def _create_sounds(exchange: Exchange) -> Blueprint:
    """What phones hear: the carrier's voice, what a call played, what the other side said."""
    sounds = Blueprint("sounds", __name__)

    @sounds.get("/speech")
    def speech() -> tuple[Response, int]:
        text, language = request.args.get("text", ""), request.args.get("language", "en-US")
        if not text or len(text) > MAX_SAID_CHARACTERS:
            return jsonify(error=f"text of 1 to {MAX_SAID_CHARACTERS} characters is wanted"), 400
        try:
            spoken = exchange.studio.speech(text, language)
        except WebhookError as error:
            return jsonify(error=str(error)), 400
        return Response(spoken, mimetype="audio/wav"), 200

    @sounds.get("/media")
    def media() -> tuple[Response, int]:
        played = exchange.studio.played(request.args.get("url", ""))
        if played is None:
            return jsonify(error="no call played this"), 404
        return Response(played[0], mimetype=played[1] or "audio/wav"), 200

    @sounds.get("/clips/<name>.wav")
    def clip(name: str) -> tuple[Response, int]:
        body = exchange.studio.clip(name)
        if body is None:
            return jsonify(error="no phone said this"), 404
        return Response(body, mimetype="audio/wav"), 200

    return sounds


def _create_pages(exchange: Exchange) -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def phones() -> str:
        """The feature phones: all of them, or those named by ?phone=."""
        wanted = request.args.getlist("phone")
        with exchange.lock:
            shown = [
                {"number": phone.number, "name": phone.name, "role": phone.role}
                for phone in exchange.phones.values()
                if not wanted or phone.number in wanted
            ]
        settings = exchange.settings
        return render_template(
            "phones.html",
            phones=shown,
            toll_free=settings.toll_free_number,
            missed_call=settings.missed_call_number,
            console_url=settings.console_url,
        )

    @pages.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    return pages
