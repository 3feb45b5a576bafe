"""The addresses that we give to a carrier lead to webhooks that only it may enter."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask

from gateway.telephony.links import Links
from gateway.web.access import SignedByCarrier, access_of
from gateway.web.messages import messages
from gateway.web.voice import voice

ORIGIN = "https://door.example"
LINKS = Links(ORIGIN, "twilio")


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("links")
    app.register_blueprint(voice)
    app.register_blueprint(messages)
    return app


@pytest.mark.parametrize(
    "url",
    [
        LINKS.turn("c1", 3),
        LINKS.redirect("o1"),
        LINKS.whisper("o1"),
        LINKS.outbound("i1"),
        LINKS.status(),
        LINKS.status("i1"),
        LINKS.sms_status("m1"),
    ],
)
def test_an_address_that_we_give_out_is_a_signed_webhook(app: Flask, url: str) -> None:
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == ORIGIN
    endpoint, values = app.url_map.bind("door.example").match(parts.path, method="POST")
    assert isinstance(access_of(app, endpoint), SignedByCarrier)
    assert values["carrier"] == "twilio"
