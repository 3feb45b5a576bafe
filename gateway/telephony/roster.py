"""The carriers of this installation: how we ask each, and how each proves itself to us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from config.carriers import CarrierSettings
from gateway.domain.errors import GatewayError
from gateway.services.ports import Carrier
from gateway.telephony.dialects import DIALECTS, Markup, Seal
from gateway.telephony.kookoo_rest import KookooCarrier
from gateway.telephony.links import Links
from gateway.telephony.plivo_rest import PlivoCarrier
from gateway.telephony.rest import CarrierAccount, TwilioCarrier
from gateway.telephony.signatures import SignatureGuard


class UnfitCarrier(GatewayError):  # noqa: N818  # a choice to be changed; the message says how
    """A carrier is to do what it cannot."""


@dataclass(frozen=True, slots=True)
class Roster:
    """All carriers that we have an account with, and the one that we call and text with.

    Errors: UnfitCarrier when that one cannot ask a doctor before it joins her to a patient.
    """

    origin: str
    members: Mapping[str, CarrierSettings]
    default: str
    for_texts: Sequence[str]

    def __post_init__(self) -> None:
        if not DIALECTS[self.default].has_whisper:
            able = ", ".join(name for name, dialect in DIALECTS.items() if dialect.has_whisper)
            raise UnfitCarrier(
                f"DEFAULT_CARRIER={self.default} cannot ask a doctor before she is joined to a "
                f"patient, so it may only take calls; choose one of {able} to call and text with."
            )

        if unknown := [name for name in self.for_texts if name not in self.members]:
            raise UnfitCarrier(
                f"SMS_CARRIERS names {', '.join(unknown)}, of which there is no account; "
                f"there are: {', '.join(self.members)}."
            )

    def carriers(self) -> dict[str, Carrier]:
        return {name: self._carrier(member) for name, member in self.members.items()}

    def guard(self) -> SignatureGuard:
        """Errors: UnfitCarrier for a source that is no network."""
        try:
            sources = {
                name: [ip_network(source) for source in member.sources]
                for name, member in self.members.items()
            }
        except ValueError as error:
            raise UnfitCarrier(f"a carrier's source addresses: {error}") from error
        tokens = {name: (member.webhook_secret,) for name, member in self.members.items()}
        return SignatureGuard(self.origin, tokens, sources)

    @property
    def numbers(self) -> dict[str, str]:
        """Our number at each carrier."""
        return {name: member.number for name, member in self.members.items()}

    @property
    def keys(self) -> dict[str, str]:
        """The secrets that stand in the addresses of carriers that sign nothing."""
        return {
            name: member.webhook_secret
            for name, member in self.members.items()
            if DIALECTS[name].seal is Seal.SHARED_KEY
        }

    def _carrier(self, member: CarrierSettings) -> Carrier:
        account = CarrierAccount(
            account_sid=member.account_sid,
            auth_token=member.auth_token,
            call_from=member.number,
            sms_from=member.sms_sender,
            api_url=member.api_url,
        )
        dialect = DIALECTS[member.name]
        links = Links(self.origin, member.name, self.keys.get(member.name, ""))
        match dialect.markup:
            case Markup.TWIML:
                return TwilioCarrier(account, dialect=dialect, links=links)
            case Markup.PLIVO:
                return PlivoCarrier(account, links=links)
            case Markup.KOOKOO:
                return KookooCarrier(account, links=links)
