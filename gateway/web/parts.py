"""The parts that the views work with; the container fills them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from flask import current_app

from gateway.domain.diagnoses import Diagnoses
from gateway.domain.vitals import VitalRules
from gateway.paper.press import Press
from gateway.services.accounts import Accounts
from gateway.services.calls import Calls
from gateway.services.clinic import Clinic
from gateway.services.inbox import Inbox
from gateway.services.prescriptions import Prescriptions
from gateway.services.receipts import Receipts
from gateway.services.regimens import Regimens
from gateway.services.rota import Rota
from gateway.services.slips import Slips
from gateway.services.work import Work
from gateway.telephony.answers import TelephonyAnswers
from gateway.telephony.signatures import SignatureGuard
from gateway.web.metrics import Metrics
from gateway.web.prompt_audio import PromptAudio

EXTENSION = "doorvani"


class Readiness(Protocol):
    """Asks the parts that a request needs whether they answer."""

    def problems(self) -> dict[str, str]: ...


class DeadLetters(Protocol):
    """The jobs that failed. Errors: QueueUnreachableError."""

    def all(self) -> Sequence[object]: ...

    def try_again(self, job_id: str) -> bool: ...

    def discard(self, job_id: str) -> bool: ...

    def forget(self) -> int: ...


@dataclass(frozen=True, slots=True)
class WebParts:
    work: Work
    calls: Calls
    answers: TelephonyAnswers
    prompts: PromptAudio
    receipts: Receipts
    inbox: Inbox
    accounts: Accounts
    rota: Rota
    clinic: Clinic
    prescriptions: Prescriptions
    diagnoses: Diagnoses
    vitals: VitalRules
    press: Press
    regimens: Regimens
    slips: Slips
    guard: SignatureGuard
    readiness: Readiness
    metrics: Metrics
    dead_letters: DeadLetters
    first_language: str


def parts() -> WebParts:
    """Return the parts of the running application."""
    return cast(WebParts, current_app.extensions[EXTENSION])
