"""Only a carrier that signs with our token is listened to."""

from __future__ import annotations

import base64
import hashlib
import hmac
from ipaddress import ip_network

import pytest
from werkzeug.datastructures import Headers, MultiDict

from gateway.telephony.signatures import SignatureGuard, Webhook

ORIGIN = "https://door.example"
TOKEN = "12345"
TARGET = "/voice/twilio/turn/c1/3?x=a%2Fb&silence=1"
FORM = MultiDict([("To", "+911"), ("CallSid", "CA1"), ("From", ""), ("Body", " R&D ")])
GUARD = SignatureGuard(ORIGIN, {"twilio": (TOKEN,), "somleng": ("other",), "off": ()})


def admits(
    guard: SignatureGuard,
    carrier: str,
    *,
    target: str,
    form: MultiDict[str, str],
    signature: str | None,
) -> bool:
    headers = Headers() if signature is None else Headers({"X-Twilio-Signature": signature})
    return guard.admits(carrier, Webhook("POST", target, form, headers, "203.0.113.9"))


def sign(url: str, form: MultiDict[str, str], token: str = TOKEN) -> str:
    """Sign by hand, as Twilio's documentation tells, independently of its SDK."""
    text = url + "".join(
        name + value for name in sorted(form) for value in sorted(form.getlist(name))
    )
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def test_twilios_own_example_is_admitted() -> None:
    """twilio.com/docs/usage/security, the worked example."""
    guard = SignatureGuard("https://mycompany.com", {"twilio": (TOKEN,)})
    form = MultiDict(
        {
            "CallSid": "CA1234567890ABCDE",
            "Caller": "+14158675309",
            "Digits": "1234",
            "From": "+14158675309",
            "To": "+18005551212",
        }
    )
    target = "/myapp.php?foo=1&bar=2"
    signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert admits(guard, "twilio", target=target, form=form, signature=signature)


def test_blanks_and_spaces_are_signed_as_they_came() -> None:
    signature = sign(ORIGIN + TARGET, FORM)
    assert admits(GUARD, "twilio", target=TARGET, form=FORM, signature=signature)
    trimmed = MultiDict([("To", "+911"), ("CallSid", "CA1"), ("Body", "R&D")])
    assert not admits(GUARD, "twilio", target=TARGET, form=trimmed, signature=signature)


def test_every_value_of_a_repeated_field_is_signed() -> None:
    repeated = MultiDict([("Media", "b"), ("Media", "a")])
    signature = sign(ORIGIN + TARGET, repeated)
    assert admits(GUARD, "twilio", target=TARGET, form=repeated, signature=signature)
    one = MultiDict([("Media", "b")])
    assert not admits(GUARD, "twilio", target=TARGET, form=one, signature=signature)


def test_the_port_may_stand_in_the_signed_address_or_not() -> None:
    for url in (ORIGIN, f"{ORIGIN}:443"):
        signature = sign(url + TARGET, FORM)
        assert admits(GUARD, "twilio", target=TARGET, form=FORM, signature=signature)
    local = SignatureGuard("http://127.0.0.1:8000", {"twilio": (TOKEN,)})
    signature = sign("http://127.0.0.1:8000" + TARGET, FORM)
    assert admits(local, "twilio", target=TARGET, form=FORM, signature=signature)


@pytest.mark.parametrize("signature", [None, "", "x", "é", "=" * 500])
def test_a_missing_or_strange_signature_is_refused_without_an_error(signature: str | None) -> None:
    assert not admits(GUARD, "twilio", target=TARGET, form=FORM, signature=signature)


def test_another_path_origin_or_token_is_refused() -> None:
    good = sign(ORIGIN + TARGET, FORM)
    assert not admits(GUARD, "twilio", target=TARGET + "1", form=FORM, signature=good)
    assert not admits(GUARD, "somleng", target=TARGET, form=FORM, signature=good)
    elsewhere = sign("https://evil.example" + TARGET, FORM)
    assert not admits(GUARD, "twilio", target=TARGET, form=FORM, signature=elsewhere)
    guessed = sign(ORIGIN + TARGET, FORM, token="")
    assert not admits(GUARD, "twilio", target=TARGET, form=FORM, signature=guessed)


def test_a_carrier_without_an_account_admits_nobody() -> None:
    for carrier in ("off", "nobody"):
        assert not GUARD.knows(carrier)
        signature = sign(ORIGIN + TARGET, FORM, token="")
        assert not admits(GUARD, carrier, target=TARGET, form=FORM, signature=signature)


def test_both_tokens_hold_while_one_is_changed() -> None:
    guard = SignatureGuard(ORIGIN, {"twilio": ("new", TOKEN)})
    for token in ("new", TOKEN):
        signature = sign(ORIGIN + TARGET, FORM, token=token)
        assert admits(guard, "twilio", target=TARGET, form=FORM, signature=signature)


def test_a_guard_shows_no_token() -> None:
    assert TOKEN not in repr(GUARD)


