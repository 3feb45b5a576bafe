"""Tells a conversation in words that anyone can read, and takes a caller's part from such words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.run import Turn, advance
from ivr_flows.engine.session import (
    Arrived,
    BridgeEnded,
    Effect,
    EffectDone,
    Event,
    Keys,
    Recorded,
    Session,
)
from ivr_flows.engine.steps import (
    Bridge,
    Confer,
    Connect,
    Dial,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Reject,
    Say,
    Step,
)

Gateway = Callable[[Effect], EffectDone]


@dataclass(slots=True)
class Told:
    """One turn: what was asked of the gateway, what was heard, and what happens then."""

    asked: list[Effect] = field(default_factory=list)
    turn: Turn | None = None

    @property
    def hears(self) -> list[str]:
        assert self.turn is not None
        return [text for step in self.turn.steps for text in _heard(step)]

    @property
    def then(self) -> str:
        assert self.turn is not None
        return _then(self.turn.steps[-1])


def event_of(words: str) -> Event:
    """Read what the caller does; an unknown wording fails the test that uses it."""
    match words.split():
        case ["dials"] | ["answers"]:
            return Arrived()
        case ["presses", "nothing"]:
            return Keys("")
        case ["presses", keys]:
            return Keys(keys)
        case ["speaks"]:
            return Recorded("recording-1", 5)
        case ["says", "nothing"]:
            return Recorded(None, 0)
        case ["bridge", "ends"]:
            return BridgeEnded()
    raise ValueError(f"nobody knows how to do this: {words}")


def take_turn(book: FlowBook, session: Session, event: Event, *, gateway: Gateway) -> Told:
    """Run a whole turn, every effect answered by the gateway given."""
    told = Told()
    turn = advance(book, session, event)
    while turn.effect is not None:
        told.asked.append(turn.effect)
        turn = advance(book, turn.session, gateway(turn.effect), pending=turn.steps)
    told.turn = turn
    return told


def answers_of(answers: list[Mapping[str, Any]]) -> Gateway:
    """A gateway that answers in the order written down; any other question fails the test."""
    waiting = list(answers)

    def answer(effect: Effect) -> EffectDone:
        assert waiting, f"the flow asked for {effect.name}, which is not written down"
        expected = waiting.pop(0)
        assert effect.name == expected["asked"]
        assert dict(effect.arguments) == expected.get("with", {})
        return EffectDone(expected["answers"], expected.get("facts", {}))

    return answer


def _heard(step: Step) -> list[str]:
    if isinstance(step, Say | Gather | Record):
        said: list[str] = []
        for utterance in step.utterances:
            # An option reads as one line: its meaning, then its key.
            line = said.pop() + " " if utterance.prompt.startswith("key.") and said else ""
            said.append(line + (utterance.text or "(the name, as it was spoken)"))
        return [*said, "♪"] if isinstance(step, Gather) and step.sound else said
    return ["♪"] if isinstance(step, Play) else ["(a pause)"] if isinstance(step, Pause) else []


def _then(step: Step) -> str:
    match step:
        case Gather(max_digits=digits, timeout_s=seconds):
            return f"waits {seconds} s for {digits} key{'s' if digits > 1 else ''}"
        case Record():
            return "records"
        case Bridge(offer_id=offer):
            return f"rings the doctor of {offer}"
        case Confer(offer_id=offer):
            return f"joins the room of {offer}"
        case Dial(number=number):
            return f"rings {number}"
        case Connect():
            return "joins the doctor and the patient"
        case Hangup():
            return "hangs up"
        case Reject():
            return "rejects the call unanswered"
    raise AssertionError(f"a turn cannot end with {step}")
