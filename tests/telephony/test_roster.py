"""Which carriers an installation has, and what it refuses to start with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings, SettingsError
from gateway.container import Container
from gateway.telephony.dialects import DIALECTS
from gateway.telephony.kookoo_rest import KookooCarrier
from gateway.telephony.plivo_rest import PlivoCarrier
from gateway.telephony.rest import TwilioCarrier
from gateway.telephony.roster import UnfitCarrier
from tests.telephony.exchanges import ORIGIN, SECRETS
from tests.telephony.service import settings


def changed(folder: Path, **values: Any) -> Settings:
    return settings(folder, "sqlite://", "twilio").model_copy(update=values)


def test_every_carrier_with_an_account_is_there_and_knows_its_own(tmp_path: Path) -> None:
    roster = Container(changed(tmp_path, plivo_number="+912212345678")).roster
    kinds = {name: type(carrier) for name, carrier in roster.carriers().items()}
    assert kinds == {
        "twilio": TwilioCarrier,
        "signalwire": TwilioCarrier,
        "somleng": TwilioCarrier,
        "plivo": PlivoCarrier,
        "kookoo": KookooCarrier,
    }
    guard = roster.guard()
    assert all(guard.knows(name) for name in DIALECTS)
    assert roster.numbers["plivo"] == "+912212345678"
    assert roster.numbers["twilio"] == "+911800000100"
    assert roster.keys == {"kookoo": SECRETS["kookoo"]}


def test_a_carrier_without_an_account_is_not_there(tmp_path: Path) -> None:
    bare = dict.fromkeys(("plivo_auth_id", "plivo_auth_token"), "")
    roster = Container(changed(tmp_path, **bare)).roster
    assert "plivo" not in roster.carriers()
    assert not roster.guard().knows("plivo")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"plivo_auth_token": ""}, "PLIVO_AUTH_TOKEN not set"),
        ({"signalwire_signing_key": ""}, "SIGNALWIRE_SIGNING_KEY not set"),
        ({"kookoo_sources": ""}, "KOOKOO_SOURCES not set"),
        ({"kookoo_webhook_key": "short"}, "at least 32 characters"),
        ({"default_carrier": "exotel"}, "DEFAULT_CARRIER is none of"),
        (
            {"default_carrier": "plivo", "plivo_auth_id": "", "plivo_auth_token": ""},
            "PLIVO_AUTH_ID, PLIVO_AUTH_TOKEN not set",
        ),
    ],
)
def test_half_an_account_is_refused_with_what_is_missing(
    tmp_path: Path, values: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        _ = changed(tmp_path, **values).carriers


@pytest.mark.parametrize("name", ["kookoo", "somleng"])
def test_a_carrier_that_cannot_ask_a_doctor_may_not_be_the_one_that_calls(
    tmp_path: Path, name: str
) -> None:
    parts = Container(changed(tmp_path, default_carrier=name))
    with pytest.raises(UnfitCarrier, match=f"DEFAULT_CARRIER={name} cannot ask a doctor"):
        parts.web_app()


def test_a_carrier_for_texts_without_an_account_is_refused(tmp_path: Path) -> None:
    parts = Container(changed(tmp_path, sms_carriers="plivo, exotel"))
    with pytest.raises(UnfitCarrier, match="SMS_CARRIERS names exotel"):
        parts.web_app()
    two = Container(changed(tmp_path, sms_carriers="plivo, twilio"))
    assert two.roster.for_texts == ("plivo", "twilio")


def test_a_source_that_is_no_network_is_refused(tmp_path: Path) -> None:
    roster = Container(changed(tmp_path, kookoo_sources="everywhere")).roster
    with pytest.raises(UnfitCarrier, match="everywhere"):
        roster.guard()


def test_no_secret_is_shown(tmp_path: Path) -> None:
    shown = repr(Container(changed(tmp_path)).roster) + repr(changed(tmp_path).carriers)
    assert ORIGIN in shown
    assert not [secret for secret in SECRETS.values() if secret in shown]
