"""Serving the simulator, in a process of its own or within a test."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, replace
from functools import partial

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from simulator.app import create_app
from simulator.director import Director
from simulator.exchange import Exchange
from simulator.settings import Settings

BACKLOG = 512
STOP_POLL_S = 0.02


class _QuietHandler(WSGIRequestHandler):
    """The journal notes requests; a second log on the terminal would only show numbers."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: ARG002
        return


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator that answers at `origin` until `stop` is called."""

    origin: str
    exchange: Exchange
    director: Director
    server: BaseWSGIServer

    def stop(self) -> None:
        self.director.stop()
        self.exchange.reset()
        self.server.shutdown()
        self.server.server_close()


def build(settings: Settings) -> Running:
    """Bind the port (0: a free one) and assemble the simulator; nothing is answered yet."""
    bound = socket.create_server((settings.host, settings.port), backlog=BACKLOG)
    settings = replace(settings, port=bound.getsockname()[1])
    exchange = Exchange(settings)
    director = Director(exchange)
    server = make_server(
        settings.host,
        settings.port,
        create_app(exchange, director),
        threaded=True,
        request_handler=_QuietHandler,
        fd=bound.fileno(),
    )
    # Werkzeug listens on a copy of the descriptor.
    bound.close()
    return Running(settings.origin, exchange, director, server)


def start(settings: Settings) -> Running:
    """Run a simulator in background threads, for tests and the demo."""
    running = build(settings)
    serve = partial(running.server.serve_forever, poll_interval=STOP_POLL_S)
    threading.Thread(target=serve, name="simulator", daemon=True).start()
    return running
