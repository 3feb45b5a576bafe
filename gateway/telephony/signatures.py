"""The guard of every webhook: only a carrier that signs with our token is listened to."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator, add_port, remove_port

from gateway.telephony.events import Form

# SignalWire signs as Twilio does, under a name of its own.
SIGNATURE_HEADERS: Final = ("X-Twilio-Signature", "X-SignalWire-Signature")


@dataclass(frozen=True, slots=True)
class SignatureGuard:
    """Checks X-Twilio-Signature: HMAC-SHA1 over the public URL and the sorted form, in base64.

    origin: our public origin as configured. The Host header is never looked at: a proxy changes
    it, and a stranger chooses it. tokens: each carrier's auth tokens, two while one is changed.
    Source: twilio.com/docs/usage/security#validating-requests
    """

    origin: str
    tokens: Mapping[str, Sequence[str]] = field(repr=False)

    def knows(self, carrier: str) -> bool:
        """Tell whether this installation has an account with the carrier."""
        return bool(self.tokens.get(carrier))

    def admits(self, carrier: str, *, target: str, form: Form, signature: str | None) -> bool:
        """Tell whether the carrier signed this request.

        target: path and query exactly as requested. form: as posted, blanks and repeated fields
        kept. A missing signature or an unknown carrier is not admitted; nothing is raised.
        """
        if not signature:
            return False
        url = urlsplit(self.origin.rstrip("/") + target)
        # Carriers are inconsistent about the port, so the SDK tries both ways, and so do we.
        expected = [
            RequestValidator(token).compute_signature(candidate, form)
            for token in self.tokens.get(carrier, ())
            for candidate in dict.fromkeys((url.geturl(), remove_port(url), add_port(url)))
        ]
        # Every candidate is compared, each in constant time, so that timing tells nothing.
        matches = [hmac.compare_digest(one.encode(), signature.encode()) for one in expected]
        return any(matches)
