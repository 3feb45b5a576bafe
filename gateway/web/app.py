"""The web application: blueprints, locks, and one place for what goes wrong."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway.web.access import guard_routes
from gateway.web.board import board
from gateway.web.codes import codes
from gateway.web.console import console
from gateway.web.health import health
from gateway.web.issued import issued
from gateway.web.line_echo import line_echo
from gateway.web.messages import messages
from gateway.web.parts import EXTENSION, WebParts
from gateway.web.pharmacy import pharmacy
from gateway.web.security import secure
from gateway.web.voice import voice

log = logging.getLogger(__name__)

# The longest honest form is a webhook of a few kilobytes; nothing is uploaded to us.
LARGEST_FORM_BYTES = 256 * 1024


def create_app(parts: WebParts, *, secret_key: str, origin: str, trusted_proxies: int = 0) -> Flask:
    """Return the application over these parts; origin is the public one (scheme and host).

    trusted_proxies: how many proxies of ours stand in front. Each adds the address that it saw;
    with none, the header is a stranger's word and is not read.
    """
    app = Flask(__name__)
    app.secret_key = secret_key
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM_BYTES
    app.extensions[EXTENSION] = parts
    if trusted_proxies:
        fixed = ProxyFix(app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies)
        app.wsgi_app = fixed  # type: ignore[method-assign]  # Flask's own way to add middleware
    for blueprint in (voice, messages, console, codes, issued, line_echo, board, pharmacy, health):
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
