"""What the simulator is told when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from simulator.misbehaviour import Callee, Misbehaviour
from simulator.numbers import E164, PHONE


class Measured(StrEnum):
    """How the length of a Say is known: by synthesising it, or, for load, by its text alone."""

    EXACT = "exact"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class CarrierNumber:
    """One of the account's own numbers, configured as a Twilio number is."""

    number: str
    voice_url: str | None = None
    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    status_callback: str | None = None
    sms_url: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneEntry:
    """A phone that is there from the start. role: what the page shows beside the name."""

    number: str
    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one simulator.

    port 0 takes a free one. speed: line seconds in a wall second. unregistered: what a call to a
    number without a phone meets. calls_per_second: the rate at which calls created over REST
    leave the queue (0: at once; Twilio's default is 1). webhook_timeout_s: Twilio's is 15. seed:
    makes SIDs repeat; never give one to a simulator whose gateway keeps its database.
    """

    account_sid: str = "AC" + "5" * 32
    auth_token: str = "simulator"  # noqa: S105 - the desk carrier's well-known token
    host: str = "127.0.0.1"
    port: int = 8001
    numbers: tuple[CarrierNumber, ...] = ()
    sms_senders: tuple[str, ...] = ()
    phones: tuple[PhoneEntry, ...] = ()
    toll_free_number: str = ""
    missed_call_number: str = ""
    console_url: str = ""
    speed: float = 1.0
    patience_floor_s: float = 0.25
    seed: int | None = None
    measured: Measured = Measured.EXACT
    webhook_timeout_s: float = 15.0
    calls_per_second: float = 0.0
    unregistered: Callee = Callee.NO_ANSWER
    misbehaviour: Misbehaviour = field(default_factory=Misbehaviour)

    @property
    def origin(self) -> str:
        """Where the gateway reaches the simulator's REST API."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 - no bind here
        return f"http://{host}:{self.port}"

    def number(self, number: str) -> CarrierNumber | None:
        return next((entry for entry in self.numbers if entry.number == number), None)


def gateway_number(number: str, gateway_origin: str) -> CarrierNumber:
    """Configure a number to reach Doorvani's public webhooks at `gateway_origin`."""
    return CarrierNumber(
        number=number,
        voice_url=f"{gateway_origin}/voice/twilio/incoming",
        voice_fallback_url=f"{gateway_origin}/voice/twilio/fallback",
        status_callback=f"{gateway_origin}/voice/twilio/status",
        sms_url=f"{gateway_origin}/sms/twilio/incoming",
    )


DEFAULT_NUMBERS = ("+911800000100", "+911800000101")
DEFAULT_SMS_SENDER = "+911800000102"
DEFAULT_PHONES = "+919800000001=Patient=patient,+919800000002=Doctor=doctor"


def settings_from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings from the gateway's own variables, and SIMULATOR_* for the rest.

    README.md lists them. Raises ValueError where a value is malformed.
    """
    get = environment.get
    origin = get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
    toll_free = get("TOLL_FREE_NUMBER", DEFAULT_NUMBERS[0])
    missed_call = get("MISSED_CALL_NUMBER", DEFAULT_NUMBERS[1])
    sender = get("SMS_SENDER", DEFAULT_SMS_SENDER)
    further = get("VOLUNTEER_NUMBER", ""), get("STAFF_NUMBER", ""), sender
    others = [number for number in further if E164.fullmatch(number)]
    own = [toll_free, missed_call, *others]
    numbers = get("SIMULATOR_NUMBERS", ",".join(own)).split(",")
    seed = get("SIMULATOR_SEED")
    defaults = Settings()
    return Settings(
        account_sid=get("TWILIO_ACCOUNT_SID", defaults.account_sid),
        auth_token=get("TWILIO_AUTH_TOKEN", defaults.auth_token),
        host=get("SIMULATOR_HOST", defaults.host),
        port=int(get("SIMULATOR_PORT", defaults.port)),
        numbers=tuple(gateway_number(_e164(number), origin) for number in numbers),
        sms_senders=(sender,),
        phones=tuple(parse_phones(get("SIMULATOR_PHONES", DEFAULT_PHONES))),
        toll_free_number=toll_free,
        missed_call_number=missed_call,
        console_url=f"{origin}/console",
        speed=float(get("SIMULATOR_SPEED", defaults.speed)),
        seed=None if seed is None else int(seed),
        measured=Measured(get("SIMULATOR_SPEECH", defaults.measured)),
        calls_per_second=float(get("SIMULATOR_CALLS_PER_SECOND", "0")),
        unregistered=Callee(get("SIMULATOR_UNREGISTERED", defaults.unregistered)),
    )


def parse_phones(text: str) -> list[PhoneEntry]:
    """Read `number=name=role` entries separated by commas; name and role may be left out.

    Raises ValueError for what is neither an E.164 number nor a short code such as 108.
    """
    entries = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        number, _, rest = part.partition("=")
        name, _, role = rest.partition("=")
        if not PHONE.fullmatch(number.strip()):
            raise ValueError(f"no phone's number, such as +919800000001 or 108: {number!r}")
        entries.append(PhoneEntry(number=number.strip(), name=name or number, role=role))
    return entries


def _e164(text: str) -> str:
    number = text.strip()
    if not E164.fullmatch(number):
        raise ValueError(f"not an E.164 number such as +911800000100: {number!r}")
    return number
