"""A name is played as it was said, from an address that tells nothing."""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from gateway.container import Container
from gateway.db.models import Call, Recording
from gateway.domain.recording import RecordingPurpose
from gateway.telephony.speech import Audio
from ivr_flows.engine.steps import Utterance
from tests.lent import lend
from tests.services.fakes import Queue
from tests.telephony.exchanges import ORIGIN
from tests.telephony.service import settings

NAME, COMPLAINT, GONE, NOISE = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)


@pytest.fixture
def parts(tmp_path: Path, sqlite_url: str) -> Iterator[Container]:
    parts = Container(settings(tmp_path, sqlite_url, "twilio"), hints=Queue())
    lend(parts)
    now = datetime(2026, 11, 2, tzinfo=UTC)
    name = RecordingPurpose.NAME
    with Session(parts.engine) as db:
        call = Call(carrier="twilio", provider_call_id="CA1", flow="inbound", language="hi")
        call.id, call.started_at = "e" * 32, now
        db.add(call)
        db.flush()
        for turn, (row_id, purpose, audio) in enumerate(
            (
                (NAME, name, spoken(16000)),
                (COMPLAINT, RecordingPurpose.COMPLAINT, spoken(8000)),
                (GONE, name, None),
                (NOISE, name, b"no sound at all"),
            )
        ):
            row = Recording(
                id=row_id,
                call_id=call.id,
                turn=turn,
                carrier="twilio",
                language="hi",
                url="https://api.twilio.com/r",
                seconds=1,
                created_at=now,
                due_at=now,
            )
            row.purpose, row.audio, row.content_type = purpose, audio, "audio/wav"
            db.add(row)
        db.commit()
    yield parts
    parts.engine.dispose()


@pytest.fixture
def client(parts: Container) -> FlaskClient:
    return parts.web_app().test_client()


def spoken(rate_hz: int) -> bytes:
    out = io.BytesIO()
    samples = [int(9000 * math.sin(2 * math.pi * 300 * i / rate_hz)) for i in range(rate_hz)]
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(struct.pack(f"<{rate_hz}h", *samples))
    return out.getvalue()


def address(parts: Container, recording_id: str) -> str:
    said = Utterance("member.name", "hi", "", recording_id=recording_id)
    sounding = parts.speech_book.sounding(said, dialect="twilio")
    assert isinstance(sounding, Audio)
    return sounding.url.removeprefix(ORIGIN)


def test_a_name_is_played_as_telephone_audio_and_kept_by_no_shared_cache(
    parts: Container, client: FlaskClient
) -> None:
    response = client.get(address(parts, NAME))
    assert response.headers["Cache-Control"] == "private, max-age=60"
    with wave.open(io.BytesIO(response.data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.getnframes() > 4000


@pytest.mark.parametrize("recording_id", [COMPLAINT, GONE, NOISE, "0" * 32])
def test_nothing_but_a_name_that_can_be_played_is_given_out(
    parts: Container, client: FlaskClient, recording_id: str
) -> None:
    assert client.get(address(parts, recording_id)).status_code == 404


def test_an_address_of_another_kind_or_an_altered_one_opens_nothing(
    parts: Container, client: FlaskClient
) -> None:
    words = parts.speech_book.tokens.seal("hi", NAME)
    name = parts.speech_book.tokens.seal_recording(NAME)
    assert NAME not in address(parts, NAME)
    for path in (
        f"/voice/said/{words}.wav",
        f"/voice/audio/{name}.wav",
        f"/voice/said/{name[:-4]}AAAA.wav",
        "/voice/said/é.wav",
    ):
        assert client.get(path).status_code == 404
