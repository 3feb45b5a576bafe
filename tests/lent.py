"""What a container makes when first asked for, and is only read then: all tests share it."""

from __future__ import annotations

from argon2 import PasswordHasher

from gateway.container import Container
from gateway.services.accounts import Accounts
from tests.domain.formulary_file import diagnoses, shipped
from tests.services.data import command_words, flow_book, sms_catalogue, triage_rules, vital_rules


def cheap_hasher() -> PasswordHasher:
    """What it costs to guess a password has its own test."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def lend(container: Container) -> None:
    """Give a container what has been read already; what stands there is used."""
    container.__dict__.update(
        book=flow_book(),
        formulary=shipped(),
        diagnoses=diagnoses(),
        sms_catalogue=sms_catalogue(),
        command_words=command_words(),
        triage_rules=triage_rules(),
        vital_rules=vital_rules(),
        accounts=Accounts(work=container.work, hasher=cheap_hasher()),
    )
