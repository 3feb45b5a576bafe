"""Turn-taking: the engine runs, its effects are performed, answer and session are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from gateway.db.models import Call, Caller, Recording, Turn
from gateway.db.models.base import new_id
from gateway.services import tallies
from gateway.services.turning import BridgeLeg, CallState, Leg, RoomLeg, Turning
from gateway.services.work import Unit
from ivr_flows.engine import steps as s
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.run import advance, begin
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


@dataclass(frozen=True, slots=True)
class TurnPlace:
    """What the renderer needs to know to write the answer of a turn."""

    carrier: str
    call_id: str
    next_number: int
    bridge: BridgeLeg | None
    room: RoomLeg | None
    provider_call_id: str


class Answers(Protocol):
    """Renders steps in the dialect of a carrier."""

    def render(self, steps: Sequence[s.Step], place: TurnPlace) -> str: ...


class Performer(Protocol):
    """Performs the effects of the flows."""

    def perform(self, turning: Turning, effect: Effect) -> EffectDone: ...


class Conversation:
    """Takes turns of a call, within the transaction of the webhook that asked for one."""

    def __init__(self, *, book: FlowBook, effects: Performer, answers: Answers) -> None:
        self.languages = book.languages
        self._book = book
        self._effects = effects
        self._answers = answers

    def first_turn(
        self,
        unit: Unit,
        call: Call,
        caller: Caller | None,
        leg: Leg,
        *,
        state: CallState | None = None,
    ) -> str:
        """Begin the call's flow and return its first answer."""
        session = begin(self._book, call.flow, language=call.language, variables={})
        kept = {
            "session": asdict(session),
            "awaiting": "arrival",
            "state": (state or CallState()).to_json(),
        }
        return self.turn(unit, call, caller, kept, leg, number=0)

    def turn(
        self,
        unit: Unit,
        call: Call,
        caller: Caller | None,
        kept: dict[str, Any],
        leg: Leg,
        *,
        number: int,
        redirected: bool = False,
    ) -> str:
        """Run the flow from the kept session, perform its effects, and keep answer and session."""
        session = Session(**{**kept["session"], "trail": tuple(kept["session"]["trail"])})
        state = CallState.from_json(kept["state"])
        turning = Turning(
            unit=unit,
            call=call,
            caller=caller,
            state=state,
            leg=leg,
            number=number,
            language=session.language,
            redirected=redirected,
        )
        event = self._event(turning, kept["awaiting"])
        turn = advance(self._book, session, event)
        counts = [*turn.counts]
        while turn.effect is not None:
            turning.language = turn.session.language
            done = self._effects.perform(turning, turn.effect)
            turn = advance(self._book, turn.session, done, pending=turn.steps)
            counts += turn.counts
        if turn.session.language != call.language:
            call.language = turn.session.language
        place = TurnPlace(
            call.carrier,
            call.id,
            number + 1,
            turning.bridge,
            turning.room,
            call.provider_call_id,
        )
        answer = self._answers.render(turn.steps, place)
        unit.db.add(
            Turn(
                call_id=call.id,
                number=number,
                session={
                    "session": asdict(turn.session),
                    "awaiting": _awaiting(turn.steps),
                    "state": state.to_json(),
                    "counts": tallies.to_json(counts),
                },
                answer=answer,
                created_at=unit.now,
            )
        )
        unit.db.flush()
        return answer

    def _event(self, turning: Turning, awaiting: str) -> Event:
        leg = turning.leg
        if awaiting == "bridge":
            # A redirect that comes late has cut the dial as well.
            return BridgeEnded()
        if turning.redirected:
            return Keys("")
        if awaiting == "gather":
            return Keys(leg.digits)
        if awaiting != "record":
            return Arrived()
        if not leg.recording_url:
            return Recorded(None, 0, leg.digits)
        recording = Recording(
            id=new_id(),
            call_id=turning.call.id,
            turn=turning.number,
            patient_id=turning.state.patient_id,
            carrier=turning.call.carrier,
            language=turning.language,
            url=leg.recording_url,
            seconds=leg.recording_s,
            created_at=turning.unit.now,
            due_at=turning.unit.now,
        )
        # What it is for, and so whether a machine may hear it, is the flow's to say.
        turning.unit.db.add(recording)
        turning.unit.db.flush()
        return Recorded(recording.id, leg.recording_s, leg.digits)


def _awaiting(steps: Sequence[s.Step]) -> str:
    last = steps[-1] if steps else None
    match last:
        case s.Gather():
            return "gather"
        case s.Record():
            return "record"
        case s.Bridge() | s.Dial() | s.Confer():
            return "bridge"
        case s.Hangup() | s.Connect() | s.Reject():
            return tallies.OVER
        case _:
            return "arrival"
