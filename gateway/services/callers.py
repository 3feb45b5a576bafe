"""Callers: telephone numbers, found by their keyed hash."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from gateway.db.crypto import Keyring, keyed_hash
from gateway.db.models import Caller
from gateway.db.models.base import new_id
from gateway.domain.phone_numbers import UnknownCaller, parse_phone
from gateway.services.turning import Turning
from gateway.services.work import Unit
from ivr_flows.engine.session import EffectDone


@dataclass(frozen=True, slots=True)
class Directory:
    """Finds callers by number; the hash is keyed, so a stolen table reveals no numbers."""

    keyring: Keyring

    def phone_hash(self, phone: str) -> str:
        return keyed_hash(phone, keyring=self.keyring)

    def caller_of(self, unit: Unit, number: str) -> Caller | None:
        """Return the caller of this number, made when first heard of; None when it is withheld.

        Two who meet her first at the same time get the same row.
        """
        phone = parse_phone(number)
        if isinstance(phone, UnknownCaller):
            return None
        hashed = self.phone_hash(phone)
        known = select(Caller).where(Caller.phone_hash == hashed)
        if (caller := unit.db.scalar(known)) is not None:
            return caller
        unit.insert_once(
            Caller,
            unique="phone_hash",
            id=new_id(),
            phone_e164=phone,
            phone_hash=hashed,
            created_at=unit.now,
        )
        return unit.db.scalars(known).one()


def recall(turning: Turning) -> EffectDone:
    """Is the language of this number chosen, and consent recorded?"""
    caller = turning.caller
    if caller is None or caller.language is None or caller.consented_at is None:
        return EffectDone("new")
    return EffectDone("known", {"language": caller.language})


def set_language(turning: Turning, language: str) -> EffectDone:
    """Keep her language; of a withheld number it is known as long as this call lasts."""
    turning.state.language = language
    if turning.caller is not None:
        turning.caller.language = language
    return EffectDone("ok")


def record_consent(turning: Turning) -> EffectDone:
    caller = turning.caller
    if caller is not None:
        caller.consented_at, caller.withdrawn_at = turning.unit.now, None
    turning.unit.note("calls", turning.call.id, "consented")
    return EffectDone("ok")
