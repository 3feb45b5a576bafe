"""The carriers' accounts, as the environment names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


class SettingsError(Exception):
    """The environment cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """An account with a carrier.

    webhook_secret: what proves its webhooks. number: ours there, which those whom we call see.
    sources: networks that a carrier which signs nothing sends from.
    """

    name: str
    account_sid: str
    auth_token: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_url: str
    number: str
    sms_sender: str
    sources: tuple[str, ...]


# What each carrier cannot do without, in the order account, token, secret of its webhooks; then
# where a request goes to, and where it comes from. KooKoo's account is its key alone.
_NAMES: Final[Mapping[str, tuple[str, str, str, tuple[str, ...]]]] = {
    "twilio": ("twilio_account_sid", "twilio_auth_token", "twilio_auth_token", ()),
    "signalwire": (
        "signalwire_project",
        "signalwire_token",
        "signalwire_signing_key",
        ("signalwire_api_url",),
    ),
    "somleng": ("somleng_account_sid", "somleng_auth_token", "somleng_auth_token", ()),
    "plivo": ("plivo_auth_id", "plivo_auth_token", "plivo_auth_token", ()),
    "kookoo": ("kookoo_api_key", "kookoo_api_key", "kookoo_webhook_key", ("kookoo_sources",)),
}
SHORTEST_WEBHOOK_KEY: Final = 32


def carriers_of(settings: Mapping[str, Any]) -> dict[str, CarrierSettings]:
    """Return the carriers that have an account; the default one must have.

    Errors: SettingsError for an account that is half there, with what is missing.
    """
    default = settings["default_carrier"]
    if default not in _NAMES:
        raise SettingsError(f"Not started: DEFAULT_CARRIER is none of {', '.join(_NAMES)}.")
    found: dict[str, CarrierSettings] = {}
    for name, (account, token, secret, others) in _NAMES.items():
        needed = dict.fromkeys((account, token, secret, *others))
        missing = [key.upper() for key in needed if not settings[key]]
        if missing and (name == default or len(missing) < len(needed)):
            raise SettingsError(
                f"Not started: {', '.join(missing)} not set; they come from the console of {name}."
            )
        if not missing:
            found[name] = _carrier(settings, name, settings[account], settings[token])
    if 0 < len(settings["kookoo_webhook_key"]) < SHORTEST_WEBHOOK_KEY:
        raise SettingsError(
            "Not started: KOOKOO_WEBHOOK_KEY is what keeps strangers out, so it has at least "
            f"{SHORTEST_WEBHOOK_KEY} characters."
        )
    return found


def _carrier(
    settings: Mapping[str, Any], name: str, account_sid: str, auth_token: str
) -> CarrierSettings:
    sources = settings["kookoo_sources"].split(",") if name == "kookoo" else []
    return CarrierSettings(
        name=name,
        account_sid=account_sid,
        auth_token=auth_token,
        webhook_secret=settings[_NAMES[name][2]],
        api_url=settings[f"{name}_api_url"],
        number=settings[f"{name}_number"] or settings["toll_free_number"],
        sms_sender=settings["sms_sender"],
        sources=tuple(source.strip() for source in sources if source.strip()),
    )
