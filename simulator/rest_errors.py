"""Twilio's way of saying no over REST.

Source: https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions
"""

from __future__ import annotations

from flask import Response, jsonify

AUTHENTICATE = 20003
NOT_FOUND = 20404
TOO_MANY_REQUESTS = 20429
INTERNAL_ERROR = 20500
INVALID_PARAMETER = 20001
CALL_NOT_ENDED = 20409


class RestError(Exception):
    """An error answer: HTTP status, Twilio's code, and its message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def render_error(error: RestError) -> Response:
    body = {
        "code": error.code,
        "message": str(error),
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    response: Response = jsonify(body)
    response.status_code = error.status
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response


def not_found(path: str) -> RestError:
    return RestError(404, NOT_FOUND, f"The requested resource {path} was not found")
