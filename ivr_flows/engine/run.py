"""Runs a conversation: a session and an event in, steps or an effect out. Pure.

A turn that needs the gateway comes back with `effect`. The caller of `advance` performs it and
calls again with `EffectDone` and `pending=turn.steps`, until `effect` is None; then `steps` is all
that the carrier is to do. `counts` are those of this call of `advance` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ivr_flows.engine.draft import CountKind, Draft, NodeCount
from ivr_flows.engine.errors import EndlessTurn
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.moves import Ask, Await, Enter, Goto, Move
from ivr_flows.engine.session import Arrived, Effect, Event, Json, Session
from ivr_flows.engine.steps import Hangup, Say, Step

__all__ = ["CountKind", "NodeCount", "Turn", "advance", "apology", "begin", "unknown_call"]

MOST_NODES_A_TURN: Final = 50
APOLOGY: Final = "apology.failure"
UNKNOWN_CALL: Final = "apology.unknown_call"


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the conversation stands after an event, and what is to be done."""

    session: Session
    steps: tuple[Step, ...]
    effect: Effect | None
    counts: tuple[NodeCount, ...]


def begin(book: FlowBook, flow: str, *, language: str, variables: Mapping[str, Json]) -> Session:
    """Return a session at the start of the newest version of a flow; `Arrived` sets it going.

    A language that is not shipped gives the book's first. Errors: UnknownFlow.
    """
    newest = book.newest(flow)
    return Session(
        flow=newest.flow,
        version=newest.version,
        node=newest.start,
        language=book.catalogue(language).language,
        variables={**newest.variables, **variables},
    )


def advance(
    book: FlowBook, session: Session, event: Event, *, pending: Sequence[Step] = ()
) -> Turn:
    """Run from where the session stands until the caller or the gateway is needed.

    pending: the steps of the turn that asked for the effect that is now done.
    Errors: ConversationError, such as EndlessTurn; the session given is as good as before.
    """
    draft = Draft(book, session, steps=list(pending))
    move = _taken(draft, event)
    for _ in range(MOST_NODES_A_TURN):
        match move:
            case Goto(node):
                draft.arrive(node)
                move = draft.flow.node(node).enter(draft)
            case Enter(flow):
                draft.open_flow(flow)
                move = Goto(draft.session.node)
            case Ask(effect):
                return Turn(draft.session, tuple(draft.steps), effect, tuple(draft.counts))
            case Await():
                return Turn(draft.session, tuple(draft.steps), None, tuple(draft.counts))
    raise EndlessTurn(
        f"{draft.session.flow}/{draft.session.node}: over {MOST_NODES_A_TURN} nodes in one turn"
    )


def apology(book: FlowBook, language: str) -> tuple[Step, ...]:
    """What a caller hears when we have failed her; she is called back."""
    return Say((book.catalogue(language).utter(APOLOGY, {}),)), Hangup()


def unknown_call(book: FlowBook, languages: Sequence[str]) -> tuple[Step, ...]:
    """What a call hears of which nothing is known, in these languages."""
    said = tuple(book.catalogue(language).utter(UNKNOWN_CALL, {}) for language in languages)
    return Say(said), Hangup()


def _taken(draft: Draft, event: Event) -> Move:
    if isinstance(event, Arrived):
        return Goto(draft.session.node)
    return draft.flow.node(draft.session.node).resume(draft, event)
