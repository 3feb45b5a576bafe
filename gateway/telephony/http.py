"""HTTP to the carriers: time-outs, one try, and the API's origin as configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import requests
from requests.exceptions import ConnectionError as LostConnection
from requests.exceptions import ConnectTimeout
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.exceptions import MaxRetryError, NewConnectionError

TWILIO_ORIGIN: Final = "https://api.twilio.com"
CONNECT_S: Final = 5.0
READ_S: Final = 10.0


def request_once(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, **options: Any
) -> requests.Response:
    """Send one request over a connection of its own. Errors: those of requests.

    A pooled connection that the carrier has just closed fails in a way that cannot be told from a
    request that was lost half-way; a fresh one either opens or was never used.
    """
    sent = {**(headers or {}), "Connection": "close"}
    return requests.request(method, url, headers=sent, **options)  # noqa: S113  # in the options


class OneTryClient(HttpClient):  # type: ignore[misc]  # the SDK carries no types
    """Sends each request of the twilio SDK once.

    The SDK's own client is not used because it repeats nothing either, but logs numbers and texts.
    """

    def __init__(
        self, *, origin: str, connect_s: float = CONNECT_S, read_s: float = READ_S
    ) -> None:
        self._origin = origin.rstrip("/")
        self._timeout_s = (connect_s, read_s)

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002  # the SDK never sets it for our calls
        allow_redirects: bool = False,
    ) -> Response:
        """Errors: those of requests; `was_sent` tells whether the carrier may have acted."""
        answer = request_once(
            method.upper(),
            self._at_origin(url),
            params=params,
            data=data,
            headers=headers,
            auth=auth,
            timeout=self._timeout_s,
            allow_redirects=allow_redirects,
        )
        return Response(answer.status_code, answer.text, answer.headers)

    def _at_origin(self, url: str) -> str:
        path = url.removeprefix(TWILIO_ORIGIN)
        if path == url:
            raise ValueError("the SDK asked for a host that is not its API")
        return self._origin + path


def was_sent(error: requests.RequestException) -> bool:
    """Tell whether the request may have reached the carrier; in doubt it may."""
    if isinstance(error, ConnectTimeout):
        return False
    if not isinstance(error, LostConnection):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return not isinstance(reason, NewConnectionError)
