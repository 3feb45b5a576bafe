"""Dial: ring one or more numbers, whisper to the one who picks up, and join the two legs."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.calls import Call, CallStatus, Direction, Fetch, Interruption, plan_callbacks
from simulator.turn import CarrierError, Turn
from simulator.twiml import Dial, Number
from simulator.verbs.actions import fetch_and_forget
from simulator.verbs.conference import confer

INVALID_CALLER_ID = 13214
# Twilio rings this much longer than it is asked to.
RING_GRACE_S = 5


@dataclass(slots=True)
class _Outcome:
    """How a Dial went, as far as it went."""

    status: CallStatus = CallStatus.CANCELED
    child: Call | None = None
    bridged: bool = False


def perform_dial(turn: Turn, verb: Dial) -> Fetch | None:
    """Dial; return the action to fetch, or None to go on with the next verb.

    An interrupted Dial fetches its action too, and throws the answer away: a redirect therefore
    makes the gateway answer twice.
    """
    if verb.conference is not None:
        return confer(turn, verb)
    outcome = _Outcome()
    children: list[Call] = []
    try:
        children += [_ring(turn, verb, number) for number in verb.numbers]
        _connect(turn, verb, children=children, outcome=outcome)
    except Interruption:
        _hang_up(turn, children)
        if verb.action:
            fetch_and_forget(turn, _action(turn, verb, outcome))
        raise
    _hang_up(turn, children)
    return _action(turn, verb, outcome) if verb.action else None


def _ring(turn: Turn, verb: Dial, number: Number) -> Call:
    call, settings = turn.call, turn.exchange.settings
    caller_id = verb.caller_id or call.from_
    if settings.number(caller_id) is None and caller_id not in (call.from_, call.to):
        raise CarrierError(INVALID_CALLER_ID, f"callerId {caller_id!r} is not this account's")
    child = turn.exchange.new_call(
        caller_id,
        number.number,
        direction=Direction.OUTBOUND_DIAL,
        source=Fetch(turn.resolve(number.whisper_url), number.whisper_method)
        if number.whisper_url
        else None,
        callbacks=plan_callbacks(
            turn.resolve(number.status_callback) if number.status_callback else "",
            number.status_callback_method,
            events=number.status_callback_events,
        ),
        parent=call,
    )
    turn.start_leg(child, verb.timeout_s + RING_GRACE_S)
    return child


def _connect(turn: Turn, verb: Dial, *, children: list[Call], outcome: _Outcome) -> None:
    """Wait for the first pick-up, for her whisper to end, and for the talk to end."""
    call, exchange = turn.call, turn.exchange
    exchange.note(call, "ringback", to=[child.to for child in children])
    call.wait(None, until=lambda: _picked(children) is not None or _all_over(children))
    child = _picked(children)
    if child is None:
        outcome.status, outcome.child = _unanswered(children), children[-1]
        return
    outcome.status, outcome.child = CallStatus.COMPLETED, child
    _hang_up(turn, [other for other in children if other is not child])
    call.wait(None, until=lambda: child.willing or child.status.final)
    if child.status.final:
        return
    exchange.answer(call)
    exchange.bridge(call, child)
    outcome.bridged = True
    call.wait(
        exchange.clock.wall_s(verb.time_limit_s),
        until=lambda: child.status.final or child.left_dial,
    )


def _picked(children: list[Call]) -> Call | None:
    answered = [child for child in children if child.answered_s is not None]
    return min(answered, key=lambda child: child.answered_s or 0.0, default=None)


def _all_over(children: list[Call]) -> bool:
    return all(child.status.final for child in children)


def _unanswered(children: list[Call]) -> CallStatus:
    """The kindest outcome stands for all: one phone that rang outweighs busy and failed ones."""
    outcomes = {child.status for child in children}
    ranked = (CallStatus.NO_ANSWER, CallStatus.BUSY, CallStatus.FAILED)
    return next((status for status in ranked if status in outcomes), CallStatus.CANCELED)


def _hang_up(turn: Turn, children: list[Call]) -> None:
    with turn.exchange.lock:
        turn.exchange.unbridge(turn.call)
        for child in children:
            if not child.left_dial:
                turn.exchange.hang_up(child)


def _action(turn: Turn, verb: Dial, outcome: _Outcome) -> Fetch:
    params = {
        "DialCallStatus": outcome.status.value,
        "DialBridged": str(outcome.bridged).lower(),
    }
    child = outcome.child
    if child is not None:
        params["DialCallSid"] = child.sid
        if child.answered_s is not None:
            params["DialCallDuration"] = str(turn.exchange.duration_s(child))
    return turn.action(verb.action, verb.method, params=params)
