"""What the carrier saw beside what the database says, after everything was broken at random.

Pure: events as the simulator's log gives them, rows as plain values; every count should be 0.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

Event: TypeAlias = Mapping[str, Any]

# A doctor may still ring for so long after her patient has gone.
GONE: Final = timedelta(seconds=5)
# The two ends of one dial are written within this.
_TOGETHER: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Visit:
    """A ticket: whose telephone, its status, and how many talks came of it."""

    phone: str
    status: str
    talks: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """lost: patients who were joined to no doctor, or whose ticket is still open. twice_joined:
    patients joined more than once, and doctors joined to two at once. rung_for_nobody: rings of
    doctors that went on beyond GONE after the patient had hung up. repeated_texts: texts that came
    twice. second_tickets: more than one for a patient who came once. stuck_doctors: engaged with
    nobody. open_consultations: that nobody brought to an end. unended_calls: placed by us, of whose
    end nobody knows."""

    lost: int
    twice_joined: int
    rung_for_nobody: int
    repeated_texts: int
    second_tickets: int
    stuck_doctors: int
    open_consultations: int
    unended_calls: int

    @property
    def holds(self) -> bool:
        return not any(astuple(self))


@dataclass(frozen=True, slots=True)
class Left:
    """What the rows say at the end is still held, though nobody is on any line."""

    stuck_doctors: int = 0
    open_consultations: int = 0
    unended_calls: int = 0


def audit(
    events: Sequence[Event],
    *,
    patients: Collection[str],
    doctors: Collection[str],
    visits: Sequence[Visit],
    left: Left,
) -> Verdict:
    """Compare the carrier's log with the rows. patients, doctors: their numbers."""
    of_phone: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        of_phone[str(event.get("phone"))].append(event)
    joined = {phone: _count(of_phone[phone], "bridged") for phone in patients}
    tickets = Counter(visit.phone for visit in visits)
    unfinished = {visit.phone for visit in visits if visit.status != "done" or visit.talks != 1}
    never = {phone for phone, times in joined.items() if not times}
    return Verdict(
        lost=len(never | (unfinished & set(patients))),
        twice_joined=sum(times > 1 for times in joined.values())
        + sum(_joined_over_joined(of_phone[phone]) for phone in doctors),
        rung_for_nobody=sum(_rings_for_nobody(phone, of_phone, patients) for phone in doctors),
        repeated_texts=sum(_repeated(of_phone[phone]) for phone in patients),
        second_tickets=sum(count - 1 for count in tickets.values()),
        **asdict(left),
    )


def _count(events: Sequence[Event], kind: str) -> int:
    return sum(event["kind"] == kind for event in events)


def _joined_over_joined(events: Sequence[Event]) -> int:
    """How often a doctor was joined while she was joined already."""
    found, talking = 0, False
    for event in events:
        if event["kind"] == "bridged":
            found += talking
            talking = True
        elif event["kind"] == "hangup":
            talking = False
    return found


def _rings_for_nobody(
    doctor: str, of_phone: Mapping[str, Sequence[Event]], patients: Collection[str]
) -> int:
    """How many of her rings were no patient's, or went on after the patient had gone."""
    found = 0
    waiting = [
        (event, phone)
        for phone in patients
        for event in of_phone.get(phone, ())
        if event["kind"] == "ringback" and doctor in event.get("to", ())
    ]
    for place, event in enumerate(of_phone.get(doctor, ())):
        if event["kind"] != "ringing":
            continue
        rung_at = _at(event)
        near = [
            (abs(_at(back) - rung_at), phone, _at(back))
            for back, phone in waiting
            if abs(_at(back) - rung_at) <= _TOGETHER
        ]
        if not near:
            found += 1
            continue
        _, phone, since = min(near)
        ended = _next_at(of_phone[doctor][place + 1 :], {"answered", "hangup"})
        gone = _next_at([e for e in of_phone[phone] if _at(e) >= since], {"hangup"})
        found += gone is not None and ended is not None and ended - gone > GONE
    return found


def _next_at(events: Sequence[Event], kinds: Collection[str]) -> datetime | None:
    return next((_at(event) for event in events if event["kind"] in kinds), None)


def _repeated(events: Sequence[Event]) -> int:
    texts = Counter(event.get("body") for event in events if event["kind"] == "sms")
    return sum(count - 1 for count in texts.values())


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["at"])
