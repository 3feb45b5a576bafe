"""A real HTTP server in the carrier's place, with the answers that a test gives it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: list[tuple[str, str]]
    form: list[tuple[str, str]]
    authorization: str | None
    body: str


@dataclass(frozen=True)
class Answer:
    """body is sent after `late_s`; with `hangs_up` the line is cut without a word."""

    status: int = 200
    body: bytes = b"{}"
    content_type: str = "application/json"
    location: str = ""
    late_s: float = 0.0
    hangs_up: bool = False


Script: TypeAlias = Callable[[Request], Answer]


@dataclass
class Stub:
    origin: str
    script: Script = lambda _request: Answer()
    requests: list[Request] = field(default_factory=list)


@contextmanager
def running() -> Iterator[Stub]:
    """Yield a server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            parts = urlsplit(self.path)
            request = Request(
                self.command,
                parts.path,
                parse_qsl(parts.query),
                parse_qsl(body, keep_blank_values=True),
                self.headers.get("Authorization"),
                body,
            )
            stub.requests.append(request)
            answer = stub.script(request)
            time.sleep(answer.late_s)
            if answer.hangs_up:
                self.close_connection = True
                return
            self._write(answer)

        def _write(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body)))
            if answer.content_type:
                self.send_header("Content-Type", answer.content_type)
            if answer.location:
                self.send_header("Location", answer.location)
            self.end_headers()
            try:
                self.wfile.write(answer.body)
            except OSError:
                return  # the client has given up, as some tests want

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub = Stub(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
