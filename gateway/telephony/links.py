"""The addresses that we give to a carrier: one place knows their shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

# Where the secret stands in the address of a carrier that signs nothing.
KEY_FIELD: Final = "key"


@dataclass(frozen=True, slots=True)
class Links:
    """Webhook URLs under the public origin, for one carrier; the routes are in gateway.web.

    key: the secret of a carrier that signs nothing; it stands in each of its addresses.
    """

    origin: str
    carrier: str
    key: str = field(default="", repr=False)

    def incoming(self) -> str:
        return self._voice("incoming")

    def turn(self, call_id: str, number: int) -> str:
        return self._voice(f"turn/{call_id}/{number}")

    def redirect(self, offer_id: str) -> str:
        return self._voice(f"offer/{offer_id}/redirect")

    def whisper(self, offer_id: str) -> str:
        return self._voice(f"offer/{offer_id}/whisper")

    def room(self, offer_id: str) -> str:
        return self._voice(f"offer/{offer_id}/room")

    def joined(self, offer_id: str) -> str:
        return self._voice(f"offer/{offer_id}/joined")

    def outbound(self, outbound_id: str) -> str:
        return self._voice(f"outbound/{outbound_id}")

    def status(self, outbound_id: str = "") -> str:
        return self._voice("status", outbound=outbound_id)

    def fallback(self, outbound_id: str = "") -> str:
        return self._voice("fallback", outbound=outbound_id)

    def sms_status(self, message_id: str) -> str:
        return self._with_query(f"{self.origin}/sms/{self.carrier}/status", message=message_id)

    def _voice(self, place: str, **query: str) -> str:
        return self._with_query(f"{self.origin}/voice/{self.carrier}/{place}", **query)

    def _with_query(self, url: str, **query: str) -> str:
        told = {name: value for name, value in {**query, KEY_FIELD: self.key}.items() if value}
        return f"{url}?{urlencode(told)}" if told else url
