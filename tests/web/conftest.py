"""The web application over real parts, with nothing but the carrier's signature made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from config.settings import Environment, Settings, make_keys
from gateway.container import Container
from tests.lent import lend
from tests.services.fakes import Queue

ORIGIN = "https://doorvani.example"
TOKEN = "token-of-the-tests"


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    keys = make_keys()
    return Settings(
        doorvani_env=Environment.PRODUCTION,
        data_dir=tmp_path,
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        public_url=ORIGIN,
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=TOKEN,
        secret_key=keys["SECRET_KEY"],
        field_keys=keys["FIELD_KEYS"],
        signing_key=keys["SIGNING_KEY"],
    )


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def parts(settings: Settings, queue: Queue) -> Iterator[Container]:
    container = Container(settings, hints=queue)
    lend(container)
    yield container
    container.engine.dispose()


@pytest.fixture
def engine(parts: Container) -> Engine:
    return parts.engine


@pytest.fixture
def client(parts: Container) -> FlaskClient:
    app = parts.web_app()
    app.testing = False
    return app.test_client()


class SignedCarrier:
    """Posts webhooks as a carrier does: a form, signed over the public URL."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def post(
        self, path: str, form: dict[str, str] | None = None, *, sign: str | None = TOKEN
    ) -> TestResponse:
        form = {"CallSid": "CA1", "From": "+919800000001", "To": "+911800000100", **(form or {})}
        path = path.removeprefix(ORIGIN)
        headers = {}
        if sign is not None:
            signature = RequestValidator(sign).compute_signature(f"{ORIGIN}{path}", form)
            headers["X-Twilio-Signature"] = signature
        return self._client.post(path, data=form, headers=headers)


@pytest.fixture
def carrier(client: FlaskClient) -> SignedCarrier:
    return SignedCarrier(client)
