"""Fetching a recording: from the carrier's own hosts alone, bounded, and never an error page."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

import requests

from gateway.services.ports import Fetched, Fetching, NotReady, Unfetchable
from gateway.telephony.http import CONNECT_S, READ_S

# Two minutes of 8 kHz PCM are 2 MB; whatever is far longer is not what was asked for.
MAX_BYTES: Final = 8 * 1024 * 1024
# A server that dribbles must not hold a worker.
MAX_S: Final = 30.0
MAX_REDIRECTS: Final = 3
_CHUNK_BYTES: Final = 64 * 1024
_TOO_EARLY: Final = frozenset({202, 404, 408, 409, 425, 429})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# Carriers that keep media in a plain store call it this.
_AUDIO_TYPES: Final = frozenset({"application/octet-stream", "binary/octet-stream"})
# An empty recording is a header of 44 bytes, or nothing at all.
_MAGIC: Final = (b"<", b"{", b"\xef\xbb\xbf<")


@dataclass(frozen=True, slots=True)
class RecordingSource:
    """Where a carrier's recordings lie and what opens them.

    api_origin: the API as configured, trusted even on a private address (the simulator, a carrier
    of one's own). hosts: the carrier's public media hosts, asked over https alone.
    """

    api_origin: str
    hosts: Collection[str]
    account_sid: str
    auth_token: str = field(repr=False)
    max_bytes: int = MAX_BYTES
    read_s: float = READ_S

    def fetch(self, url: str) -> Fetching:
        """Return the audio, or why it is not to be had now, or ever from this address."""
        for _ in range(MAX_REDIRECTS + 1):
            if reason := self._distrust(url):
                return Unfetchable(reason)
            try:
                with self._get(url) as answer:
                    if answer.status_code in _REDIRECTS:
                        url = urljoin(url, answer.headers.get("Location", ""))
                        continue
                    return self._take(answer)
            except requests.RequestException as error:
                return NotReady(type(error).__name__)
        return Unfetchable("redirected too often")

    def _get(self, url: str) -> requests.Response:
        return requests.get(
            url,
            auth=(self.account_sid, self.auth_token) if self.auth_token else None,
            timeout=(CONNECT_S, self.read_s),
            allow_redirects=False,
            stream=True,
        )

    def _distrust(self, url: str) -> str | None:
        """Return why the address is not fetched from, None when it is the carrier's own."""
        try:
            parts, api = urlsplit(url), urlsplit(self.api_origin)
            here = (parts.scheme, parts.hostname, parts.port)
        except ValueError:
            return "not a web address"
        if here == (api.scheme, api.hostname, api.port):
            return None
        if parts.scheme != "https" or parts.port not in {None, 443}:
            return "not a public address of the carrier"
        host = parts.hostname or ""
        if host not in self.hosts:
            return "not a host of the carrier"
        return None if _is_public(host) else "a private address"

    def _take(self, answer: requests.Response) -> Fetching:
        status = answer.status_code
        if status in _TOO_EARLY or status >= requests.codes.server_error:
            return NotReady(f"HTTP {status}")
        if status != requests.codes.ok:
            return Unfetchable(f"HTTP {status}")
        content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not content_type.startswith("audio/") and content_type not in _AUDIO_TYPES:
            # The carrier answers with its error page while it still writes the recording.
            return NotReady(f"content type {content_type or 'missing'}")
        body = self._read(answer)
        if body is None:
            return Unfetchable("too large, or too slow")
        if not body or body.startswith(_MAGIC):
            return NotReady("empty, or an error page under an audio type")
        return Fetched(body, content_type)

    def _read(self, answer: requests.Response) -> bytes | None:
        end = time.monotonic() + MAX_S
        body = bytearray()
        for chunk in answer.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > self.max_bytes or time.monotonic() > end:
                return None
        return bytes(body)


def _is_public(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except OSError:
        # An unknown host fails at the connection, which may be tried again later.
        return True
    return all(ipaddress.ip_address(address[4][0]).is_global for address in found)
