"""Settings from the environment; only the container and the entry points read them."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSetting

from config.carriers import CarrierSettings, SettingsError, carriers_of
from config.signing_key import make_signing_key

__all__ = [
    "REPOSITORY",
    "Environment",
    "Settings",
    "SettingsError",
    "developer_secrets",
    "load_settings",
    "make_keys",
]

REPOSITORY = Path(__file__).resolve().parent.parent
HOW_TO_MAKE_KEYS = "doorvani keys"


class Environment(StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"


class Settings(BaseSettings):
    """The environment of architecture.md's public face; every value has a developer's default."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    doorvani_env: Environment = Environment.PRODUCTION
    port: int = Field(default=8000, ge=1, le=65535)
    data_dir: Path = REPOSITORY / "var"
    database_url: str = ""
    redis_url: str = ""
    secret_key: str = ""
    field_keys: str = ""
    # Base64 of PEM: the private key that prescriptions are signed with, its certificate and chain.
    signing_key: str = ""
    public_url: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_api_url: str = "https://api.twilio.com"
    twilio_number: str = ""
    # The carrier that we call and text with; the others only take calls. A carrier's own number is
    # TOLL_FREE_NUMBER unless it says otherwise.
    default_carrier: str = "twilio"
    # Those that texts may go by, the preferred one first, with commas between; the default alone
    # where this is empty.
    sms_carriers: str = ""
    signalwire_project: str = ""
    signalwire_token: str = ""
    signalwire_signing_key: str = ""
    # Such as https://<space>.signalwire.com/api/laml
    signalwire_api_url: str = ""
    signalwire_number: str = ""
    somleng_account_sid: str = ""
    somleng_auth_token: str = ""
    somleng_api_url: str = "https://api.somleng.org"
    somleng_number: str = ""
    plivo_auth_id: str = ""
    plivo_auth_token: str = ""
    plivo_api_url: str = "https://api.plivo.com"
    plivo_number: str = ""
    # KooKoo signs nothing: the key stands in the address that it is given, and only these networks
    # (with commas between, such as 198.51.100.0/24) may use it.
    kookoo_api_key: str = ""
    kookoo_webhook_key: str = ""
    kookoo_sources: str = ""
    kookoo_api_url: str = "https://in1-cpaas.ozonetel.com"
    kookoo_number: str = ""
    toll_free_number: str = "+911800000100"
    missed_call_number: str = "+911800000101"
    # Further numbers for missed calls, with commas between; every other number of ours is answered.
    missed_call_numbers: str = ""
    # Where volunteers lend their voices to test the recogniser; none, nobody is asked.
    volunteer_number: str = ""
    # Where doctors go on and off duty by their PIN; none, they do so by SMS and console.
    staff_number: str = ""
    # The state of a number where it is not STATE_CODE, as JSON: {"+91…": "TN"}.
    doorvani_number_states: dict[str, str] = Field(default_factory=dict)
    sms_sender: str = "+911800000102"
    speech_models_dir: Path | None = None
    state_code: str = "IN"
    # A number that reaches the ambulance and that the carrier can dial; most reach no short code,
    # so by default a caller is told the number and not joined with it.
    emergency_dial_number: str = ""
    # We ask after a patient so many days after her consultation; 0 asks nobody.
    follow_up_days: int = Field(default=3, ge=0, le=60)
    trusted_proxies: int = Field(default=0, ge=0, le=5)

    @property
    def carriers(self) -> dict[str, CarrierSettings]:
        """The carriers that we have an account with. Errors: SettingsError."""
        return carriers_of(self.model_dump())

    @property
    def texts_by(self) -> tuple[str, ...]:
        """The carriers for texts, the preferred one first."""
        named = tuple(name.strip() for name in self.sms_carriers.split(",") if name.strip())
        return named or (self.default_carrier,)

    @property
    def is_development(self) -> bool:
        return self.doorvani_env is Environment.DEVELOPMENT

    @property
    def all_missed_call_numbers(self) -> frozenset[str]:
        further = (number.strip() for number in self.missed_call_numbers.split(","))
        return frozenset({self.missed_call_number, *further} - {""})

    @property
    def numbers_with_a_flow(self) -> dict[str, str]:
        """The flow of every number that has one of its own."""
        flows = {self.volunteer_number: "volunteer", self.staff_number: "duty"}
        return {number: flow for number, flow in flows.items() if number}

    @property
    def database(self) -> str:
        """The database's URL: a SQLite file in `data_dir` unless DATABASE_URL names another."""
        return self.database_url or f"sqlite:///{self.data_dir / 'doorvani.sqlite3'}"

    @property
    def origin(self) -> str:
        """The public origin that carriers call and sign, without a trailing slash."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")


_SECRETS = ("secret_key", "field_keys", "signing_key")
# Made for the carrier on the desk; elsewhere the accounts are held by config.carriers.
_DESK_SECRETS = (*_SECRETS, "twilio_account_sid", "twilio_auth_token")


def load_settings() -> Settings:
    """Return the settings of this process.

    On a developer's machine (DOORVANI_ENV=development) missing secrets are made once and kept in
    `data_dir`, readable by the owner alone. Elsewhere a missing one is refused.
    Errors: SettingsError, with what to do.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][0]}: {e['msg']}".upper() for e in error.errors())
        raise SettingsError(f"The environment cannot be used: {wrong}") from error
    except UnreadableSetting as error:
        raise SettingsError(
            'The environment cannot be used: DOORVANI_NUMBER_STATES is not like {"+91…": "TN"}'
        ) from error
    if settings.is_development:
        return settings.model_copy(update=_missing_secrets(settings))
    missing = [name.upper() for name in _SECRETS if not getattr(settings, name)]
    if not settings.public_url:
        missing.append("PUBLIC_URL")
    if missing:
        raise SettingsError(
            f"Not started: {', '.join(missing)} not set. Make the keys with "
            f"'{HOW_TO_MAKE_KEYS}' and keep them safe (data sealed with a lost key is lost). On a "
            "developer's machine set DOORVANI_ENV=development instead."
        )
    _ = settings.carriers  # half an account is refused here, and not by the first caller's turn
    return settings


def make_keys() -> dict[str, str]:
    """Return fresh SECRET_KEY, FIELD_KEYS (256 bits each) and SIGNING_KEY values."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(32),
        "FIELD_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SIGNING_KEY": make_signing_key(),
    }


def developer_secrets(folder: Path) -> dict[str, str]:
    """Return the secrets of a developer's machine, made once and kept in the folder."""
    kept = folder / "developer-secrets.json"
    stored: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    if set(_DESK_SECRETS) <= set(stored):
        return stored
    made = {name.lower(): value for name, value in make_keys().items()}
    made["twilio_account_sid"] = f"AC{secrets.token_hex(16)}"
    made["twilio_auth_token"] = secrets.token_hex(16)
    folder.mkdir(parents=True, exist_ok=True)
    kept.touch(mode=0o600)
    # What an older version made stays: its database is sealed with it.
    kept.write_text(json.dumps({**made, **stored}, indent=1))
    return {**made, **stored}


def _missing_secrets(settings: Settings) -> dict[str, str]:
    stored = developer_secrets(settings.data_dir)
    return {name: getattr(settings, name) or stored[name] for name in _DESK_SECRETS}
