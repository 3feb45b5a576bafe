"""Actions whose answer nobody waits for."""

from __future__ import annotations

from simulator.calls import Fetch
from simulator.turn import Turn
from simulator.webhooks import WebhookError


def fetch_and_forget(turn: Turn, action: Fetch) -> None:
    """Fetch an action of a call that is over or sent elsewhere: the answer is not run."""
    exchange, call = turn.exchange, turn.call
    try:
        exchange.courier.ask(
            action.url,
            action.method,
            params=exchange.call_form(call) | dict(action.params),
            faults=exchange.faults.of(call.far_end, call.own),
            call=call.sid,
        )
    except WebhookError:
        # Noted in the journal by the courier; nothing on the line depends on it any more.
        return
