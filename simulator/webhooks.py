"""Requests to the gateway: signed webhooks, progress callbacks, downloads of audio."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urldefrag, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from simulator.clock import Clock
from simulator.journal import Journal
from simulator.misbehaviour import CallbackOrder, Misbehaviour
from simulator.settings import Settings

CONNECT_TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 64 * 1024
MAX_AUDIO_BYTES = 16 * 1024 * 1024
SHOWN_ANSWER_CHARACTERS = 2_000

INVALID_URL = 11100
RETRIEVAL_FAILURE = 11200
CONNECTION_FAILURE = 11205


Send: TypeAlias = Callable[[], None]


class WebhookError(Exception):
    """The gateway gave no usable answer; `code` is Twilio's error code."""

    def __init__(self, code: int, message: str, url: str) -> None:
        super().__init__(message)
        self.code = code
        self.url = url


# Not Twilio's: what is said in an audio file, percent-encoded, as a gateway that is being developed
# tells it, so that the phone on the desk can show what it plays.
CAPTION_HEADER = "X-Caption"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str
    url: str
    cacheable: bool = False
    caption: str = ""


def sign(url: str, params: Mapping[str, str], *, auth_token: str) -> str:
    """Return X-Twilio-Signature: HMAC-SHA1 over the URL and the sorted form, in base64.

    Written out here, not taken from the SDK, so that a mistake on either side shows.
    Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    signed = url + "".join(name + params[name] for name in sorted(params))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _open_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # One retry, and on a failed connection only: what was sent once is never sent again.
    retry = Retry(total=None, connect=1, read=0, status=0, other=0, redirect=5)
    adapter = HTTPAdapter(pool_connections=16, pool_maxsize=256, max_retries=retry)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


class Courier:
    """Carries requests to the gateway and notes each in the journal; safe for many threads."""

    def __init__(self, settings: Settings, *, clock: Clock, journal: Journal) -> None:
        self._auth_token = settings.auth_token
        self._timeout_s = settings.webhook_timeout_s
        self._clock = clock
        self._journal = journal
        self._session = _open_session()
        self._outboxes = _Outboxes()

    def ask(
        self,
        url: str,
        method: str,
        *,
        params: Mapping[str, str],
        faults: Misbehaviour,
        call: str | None = None,
    ) -> Answer:
        """Fetch a document. Raises WebhookError when there is none within the time-out.

        A duplicated webhook is delivered at the same moment; the answer to the copy is thrown away.
        """
        self._clock.sleep(faults.webhook_delay_s)
        for _ in range(faults.webhook_copies - 1):
            _in_background(self._deliver_quietly, "webhook", url, method, params, call)
        return self._deliver("webhook", url, method, params, call)

    def tell(
        self,
        key: str,
        url: str,
        *,
        params: Mapping[str, str],
        faults: Misbehaviour,
        method: str = "POST",
        last: bool = False,
        call: str | None = None,
    ) -> None:
        """Send a progress callback in the background, in the order of telling for each `key`.

        last: nothing more comes for this key. Under CallbackOrder.SWAPPED each callback waits until
        its successor has been sent.
        """

        def send() -> None:
            self._clock.sleep(faults.callback_delay_s)
            for _ in range(faults.callback_copies - 1):
                _in_background(self._deliver_quietly, "callback", url, method, params, call)
            self._deliver_quietly("callback", url, method, params, call)

        swapped = faults.callback_order is CallbackOrder.SWAPPED
        self._outboxes.put(key, send, held=swapped and not last)

    def download(self, url: str) -> Answer:
        """Fetch audio that a call plays. Raises WebhookError."""
        return self._request("GET", url, {}, "", MAX_AUDIO_BYTES)

    def _deliver_quietly(
        self, kind: str, url: str, method: str, params: Mapping[str, str], call: str | None
    ) -> None:
        try:
            self._deliver(kind, url, method, params, call)
        except WebhookError:
            # Already in the journal; Twilio does not repeat a failed callback either.
            return

    def _deliver(
        self, kind: str, url: str, method: str, params: Mapping[str, str], call: str | None
    ) -> Answer:
        began_s = time.monotonic()
        target = _target(url, method, params)
        form = params if method == "POST" else {}
        noted: dict[str, Any] = {"url": target, "method": method, "params": dict(params)}
        try:
            answer = self._request(
                method, target, form, sign(target, form, auth_token=self._auth_token)
            )
        except WebhookError as failure:
            took_ms = round((time.monotonic() - began_s) * 1000, 1)
            self._journal.add(
                kind,
                call=call,
                **noted,
                ms=took_ms,
                error={"code": failure.code, "message": str(failure)},
            )
            raise
        self._journal.add(
            kind,
            call=call,
            **noted,
            ms=round((time.monotonic() - began_s) * 1000, 1),
            status=answer.status,
            answer=answer.body.decode("utf-8", "replace")[:SHOWN_ANSWER_CHARACTERS],
        )
        return answer

    def _request(
        self,
        method: str,
        url: str,
        form: Mapping[str, str],
        signature: str,
        limit: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        deadline_s = time.monotonic() + self._timeout_s
        headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*"}
        if signature:
            headers["X-Twilio-Signature"] = signature
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        try:
            with self._session.request(
                method,
                url,
                data=urlencode(form).encode() if method == "POST" else None,
                headers=headers,
                timeout=(min(CONNECT_TIMEOUT_S, self._timeout_s), self._timeout_s),
                stream=True,
            ) as response:
                body = _read(response, deadline_s=deadline_s, limit=limit)
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) as error:
            raise WebhookError(INVALID_URL, f"not an absolute URL: {url}", url) from error
        except requests.ConnectionError as error:
            raise WebhookError(CONNECTION_FAILURE, "the connection failed", url) from error
        except requests.RequestException as error:
            raise WebhookError(RETRIEVAL_FAILURE, f"no answer: {type(error).__name__}", url) from (
                error
            )
        if not response.ok:
            raise WebhookError(RETRIEVAL_FAILURE, f"HTTP status {response.status_code}", url)
        return Answer(
            status=response.status_code,
            body=body,
            content_type=response.headers.get("Content-Type", "").partition(";")[0].strip(),
            url=response.url,
            cacheable="max-age" in response.headers.get("Cache-Control", ""),
            caption=unquote(response.headers.get(CAPTION_HEADER, "")),
        )


def _target(url: str, method: str, params: Mapping[str, str]) -> str:
    """The URL as it is requested and signed: without fragment, with the query of a GET."""
    bare = urldefrag(url).url
    if method == "POST" or not params:
        return bare
    query = urlencode([*parse_qsl(urlsplit(bare).query, keep_blank_values=True), *params.items()])
    return urlsplit(bare)._replace(query=query).geturl()


def _read(response: requests.Response, *, deadline_s: float, limit: int) -> bytes:
    body = b""
    for chunk in response.iter_content(16 * 1024):
        body += chunk
        if time.monotonic() > deadline_s:
            raise requests.ReadTimeout
        if len(body) > limit:
            raise requests.exceptions.ContentDecodingError
    return body


class _Outboxes:
    """Callbacks in order for each key, without one key waiting for another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: defaultdict[str, deque[Send]] = defaultdict(deque)
        self._held: defaultdict[str, list[Send]] = defaultdict(list)

    def put(self, key: str, send: Send, *, held: bool) -> None:
        with self._lock:
            earlier = self._held.pop(key, [])
            if held and not earlier:
                self._held[key].append(send)
                return
            idle = key not in self._waiting
            self._waiting[key].extend([send, *earlier])
        if idle:
            _in_background(self._drain, key)

    def _drain(self, key: str) -> None:
        while True:
            with self._lock:
                if not self._waiting[key]:
                    del self._waiting[key]
                    return
                send = self._waiting[key].popleft()
            send()


def _in_background(work: Callable[..., None], *arguments: Any) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()
