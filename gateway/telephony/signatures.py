"""The guard of every webhook: only a carrier that proves itself, as it does it, is listened to."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, TypeAlias
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator, add_port, remove_port
from werkzeug.datastructures import Headers, MultiDict

from gateway.telephony.dialects import DIALECTS, Seal
from gateway.telephony.links import KEY_FIELD

NONCE_HEADER: Final = "X-Plivo-Signature-V3-Nonce"
# Where each carrier puts its signature. SignalWire signs as Twilio does, under a name of its own;
# its older spaces still use Twilio's.
SIGNATURE_HEADERS: Final[Mapping[Seal, tuple[str, ...]]] = {
    Seal.TWILIO: ("X-Twilio-Signature",),
    Seal.SIGNALWIRE: ("X-SignalWire-Signature", "X-Twilio-Signature"),
    Seal.PLIVO_V3: ("X-Plivo-Signature-V3",),
    Seal.SHARED_KEY: (),
}

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request as it came. target: path and query exactly as requested. form: blanks and repeated
    fields kept. address: of whoever sent it.
    """

    method: str
    target: str
    form: MultiDict[str, str]
    headers: Headers
    address: str


@dataclass(frozen=True, slots=True)
class SignatureGuard:
    """Admits a webhook that its carrier signed, or that carries the secret we gave the carrier.

    origin: our public origin as configured. The Host header is never looked at: a proxy changes
    it, and a stranger chooses it. tokens: each carrier's secrets, two while one is changed; a
    carrier without one is unknown. sources: where a carrier that signs nothing may send from.
    """

    origin: str
    tokens: Mapping[str, Sequence[str]] = field(repr=False)
    sources: Mapping[str, Sequence[Network]] = field(default_factory=dict)

    def knows(self, carrier: str) -> bool:
        """Tell whether this installation has an account with the carrier."""
        return carrier in DIALECTS and any(self.tokens.get(carrier, ()))

    def admits(self, carrier: str, webhook: Webhook) -> bool:
        """Tell whether the request is the carrier's own; nothing is raised for what is in it."""
        if not self.knows(carrier):
            return False
        seal = DIALECTS[carrier].seal
        tokens = [token for token in self.tokens[carrier] if token]
        if seal is Seal.SHARED_KEY:
            return self._is_from(carrier, webhook.address) and _carries_key(webhook, tokens)
        headers = (webhook.headers.get(name, "") for name in SIGNATURE_HEADERS[seal])
        signature = next((value for value in headers if value), "")
        expected = _EXPECTED[seal](self.origin.rstrip("/"), webhook, tokens)
        return _matches(signature, expected)

    def _is_from(self, carrier: str, address: str) -> bool:
        networks = self.sources.get(carrier, ())
        try:
            sender = ip_address(address)
        except ValueError:
            return False
        return any(sender in network for network in networks)


def _matches(signature: str, expected: Iterator[str]) -> bool:
    """Compare with every candidate, each in constant time, so that timing tells nothing."""
    # Plivo puts several signatures into one header while a token is being changed.
    given = [one.strip().encode() for one in signature.split(",")]
    equal = [hmac.compare_digest(want.encode(), one) for want in expected for one in given]
    return any(equal)


def _twilio(origin: str, webhook: Webhook, tokens: Sequence[str]) -> Iterator[str]:
    """HMAC-SHA1 over the URL and the sorted form, in base64.

    Source: twilio.com/docs/usage/security#validating-requests
    """
    url = urlsplit(origin + webhook.target)
    # Carriers are inconsistent about the port, so the SDK tries both ways, and so do we.
    urls = dict.fromkeys((url.geturl(), remove_port(url), add_port(url)))
    for token in tokens:
        validator = RequestValidator(token)
        yield from (validator.compute_signature(one, webhook.form) for one in urls)


def _plivo(origin: str, webhook: Webhook, tokens: Sequence[str]) -> Iterator[str]:
    """HMAC-SHA256 over URL, sorted query, sorted form and the nonce, in base64.

    Source: plivo.com/docs/voice/concepts/signature-validation
    """
    url = urlsplit(origin + webhook.target)
    query = parse_qs(url.query, keep_blank_values=True)
    form = dict(webhook.form.lists()) if webhook.method == "POST" else {}
    asked = "&".join(f"{name}={value}" for name in sorted(query) for value in sorted(query[name]))
    posted = "".join(f"{name}{value}" for name in sorted(form) for value in sorted(form[name]))
    base = f"{url.scheme}://{url.netloc}{url.path}"
    if asked or form:
        base += f"?{asked}"
    if asked and form:
        base += "."
    text = f"{base}{posted}.{webhook.headers.get(NONCE_HEADER, '')}"
    for token in tokens:
        yield b64encode(hmac.new(token.encode(), text.encode(), sha256).digest()).decode()


def _carries_key(webhook: Webhook, tokens: Sequence[str]) -> bool:
    given = parse_qs(urlsplit(webhook.target).query).get(KEY_FIELD, [""])
    return len(given) == 1 and _matches(given[0], iter(tokens))


_EXPECTED: Final[Mapping[Seal, Callable[[str, Webhook, Sequence[str]], Iterator[str]]]] = {
    Seal.TWILIO: _twilio,
    Seal.SIGNALWIRE: _twilio,
    Seal.PLIVO_V3: _plivo,
}
