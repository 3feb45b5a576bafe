"""The web application: blueprints, locks, and one place for what goes wrong."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway.web.access import guard_routes
from gateway.web.board import board
from gateway.web.console import console
from gateway.web.health import health
from gateway.web.messages import messages
from gateway.web.parts import EXTENSION, WebParts
from gateway.web.pharmacy import pharmacy
from gateway.web.security import secure
from gateway.web.voice import voice

log = logging.getLogger(__name__)

# The longest honest form is a webhook of a few kilobytes; nothing is uploaded to us.
LARGEST_FORM_BYTES = 256 * 1024


def create_app(parts: WebParts, *, secret_key: str, origin: str) -> Flask:
    """Return the application over these parts; origin is the public one (scheme and host)."""
    app = Flask(__name__)
    app.secret_key = secret_key
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM_BYTES
    app.extensions[EXTENSION] = parts
    # For addresses in the log and in throttles; signatures never look at the forwarded host.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    for blueprint in (voice, messages, console, board, pharmacy, health):
        app.register_blueprint(blueprint)
    secure(app, accounts=parts.accounts, origin=origin)
    guard_routes(app, guard=parts.guard)
    app.register_error_handler(Exception, _failed)
    return app


def _failed(error: Exception) -> Response | HTTPException:
    """Say what is wrong in the client's own form; details of our failures stay in the log."""
    if isinstance(error, HTTPException):
        if request.accept_mimetypes.best == "application/json" and error.code is not None:
            response = jsonify(error=error.name, detail=error.description)
            response.status_code = error.code
            return response
        return error
    log.exception("request_failed", exc_info=error)
    return Response("Something went wrong on our side. It is logged.\n", status=500)
