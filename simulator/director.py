"""The director plays scripts: one thread for all phones, so that hundreds of them are cheap."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from simulator import handset
from simulator.audio import Clip, read_wav
from simulator.exchange import Exchange
from simulator.journal import Event
from simulator.phones import Phone
from simulator.scripts import Action, Cue, Script, Step

_CUES = {
    "gathering": Cue.GATHER,
    "recording": Cue.RECORD,
    "ringing": Cue.RING,
    "answered": Cue.ANSWERED,
    "bridged": Cue.BRIDGE,
    "audio_in": Cue.AUDIO,
    "sms": Cue.SMS,
    "hangup": Cue.HANGUP,
}


class PerformanceState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True, eq=False)
class Performance:
    """A script being played. next_step: the step it waits for. heard: texts since it last acted."""

    script: Script
    state: PerformanceState = PerformanceState.RUNNING
    next_step: int = 0
    heard: list[str] = field(default_factory=list)
    agenda: deque[Action] = field(default_factory=deque)
    resting: bool = False
    backlog: deque[Event] = field(default_factory=deque)
    why: str = ""

    @property
    def waiting_for(self) -> Step | None:
        steps = self.script.steps
        return steps[self.next_step] if self.next_step < len(steps) else None

    def as_json(self) -> dict[str, Any]:
        step = self.waiting_for
        return {
            "state": self.state,
            "step": self.next_step,
            "steps": len(self.script.steps),
            "waiting_for": None if step is None else step.model_dump(mode="json", exclude={"then"}),
            "why": self.why,
        }


class Director:
    """Plays scripts on phones of one exchange, driven by its journal."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._woken = threading.Condition()
        self._events: deque[tuple[Performance, Event]] = deque()
        self._alarms: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._stopped = False
        exchange.journal.listen(self._overhear)
        threading.Thread(target=self._direct, name="director", daemon=True).start()

    def play(self, script: Script) -> Performance:
        """Start a script on its phone, which is registered if need be; it replaces an older one."""
        phone = self._exchange.register_phone(script.number, script.name or script.number)
        performance = Performance(script, agenda=deque(script.start))
        with self._exchange.lock:
            phone.performance = performance
        self._at(0, lambda: self._begin(performance))
        return performance

    def stop(self) -> None:
        """End the director's thread; scripts stand still from then on."""
        with self._woken:
            self._stopped = True
            self._woken.notify()

    def _begin(self, performance: Performance) -> None:
        self._act(performance)
        self._watch_step(performance)

    def _overhear(self, event: Event) -> None:
        """Take note of an event; runs under the exchange's lock, so nothing is done here."""
        phone = self._exchange.phones.get(event.phone or "")
        performance = None if phone is None else phone.performance
        if performance is None:
            return
        with self._woken:
            self._events.append((performance, event))
            self._woken.notify()

    def _at(self, line_s: float, work: Callable[[], None]) -> None:
        due_s = self._exchange.clock.reading_s() + self._exchange.clock.wall_s(line_s)
        with self._woken:
            heapq.heappush(self._alarms, (due_s, next(self._order), work))
            self._woken.notify()

    def _direct(self) -> None:
        for work in self._due():
            work()

    def _due(self) -> Iterator[Callable[[], None]]:
        while True:
            with self._woken:
                if self._stopped:
                    return
                now_s = self._exchange.clock.reading_s()
                if self._alarms and self._alarms[0][0] <= now_s:
                    work = heapq.heappop(self._alarms)[2]
                elif self._events:
                    performance, event = self._events.popleft()
                    work = _bind(self._follow, performance, event)
                else:
                    self._woken.wait(self._alarms[0][0] - now_s if self._alarms else None)
                    continue
            yield work

    def _follow(self, performance: Performance, event: Event) -> None:
        """Hold an event against the script; while it rests, events wait their turn."""
        if not self._plays(performance):
            return
        if performance.resting:
            performance.backlog.append(event)
            return
        if event.kind == "prompt" and "text" in event.facts:
            performance.heard.append(str(event.facts["text"]))
        step = performance.waiting_for
        if step is not None and _meets(event, step, performance):
            performance.next_step += 1
            self._take_up(performance, step)
            self._watch_step(performance)
            return
        rule = next(
            (rule for rule in performance.script.whenever if _meets(event, rule, performance)), None
        )
        if rule is not None:
            self._take_up(performance, rule)

    def _take_up(self, performance: Performance, step: Step) -> None:
        if step.then:
            performance.heard.clear()
        performance.agenda.extend(step.then)
        self._act(performance)

    def _watch_step(self, performance: Performance) -> None:
        step, index = performance.waiting_for, performance.next_step
        if step is None or step.within_s is None:
            return

        def give_up() -> None:
            if performance.next_step == index and self._plays(performance):
                cue = f"{step.expect}{f' containing {step.contains!r}' if step.contains else ''}"
                self._fail(performance, f"step {index + 1}: no {cue} within {step.within_s} s")

        self._at(step.within_s, give_up)

    def _act(self, performance: Performance) -> None:
        """Work through the agenda up to the next wait."""
        while performance.agenda and self._plays(performance):
            action = performance.agenda.popleft()
            if action.wait is not None:
                performance.resting = True
                self._at(action.wait, lambda: self._wake(performance))
                return
            try:
                self._do(performance, action)
            except handset.NotNowError as error:
                self._fail(performance, f"step {performance.next_step}: {error}")
                return
        if performance.waiting_for is None and performance.state is PerformanceState.RUNNING:
            performance.state = PerformanceState.DONE
            self._note(performance)

    def _wake(self, performance: Performance) -> None:
        performance.resting = False
        self._act(performance)
        while performance.backlog and not performance.resting:
            self._follow(performance, performance.backlog.popleft())

    def _do(self, performance: Performance, action: Action) -> None:
        exchange = self._exchange
        phone = exchange.phone(performance.script.number)
        if action.keys is not None:
            handset.press(exchange, phone, action.keys)
        elif action.speak is not None:
            handset.speak(exchange, phone, _read_clip(action.speak))
        elif action.dial is not None:
            handset.dial(exchange, phone, action.dial)
        elif action.missed_call is not None:
            handset.leave_missed_call(exchange, phone, action.missed_call)
        elif action.sms is not None:
            handset.send_sms(exchange, phone, action.sms.to, body=action.sms.body)
        else:
            self._handle_call(phone, action)

    def _handle_call(self, phone: Phone, action: Action) -> None:
        if action.answer:
            handset.answer(self._exchange, phone)
        elif action.reject:
            handset.reject(self._exchange, phone)
        else:
            handset.hang_up(self._exchange, phone)

    def _plays(self, performance: Performance) -> bool:
        """Tell whether this is still its phone's script: none has replaced it, and it goes on."""
        with self._exchange.lock:
            phone = self._exchange.phones[performance.script.number]
            current = phone.performance is performance
        return current and performance.state is not PerformanceState.FAILED

    def _fail(self, performance: Performance, why: str) -> None:
        performance.state = PerformanceState.FAILED
        performance.why = why
        self._note(performance)

    def _note(self, performance: Performance) -> None:
        number = performance.script.number
        state, why = performance.state, performance.why
        self._exchange.journal.add("script", phone=number, state=state, why=why)


def _bind(
    work: Callable[[Performance, Event], None], performance: Performance, event: Event
) -> Callable[[], None]:
    return lambda: work(performance, event)


def _meets(event: Event, step: Step, performance: Performance) -> bool:
    cue = _CUES.get(event.kind)
    text = str(event.facts.get("text", event.facts.get("body", "")))
    if event.kind == "prompt":
        cue = Cue.SAY if event.facts.get("verb") == "say" else Cue.PLAY
    elif cue in (Cue.GATHER, Cue.RECORD):
        text = " ".join(performance.heard)
    return cue is step.expect and (step.contains is None or step.contains in text)


@lru_cache(maxsize=256)
def _read_clip(path: Path) -> Clip:
    return read_wav(path.read_bytes())
