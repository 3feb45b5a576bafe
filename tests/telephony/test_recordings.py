"""Recordings come from the carrier's own hosts, bounded, and never as an error page."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from gateway.services.ports import Fetched, NotReady, Unfetchable
from gateway.telephony.recordings import RecordingSource
from tests.telephony.carrier_stub import Answer, Request, Stub, running

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(64)
SOUND = Answer(200, WAV, "audio/x-wav")


@pytest.fixture
def source(stub: Stub) -> RecordingSource:
    return RecordingSource(
        api_origin=stub.origin,
        hosts=("api.twilio.com",),
        account_sid="AC1",
        auth_token="token",
        read_s=2.0,
    )


def test_audio_is_fetched_with_our_password(source: RecordingSource, stub: Stub) -> None:
    stub.script = lambda _: SOUND
    assert source.fetch(f"{stub.origin}/r/RE1") == Fetched(WAV, "audio/x-wav")
    assert (stub.requests[0].authorization or "").startswith("Basic ")
    assert "token" not in repr(source)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, b"<?xml version='1.0'?><TwilioResponse/>", "application/xml"),
        Answer(200, b"<?xml version='1.0'?><TwilioResponse/>", "application/xml"),
        Answer(200, b"<html>", "audio/x-wav"),
        Answer(200, b'{"code": 20404}', "audio/x-wav"),
        Answer(200, b"", "audio/x-wav"),
        Answer(200, WAV, ""),
        Answer(503, b"", "text/plain"),
        Answer(429, b"", "text/plain"),
        Answer(hangs_up=True),
    ],
)
def test_trap_09_a_recording_that_is_not_ready_is_asked_for_again(
    source: RecordingSource, stub: Stub, answer: Answer
) -> None:
    """Trap 9: the carrier's error page is never kept as audio."""
    stub.script = lambda _: answer
    assert isinstance(source.fetch(f"{stub.origin}/r/RE1"), NotReady)


def test_a_slow_carrier_is_asked_again(source: RecordingSource, stub: Stub) -> None:
    stub.script = lambda _: replace(SOUND, late_s=0.5)
    assert isinstance(replace(source, read_s=0.1).fetch(f"{stub.origin}/r/RE1"), NotReady)


@pytest.mark.parametrize("status", [401, 403, 410])
def test_a_recording_that_is_refused_is_not_asked_for_again(
    source: RecordingSource, stub: Stub, status: int
) -> None:
    stub.script = lambda _: Answer(status, b"no", "text/plain")
    assert source.fetch(f"{stub.origin}/r/RE1") == Unfetchable(f"HTTP {status}")


def test_a_recording_without_an_end_is_cut_off(source: RecordingSource, stub: Stub) -> None:
    stub.script = lambda _: Answer(200, WAV * 4000, "audio/x-wav")
    bounded = replace(source, max_bytes=100_000)
    assert bounded.fetch(f"{stub.origin}/r/RE1") == Unfetchable("too large, or too slow")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/r/RE1",
        "https://api.twilio.com@evil.example/r/RE1",
        "https://api.twilio.com.evil.example/r/RE1",
        "http://api.twilio.com/r/RE1",
        "https://api.twilio.com:8443/r/RE1",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/r/RE1",
        "file:///etc/passwd",
        "https://[::1/x",
        "//evil.example/x",
        "",
    ],
)
def test_nothing_is_fetched_from_elsewhere(source: RecordingSource, url: str) -> None:
    assert isinstance(source.fetch(url), Unfetchable)


def test_a_carriers_name_that_points_inwards_is_refused(
    source: RecordingSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    inwards = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: inwards)
    assert source.fetch("https://api.twilio.com/r/RE1") == Unfetchable("a private address")


def test_a_redirect_within_the_carrier_is_followed(source: RecordingSource, stub: Stub) -> None:
    def script(request: Request) -> Answer:
        return SOUND if request.path == "/store" else Answer(307, location="/store")

    stub.script = script
    assert source.fetch(f"{stub.origin}/r/RE1") == Fetched(WAV, "audio/x-wav")


def test_a_redirect_to_elsewhere_is_not_followed(source: RecordingSource, stub: Stub) -> None:
    with running() as elsewhere:
        elsewhere.script = lambda _: SOUND
        stub.script = lambda _: Answer(302, location=f"{elsewhere.origin}/r")
        assert isinstance(source.fetch(f"{stub.origin}/r/RE1"), Unfetchable)
        assert elsewhere.requests == []


def test_redirects_in_a_circle_end(source: RecordingSource, stub: Stub) -> None:
    stub.script = lambda _: Answer(302, location="/again")
    assert source.fetch(f"{stub.origin}/r/RE1") == Unfetchable("redirected too often")
