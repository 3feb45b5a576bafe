"""Works off the texts that are meant: claimed together, sent side by side, each once.

The row is the intent. What a process claimed and never answered for runs out with its lease, and
then the carrier is asked before anything is sent again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sqlalchemy import case, update

from gateway.db.models import Message
from gateway.domain.rates import Traffic
from gateway.domain.states import MessageStatus
from gateway.services.ports import Ambiguous, Carrier, NotSent, Placed, Placing, Refused
from gateway.services.text_claims import Claimed, Claims
from gateway.services.text_tries import CARRIER_SHOWS_WITHIN, again, sought, untold
from gateway.services.work import Job, Unit, Work

log = logging.getLogger(__name__)

THREADS: Final = 8
# No request begins so late that its answer could come after the lease.
BEGIN_WITHIN_S: Final = 12.0
# A job ends before RQ takes it for stuck, and hints the rest.
ROUND_S: Final = 20.0
# While the rate lets none go, the next look is not sooner.
SHORTEST_WAIT_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Sent:
    """What became of a claimed text; None when there was no time left to begin with it."""

    text: Claimed
    result: Placing | None


class Sending:
    """carriers: those that texts may go by, the preferred one first."""

    def __init__(
        self,
        *,
        work: Work,
        carriers: Mapping[str, Carrier],
        claims: Claims,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._work = work
        self._carriers = carriers
        self._claims = claims
        self._roads = claims.roads
        self._clock = clock
        self._pause = pause

    def send_due(self) -> None:
        """Send whatever is due, for a while; safe to run in several processes at once."""
        end = self._clock() + ROUND_S
        with ThreadPoolExecutor(THREADS) as pool:
            while (claim := self._claims.next()).texts or claim.wait_s is not None:
                if claim.texts:
                    self._send_all(pool, claim.texts)
                wait_s = max(claim.wait_s or 0.0, SHORTEST_WAIT_S) if not claim.texts else 0.0
                if self._clock() + wait_s > end:
                    with self._work.begin() as unit:
                        unit.hint(Job.SEND_MESSAGES)
                    return
                if wait_s:
                    self._pause(wait_s)

    def _send_all(self, pool: ThreadPoolExecutor, batch: Sequence[Claimed]) -> None:
        until = self._clock() + BEGIN_WITHIN_S
        # A person's texts come in their order, so one thread sends them.
        hers = [list(texts) for _, texts in groupby(batch, key=lambda it: it.caller_id)]
        running = [pool.submit(self._send, texts, until) for texts in hers]
        failures = [error for one in running if (error := one.exception()) is not None]
        done = [one.result() for one in running if one.exception() is None]
        self._store([sent for texts in done for sent in texts])
        if failures:
            raise failures[0]

    def reconcile(self, message_id: str) -> None:
        """A try ended without a word (time-out, or our death): ask the carrier, then decide."""
        with self._work.begin() as unit:
            message = unit.db.get_one(Message, message_id)
            if message.status is not MessageStatus.SENDING:
                return
            carrier = self._carriers.get(message.carrier or self._roads.names[0])
            if carrier is None:
                # Of an account that is no more nothing can be asked, and it may have arrived.
                unit.move(Message, message_id, MessageStatus.FAILED, error_code="carrier_gone")
                return
            look = sought(unit, message)
        found = carrier.find_sms(message.phone_e164, message.body, sought=look)
        with self._work.begin() as unit:
            match found:
                case Placed(provider_id):
                    unit.move(
                        Message,
                        message_id,
                        MessageStatus.SENT,
                        origins=(MessageStatus.SENDING,),
                        provider_message_id=provider_id,
                    )
                case None if unit.now - look.since >= CARRIER_SHOWS_WITHIN:
                    again(unit, message_id, message.attempts)
                case _:
                    untold(unit, message_id, since=look.since)

    def _send(self, texts: Sequence[Claimed], until: float) -> list[_Sent]:
        return [_Sent(text, self._ask(text, until)) for text in texts]

    def _ask(self, text: Claimed, until: float) -> Placing | None:
        """Ask one carrier, and the next one only where the request never left us."""
        result: Placing | None = None
        for name in self._roads.order():
            began = self._clock()
            if began > until:
                break
            if name != text.carrier and not self._change_carrier(text, name):
                break
            result = self._carriers[name].send_sms(text.phone, text.body, intent=text.message_id)
            worked = isinstance(result, Placed | Refused)
            self._roads.report(name, took_s=self._clock() - began, worked=worked)
            if not isinstance(result, NotSent):
                break
        return result

    def _change_carrier(self, text: Claimed, name: str) -> bool:
        """Note whom is asked now, before it is; False where the rate lets none go by that one."""
        with self._work.begin() as unit:
            if self._claims.rates.room(unit, Traffic.TEXTS, name).free < 1:
                return False
            self._claims.rates.spend(unit, Traffic.TEXTS, name, text.segments)
            unit.change(update(Message).where(Message.id == text.message_id).values(carrier=name))
        return True

    def _store(self, sent: Sequence[_Sent]) -> None:
        with self._work.begin() as unit:
            placed = {
                one.text.message_id: one.result.provider_id
                for one in sent
                if isinstance(one.result, Placed)
            }
            _sent(unit, placed)
            for one in sent:
                message_id = one.text.message_id
                match one.result:
                    case NotSent():
                        again(unit, message_id, one.text.attempts)
                    case Refused(code, _):
                        _refused(unit, message_id, code)
                    case Ambiguous():
                        # It may be on its way: the lease runs on, then the carrier is asked.
                        unit.note("messages", message_id, "ambiguous")
                    case None:
                        _not_begun(unit, message_id)


def _sent(unit: Unit, placed: Mapping[str, str]) -> None:
    """A receipt may have come first, so the carrier's id is written whatever the status."""
    if not placed:
        return
    moved = unit.db.scalars(
        update(Message)
        .where(Message.id.in_(placed), Message.status == MessageStatus.SENDING)
        .values(
            status=MessageStatus.SENT,
            provider_message_id=case(placed, value=Message.id),
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    for message_id in moved:
        unit.note("messages", message_id, MessageStatus.SENT)
    for message_id in placed.keys() - set(moved):
        unit.change(
            update(Message)
            .where(Message.id == message_id)
            .values(provider_message_id=placed[message_id])
        )


def _refused(unit: Unit, message_id: str, code: str) -> None:
    unit.move(
        Message,
        message_id,
        MessageStatus.FAILED,
        origins=(MessageStatus.SENDING,),
        error_code=code,
    )
    log.error("sms_refused", extra={"message_id": message_id, "code": code})


def _not_begun(unit: Unit, message_id: str) -> None:
    """Its turn did not come within the lease; that was no try."""
    unit.move(
        Message,
        message_id,
        MessageStatus.QUEUED,
        origins=(MessageStatus.SENDING,),
        attempts=Message.attempts - 1,
    )
