"""The embedded Valkey is ours alone."""

from __future__ import annotations

from redis import Redis


def test_embedded_valkey_listens_on_its_socket_alone(valkey_url: str) -> None:
    server = Redis.from_url(valkey_url).info("server")
    assert server["tcp_port"] == 0
