"""Gather: prompts that a key interrupts, then a wait for digits."""

from __future__ import annotations

from simulator.calls import Fetch
from simulator.turn import Turn
from simulator.twiml import Gather
from simulator.verbs.prompts import perform_prompt


def perform_gather(turn: Turn, verb: Gather) -> Fetch | None:
    """Gather digits; return the action to fetch, or None to go on with the next verb.

    Keys pressed before the verb began are lost, as they are on a real line.
    """
    call = turn.call
    with call.changed:
        call.keys.clear()
    interrupted = any(
        perform_prompt(turn, prompt, until=lambda: bool(call.keys)) for prompt in verb.prompts
    )
    if not interrupted:
        turn.exchange.note(call, "gathering", max_digits=verb.max_digits, timeout_s=verb.timeout_s)
    digits, finished_on = _collect(turn, verb)
    if not digits and not verb.action_on_empty:
        return None
    turn.exchange.note(call, "gathered", digits=digits)
    params = {"Digits": digits, "FinishedOnKey": finished_on, "msg": "Gather End"}
    return turn.action(verb.action, verb.method, params=params)


def _collect(turn: Turn, verb: Gather) -> tuple[str, str]:
    """Return the digits and the key that ended them; each key restarts the time-out."""
    call = turn.call
    digits = ""
    while verb.max_digits is None or len(digits) < verb.max_digits:
        patience_s = turn.exchange.clock.patience_s(verb.timeout_s)
        if not call.wait(patience_s, until=lambda: bool(call.keys)):
            break
        with call.changed:
            key = call.keys.popleft()
        if key in verb.finish_on_key:
            return digits, key
        digits += key
    return digits, ""
