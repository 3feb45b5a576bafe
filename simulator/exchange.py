"""The exchange: the carrier's whole state, under one lock, and the life of a leg.

Lock discipline: `Exchange.lock` guards every phone, call, message, recording and the journal; each
call's `changed` waits over that same lock. It is never held over a request, a synthesis or a sleep.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from simulator.calls import Call, CallbackPlan, CallStatus, Direction, Fetch, Source
from simulator.clock import Clock
from simulator.forms import call_form, progress_form
from simulator.journal import Journal
from simulator.media import Studio
from simulator.messages import Message
from simulator.misbehaviour import Callee, Faults
from simulator.phones import Phone
from simulator.recordings import Recording
from simulator.settings import Settings
from simulator.sids import SidSource
from simulator.webhooks import Courier


class UnknownPhoneError(LookupError):
    """No phone has this number."""


@dataclass(slots=True, eq=False)
class Room:
    """A conference: who is in it, who of them is heard, and who was told that it has begun."""

    members: set[Call] = field(default_factory=set)
    muted: set[Call] = field(default_factory=set)
    told: set[Call] = field(default_factory=set)
    started: bool = False


class Exchange:
    """Everything the carrier knows, and the transitions of a leg."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lock = threading.RLock()
        self.clock = Clock(settings.speed, settings.patience_floor_s)
        self.journal = Journal(self.lock)
        self.faults = Faults(settings.misbehaviour)
        self.sids = SidSource(settings.seed)
        self.courier = Courier(settings, clock=self.clock, journal=self.journal)
        self.studio = Studio(self.courier, self.sids, measured=settings.measured)
        self.phones: dict[str, Phone] = {}
        self.calls: dict[str, Call] = {}
        self.messages: dict[str, Message] = {}
        self.recordings: dict[str, Recording] = {}
        self.rooms: dict[str, Room] = {}
        self._next_slot_s = 0.0
        for entry in settings.phones:
            self.register_phone(entry.number, entry.name, role=entry.role)

    def register_phone(self, number: str, name: str, *, role: str = "") -> Phone:
        """Give `number` a phone; one that is there keeps its call and inbox."""
        with self.lock:
            phone = self.phones.setdefault(number, Phone(number=number, name=name, role=role))
            phone.name = name
            return phone

    def phone(self, number: str) -> Phone:
        """Return the phone. Raises UnknownPhoneError."""
        with self.lock:
            if number not in self.phones:
                raise UnknownPhoneError(number)
            return self.phones[number]

    def new_call(
        self,
        from_: str,
        to: str,
        *,
        direction: Direction,
        source: Source | None = None,
        fallback: Fetch | None = None,
        callbacks: CallbackPlan | None = None,
        parent: Call | None = None,
        far_end: str | None = None,
    ) -> Call:
        """Create a leg, queued; nothing rings yet. far_end: the phone, where From hides it."""
        inbound = direction is Direction.INBOUND
        with self.lock:
            call = Call(
                sid=self.sids.next("CA"),
                from_=from_,
                to=to,
                direction=direction,
                far_end=far_end or (from_ if inbound else to),
                own=to if inbound else from_,
                changed=threading.Condition(self.lock),
                created_at=self.clock.now(),
                source=source,
                fallback=fallback,
                callbacks=callbacks,
                parent=parent,
            )
            self.calls[call.sid] = call
            if not inbound:
                self._report(call, "initiated")
            return call

    def take_slot(self) -> float:
        """Return the line seconds that a call created over REST must wait in the queue."""
        if not self.settings.calls_per_second:
            return 0.0
        with self.lock:
            now_s = self.clock.reading_s()
            slot_s = max(now_s, self._next_slot_s)
            self._next_slot_s = slot_s + self.clock.wall_s(1 / self.settings.calls_per_second)
            return self.clock.line_s(now_s, slot_s)

    def callee_of(self, call: Call) -> Callee:
        """Return what this call meets at the far end at this moment."""
        with self.lock:
            ordered = self.faults.of(call.to, call.from_).callee
            if ordered is not Callee.RING:
                return ordered
            phone = self.phones.get(call.to)
            if phone is None:
                return self.settings.unregistered
            return Callee.RING if phone.call is None else Callee.BUSY

    def ring(self, call: Call) -> None:
        """Let the call ring; its phone, if free, rings with it."""
        with self.lock:
            call.check()
            callee = self.callee_of(call)
            call.status = CallStatus.RINGING
            call.started_at = self.clock.now()
            if callee is Callee.RING:
                self.phones[call.to].call = call
                self.note(call, "ringing", **{"from": call.from_})
            self._report(call, "ringing")
            call.touch()

    def answer(self, call: Call) -> None:
        """Put the call in progress; one that is already there, or over, stays as it is."""
        with self.lock:
            if call.status is not CallStatus.RINGING:
                return
            call.status = CallStatus.IN_PROGRESS
            call.answered_s = self.clock.reading_s()
            self.note(call, "answered")
            self._report(call, "answered")
            call.touch()

    def end(self, call: Call, status: CallStatus, *, reason: str | None = None) -> None:
        """End the call; one that is over stays as it ended. reason: what the phone is told."""
        with self.lock:
            if call.status.final:
                return
            call.status = status
            call.ended_at = self.clock.now()
            call.ended_s = self.clock.reading_s()
            self.unbridge(call)
            phone = self.phones.get(call.far_end)
            if phone is not None and phone.call is call:
                phone.call = None
                self.note(call, "hangup", reason=reason or status)
            self._report(call, "completed")
            call.touch()

    def hang_up(self, call: Call, *, reason: str | None = None) -> None:
        """End the call as it deserves: completed if it was answered, else canceled."""
        with self.lock:
            answered = call.answered_s is not None
            status = CallStatus.COMPLETED if answered else CallStatus.CANCELED
            self.end(call, status, reason=reason)

    def bridge(self, one: Call, other: Call) -> None:
        """Let two legs hear each other."""
        with self.lock:
            one.peers.add(other)
            other.peers.add(one)
            self.note(one, "bridged", **{"with": other.far_end})
            self.note(other, "bridged", **{"with": one.far_end})

    def unbridge(self, call: Call) -> None:
        """Take the leg out of whatever it hears."""
        with self.lock:
            for peer in call.peers:
                peer.peers.discard(call)
                peer.touch()
            call.peers.clear()

    def note(self, call: Call, kind: str, **facts: object) -> None:
        """Write an event of this leg into the journal, and its phone's log if it has one."""
        with self.lock:
            phone = self.phones.get(call.far_end)
            lives_it = phone is not None and (phone.call is call or kind == "hangup")
            number = call.far_end if lives_it else None
            self.journal.add(kind, phone=number, call=call.sid, **facts)

    def duration_s(self, call: Call) -> int:
        """Return the whole line seconds from the answer to the end (or to now)."""
        with self.lock:
            if call.answered_s is None:
                return 0
            return round(self.clock.line_s(call.answered_s, call.ended_s))

    def call_form(self, call: Call) -> dict[str, str]:
        """Return the parameters that every webhook of this call carries."""
        with self.lock:
            return call_form(call, self.settings.account_sid)

    def reset(self) -> None:
        """End every call and forget everything but the phones; their inboxes are emptied."""
        with self.lock:
            for call in list(self.calls.values()):
                self.hang_up(call)
            for kept in (self.calls, self.messages, self.recordings, self.rooms):
                kept.clear()
            for phone in self.phones.values():
                phone.inbox.clear()
                phone.performance = None
            self.faults.clear()
            self.journal.clear()

    def _report(self, call: Call, event: str) -> None:
        """Tell the gateway of a progress event, if it asked for it (held under the lock)."""
        sequence = call.sequence
        call.sequence += 1
        plan = call.callbacks
        if plan is None or event not in plan.events:
            return
        form = progress_form(
            call, event, account_sid=self.settings.account_sid, duration_s=self.duration_s(call)
        )
        self.courier.tell(
            call.sid,
            plan.url,
            method=plan.method,
            params=form | {"SequenceNumber": str(sequence)},
            faults=self.faults.of(call.far_end, call.own),
            last=event == "completed",
            call=call.sid,
        )
