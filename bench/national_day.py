"""A day of the nation: half a million consultations through the service's own order.

A discrete-event simulation, seeded. Patients arrive by an hourly curve (India's eSanjeevani had
510,702 on its busiest day; `domain/telemedicine-rules.md`), wait by `RoomRules.turn_at`, and give
up when their patience ends; doctors of the hour talk and write up. Beside it stand the formulas of
the trade for each hour taken by itself: Erlang C (nobody gives up) and Erlang A (Palm: patience is
exponential). Ours differs where hours flow into one another and where urgency reorders the line.
Assumed, and printed with the result: the curve, talk and write-up, patience, urgency.
"""

from __future__ import annotations

import bisect
import heapq
import math
import random
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import yaml

from config.settings import REPOSITORY
from gateway.domain.waiting_room import RoomRules

CONSULTATIONS: Final = 500_000
SEED: Final = 1
# Of the day's patients, how many of a thousand ask in each hour: a day clinic with a thin night.
CURVE: Final = (
    *(4, 3, 3, 3, 4, 8, 20, 42, 70, 92, 98, 94),
    *(80, 66, 62, 66, 70, 64, 50, 38, 28, 18, 11, 6),
)
TALK_S: Final = 360.0
SPREAD: Final = 0.6
WRITE_UP_S: Final = 90.0
A_PATIENT_S: Final = TALK_S + WRITE_UP_S
PATIENCE_S: Final = 45 * 60.0
URGENCIES: Final = (("red", 0.03), ("urgent", 0.17), ("routine", 0.80))
# Patients of the day, and doctors of an hour beside the load that comes in it: the nation with
# enough doctors and with too few, and a small language's line, where chance weighs more.
DAYS: Final = ((CONSULTATIONS, 1.02), (CONSULTATIONS, 0.93), (5_000, 1.02))
AN_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Patient:
    """joined: seconds since midnight. told: the wait in seconds that she was told."""

    joined: float
    urgency: str
    turn: float
    told: float


@dataclass(slots=True)
class Day:
    """What came of it: waits and errors in seconds; the error is the wait told less the wait."""

    waits: dict[str, list[float]] = field(default_factory=dict)
    gave_up: dict[str, int] = field(default_factory=dict)
    waits_by_hour: list[list[float]] = field(default_factory=lambda: [[] for _ in CURVE])
    lost_by_hour: list[int] = field(default_factory=lambda: [0 for _ in CURVE])
    errors: list[float] = field(default_factory=list)


def staff(patients_per_hour: Sequence[int], share: float) -> list[int]:
    """Return the doctors of each hour: so many for each erlang of the load."""
    return [max(2, math.ceil(share * n * A_PATIENT_S / AN_HOUR_S)) for n in patients_per_hour]