PLIVO = SignatureGuard(ORIGIN, {"plivo": ("token",)})
NONCE = "05429567804466091622"
# Computed with Plivo's own SDK (plivo 4.63.0, plivo.utils.signature_v3).
PLIVO_VECTORS = [
    (
        "/voice/plivo/turn/c1/3?x=a%2Fb&silence=1",
        MultiDict({"To": "911", "CallUUID": "c-1", "From": "", "Digits": " R&D "}),
        "vvQDjvh/Q4lFWSpcWTZquUdm3VxhdcrK5exlUwErHUU=",
    ),
    (
        "/voice/plivo/incoming",
        MultiDict([("To", "911"), ("CallUUID", "c-1"), ("Media", "b"), ("Media", "a")]),
        "u8TzzOG2h/kv0BevHGznFtrS00Wm3YU853+4nmL59hM=",
    ),
    ("/voice/plivo/status?b=2&a=1", MultiDict(), "scEtve2lnsXMqNJiV15IsA8x1I3Jxr0DuZAHFvEbc8Y="),
    ("/voice/plivo/status", MultiDict(), "FWEjxw3cgeLshNVC2/ZD1bDGUDmpXI8GGtgNIWJmYlA="),
]


def plivo_webhook(
    target: str, form: MultiDict[str, str], signature: str, *, nonce: str = NONCE
) -> Webhook:
    headers = Headers({"X-Plivo-Signature-V3": signature, "X-Plivo-Signature-V3-Nonce": nonce})
    return Webhook("POST", target, form, headers, "203.0.113.9")


@pytest.mark.parametrize(("target", "form", "signature"), PLIVO_VECTORS)
def test_plivos_own_signatures_are_admitted(
    target: str, form: MultiDict[str, str], signature: str
) -> None:
    assert PLIVO.admits("plivo", plivo_webhook(target, form, signature))
    both = f"b2xk,{signature}"  # one of each token while it is being changed
    assert PLIVO.admits("plivo", plivo_webhook(target, form, both))
    assert not PLIVO.admits("plivo", plivo_webhook(target, form, signature, nonce="1"))
    assert not PLIVO.admits("plivo", plivo_webhook(f"{target}x", form, signature))
    more = MultiDict([*form.items(multi=True), ("Digits", "9")])
    assert not PLIVO.admits("plivo", plivo_webhook(target, more, signature))


@pytest.mark.parametrize("signature", ["", ",", "x", "é"])
def test_a_strange_signature_of_plivo_is_refused_without_an_error(signature: str) -> None:
    target, form, _ = PLIVO_VECTORS[0]
    assert not PLIVO.admits("plivo", plivo_webhook(target, form, signature))


def test_signalwire_signs_as_twilio_does_under_its_own_name() -> None:
    guard = SignatureGuard(ORIGIN, {"signalwire": (TOKEN,)})
    for name in ("X-SignalWire-Signature", "X-Twilio-Signature"):
        headers = Headers({name: sign(ORIGIN + TARGET, FORM)})
        assert guard.admits("signalwire", Webhook("POST", TARGET, FORM, headers, ""))


def test_twilio_may_not_use_another_carriers_header() -> None:
    headers = Headers({"X-SignalWire-Signature": sign(ORIGIN + TARGET, FORM)})
    assert not GUARD.admits("twilio", Webhook("POST", TARGET, FORM, headers, ""))


@pytest.mark.parametrize(
    ("target", "address", "admitted"),
    [
        ("/voice/kookoo/incoming?key=secret", "198.51.100.7", True),
        ("/voice/kookoo/incoming?key=secret", "2001:db8::1", True),
        ("/voice/kookoo/incoming?key=secret", "198.51.101.7", False),
        ("/voice/kookoo/incoming?key=secret", "not an address", False),
        ("/voice/kookoo/incoming?key=secre", "198.51.100.7", False),
        ("/voice/kookoo/incoming?key=", "198.51.100.7", False),
        ("/voice/kookoo/incoming?key=x&key=secret", "198.51.100.7", False),
        ("/voice/kookoo/incoming", "198.51.100.7", False),
    ],
)
def test_a_carrier_that_signs_nothing_has_a_secret_and_an_address(
    target: str, address: str, admitted: bool
) -> None:
    networks = [ip_network("198.51.100.0/24"), ip_network("2001:db8::/32")]
    guard = SignatureGuard(ORIGIN, {"kookoo": ("secret",)}, {"kookoo": networks})
    webhook = Webhook("GET", target, MultiDict(), Headers(), address)
    assert guard.admits("kookoo", webhook) is admitted


def test_without_known_addresses_a_secret_alone_opens_nothing() -> None:
    guard = SignatureGuard(ORIGIN, {"kookoo": ("secret",)})
    webhook = Webhook("GET", "/voice/kookoo/incoming?key=secret", MultiDict(), Headers(), "::1")
    assert not guard.admits("kookoo", webhook)
