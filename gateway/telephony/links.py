"""The addresses that we give to a carrier: one place knows their shape."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Links:
    """Webhook URLs under the public origin, for one carrier; the routes are in gateway.web."""

    origin: str
    carrier: str

    def turn(self, call_id: str, number: int) -> str:
        return f"{self._voice}/turn/{call_id}/{number}"

    def redirect(self, offer_id: str) -> str:
        return f"{self._voice}/offer/{offer_id}/redirect"

    def whisper(self, offer_id: str) -> str:
        return f"{self._voice}/offer/{offer_id}/whisper"

    def outbound(self, outbound_id: str) -> str:
        return f"{self._voice}/outbound/{outbound_id}"

    def status(self, outbound_id: str = "") -> str:
        suffix = f"?outbound={outbound_id}" if outbound_id else ""
        return f"{self._voice}/status{suffix}"

    def sms_status(self, message_id: str) -> str:
        return f"{self.origin}/sms/{self.carrier}/status?message={message_id}"

    @property
    def _voice(self) -> str:
        return f"{self.origin}/voice/{self.carrier}"