class Simulation:
    """Events in the order of time: a patient comes, gives up, or a doctor is free again."""

    def __init__(self, rules: RoomRules, doctors: Sequence[int], seed: int) -> None:
        self.day = Day()
        self._rules = rules
        self._dice = random.Random(seed)  # a simulation
        self._head = {name: 60.0 * rules.head_start_minutes[name] for name, _ in URGENCIES}
        self._doctors = doctors
        # Who waits, in the order of their turns, and each by number.
        self._line: list[tuple[float, int]] = []
        self._waiting: dict[int, Patient] = {}
        self._busy: list[float] = []
        self._patience: list[tuple[float, int]] = []
        self._hour = 0

    def run(self, arrivals: Iterable[float]) -> Day:
        names, weights = [name for name, _ in URGENCIES], [share for _, share in URGENCIES]
        for number, now in enumerate(arrivals):
            self._advance(now)
            [urgency] = self._dice.choices(names, weights)
            self._arrive(number, now, urgency)
        self._advance(math.inf)
        return self.day

    def _arrive(self, number: int, now: float, urgency: str) -> None:
        turn = now - self._head[urgency]
        place = bisect.bisect(self._line, (turn, number))
        told = self._rules.estimated_wait(
            place + 1,
            doctors_on_duty=self._on_duty(now),
            doctors_free=max(0, self._on_duty(now) - len(self._busy)),
        )
        self._line.insert(place, (turn, number))
        self._waiting[number] = Patient(now, urgency, turn, told.total_seconds())
        patience = now + self._dice.expovariate(1 / PATIENCE_S)
        heapq.heappush(self._patience, (patience, number))
        self._serve(now)

    def _advance(self, until: float) -> None:
        while True:
            free = self._busy[0] if self._busy else math.inf
            gone = self._patience[0][0] if self._patience else math.inf
            # A new hour brings doctors whom nobody has waited for.
            last = self._hour == len(self._doctors) - 1
            hour = math.inf if last or not self._line else (self._hour + 1) * AN_HOUR_S
            now = min(free, gone, hour)
            if now > until or now == math.inf:
                return
            if now == free:
                heapq.heappop(self._busy)
            elif now == gone:
                self._give_up(heapq.heappop(self._patience)[1])
            else:
                self._hour += 1
            self._serve(now)

    def _on_duty(self, now: float) -> int:
        self._hour = min(int(now // AN_HOUR_S), len(self._doctors) - 1)
        return self._doctors[self._hour]

    def _serve(self, now: float) -> None:
        while self._line and len(self._busy) < self._on_duty(now):
            _, number = self._line.pop(0)
            patient = self._waiting.pop(number)
            wait = now - patient.joined
            self.day.waits.setdefault(patient.urgency, []).append(wait)
            self.day.waits_by_hour[int(patient.joined // AN_HOUR_S)].append(wait)
            self.day.errors.append(patient.told - wait)
            talk = self._dice.lognormvariate(math.log(TALK_S) - SPREAD**2 / 2, SPREAD)
            write_up = self._dice.expovariate(1 / WRITE_UP_S)
            heapq.heappush(self._busy, now + talk + write_up)

    def _give_up(self, number: int) -> None:
        patient = self._waiting.pop(number, None)
        if patient is None:
            return
        del self._line[bisect.bisect_left(self._line, (patient.turn, number))]
        self.day.gave_up[patient.urgency] = self.day.gave_up.get(patient.urgency, 0) + 1
        self.day.lost_by_hour[int(patient.joined // AN_HOUR_S)] += 1


def arrivals(count: int, seed: int) -> list[float]:
    """Return the times at which patients ask, in seconds: the hour by the curve, even within it."""
    dice = random.Random(seed)  # a simulation
    hours = dice.choices(range(len(CURVE)), CURVE, k=count)
    return sorted((hour + dice.random()) * AN_HOUR_S for hour in hours)


def erlang_c(servers: int, load: float) -> tuple[float, float]:
    """Return the chance to wait and the mean wait in seconds where nobody gives up.

    load: in erlangs. Without end where it is not below the servers. Erlang 1917, by the recursion
    of the B formula, which stays within range for thousands of servers.
    """
    if load >= servers:
        return 1.0, math.inf
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = load * blocked / (server + load * blocked)
    waits = blocked / (1 - load / servers * (1 - blocked))
    return waits, waits * A_PATIENT_S / (servers - load)


def erlang_a(servers: int, load: float) -> tuple[float, float]:
    """Return the share that gives up and the mean wait in seconds of all, patience exponential.

    Palm 1957: the birth-and-death chain, its weights from the load's own peak outwards.
    """
    lost_rate = A_PATIENT_S / PATIENCE_S
    top = servers + math.ceil(load + 10 * math.sqrt(load) / lost_rate)

    def leaving(state: int) -> float:
        return min(state, servers) + max(0, state - servers) * lost_rate

    weights = [1.0]
    for state in range(1, top + 1):
        weights.append(weights[-1] * load / leaving(state))
        if weights[-1] > 1e200:
            weights = [weight / 1e200 for weight in weights]
    total = math.fsum(weights)
    queue = math.fsum(max(0, n - servers) * weight for n, weight in enumerate(weights)) / total
    # Little: those who wait are those who come, times how long each waits.
    return queue * lost_rate / load, queue * A_PATIENT_S / load


def print_hours(day: Day, loads: Sequence[int], doctors: Sequence[int]) -> None:
    print(
        "hour patients doctors | Erlang C: waits, mean | Erlang A: gives up, mean "
        "| simulated: gives up, mean"
    )
    for hour, (count, servers) in enumerate(zip(loads, doctors, strict=True)):
        load = count * A_PATIENT_S / AN_HOUR_S
        chance, mean_c = erlang_c(servers, load)
        lost, mean_a = erlang_a(servers, load)
        waits = day.waits_by_hour[hour] or [0.0]
        mean, gone = statistics.fmean(waits), day.lost_by_hour[hour] / max(1, count)
        never = "no end" if mean_c == math.inf else f"{mean_c / 60:4.1f} min"
        print(
            f"{hour:4} {count:8,} {servers:7,} | {chance:7.1%} {never:>9} "
            f"| {lost:7.1%} {mean_a / 60:5.1f} min | {gone:7.1%} {mean / 60:5.1f} min"
        )


def print_day(day: Day, doctors: Sequence[int], *, took_s: float) -> None:
    for urgency, _ in URGENCIES:
        waits = sorted(day.waits.get(urgency, [0.0]))
        lost = day.gave_up.get(urgency, 0)
        print(
            f"{urgency:8} {len(waits):8,} served: median {waits[len(waits) // 2] / 60:5.1f} min, "
            f"95 % within {waits[int(0.95 * (len(waits) - 1))] / 60:5.1f}, "
            f"longest {waits[-1] / 60:5.1f}; "
            f"{lost:,} gave up ({lost / (lost + len(waits)):.1%})"
        )
    errors = sorted(error / 60 for error in day.errors)
    middle = sorted(abs(error) for error in errors)
    print(
        f"wait told less wait: median {statistics.median(errors):+.1f} min, half within "
        f"{middle[len(middle) // 2]:.1f}, 95 % within {middle[int(0.95 * (len(middle) - 1))]:.1f}"
    )
    print(
        f"doctors: {max(doctors):,} at most, {sum(doctors):,} doctor-hours; {took_s:.0f} s to run"
    )


def load_rules() -> RoomRules:
    path = REPOSITORY / "config" / "waiting_room.yaml"
    return RoomRules.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def main() -> None:
    """Print the days."""
    print(
        f"assumed: talk {TALK_S / 60:g} min and {WRITE_UP_S / 60:g} to write up (means), patience "
        f"{PATIENCE_S / 60:g} min (mean), "
        f"{', '.join(f'{share:.0%} {name}' for name, share in URGENCIES)}; seed {SEED}"
    )
    for count, share in DAYS:
        print_one(count, share)


def print_one(count: int, share: float) -> None:
    print(f"a day of {count:,} patients, {share:g} doctors for each erlang of the hour's load")
    start = time.perf_counter()
    times = arrivals(count, SEED)
    loads = [0] * len(CURVE)
    for at in times:
        loads[int(at // AN_HOUR_S)] += 1
    doctors = staff(loads, share)
    day = Simulation(load_rules(), doctors, SEED).run(times)
    print_hours(day, loads, doctors)
    print_day(day, doctors, took_s=time.perf_counter() - start)


if __name__ == "__main__":
    main()
