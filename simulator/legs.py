"""The life of a leg, in a thread of its own: ring, run documents, end."""

from __future__ import annotations

import threading
from collections.abc import Callable

from simulator.calls import Call, CallbackPlan, CallStatus, Direction, Fetch, HungUp, Redirected
from simulator.exchange import Exchange
from simulator.misbehaviour import Callee
from simulator.phones import Phone
from simulator.runner import run_documents

# How a caller's number is shown when it is withheld; Twilio has used both.
ANONYMOUS_WORD = "anonymous"
ANONYMOUS_NUMBER = "+266696687"


def start_inbound(
    exchange: Exchange, phone: Phone, to: str, *, caller_id: str | None = None
) -> Call:
    """Let a phone dial a number. A number that nobody has ends at once as failed."""
    entry = exchange.settings.number(to)
    source = fallback = callbacks = None
    if entry is not None and entry.voice_url:
        source = Fetch(entry.voice_url, entry.voice_method)
    if entry is not None and entry.voice_fallback_url:
        fallback = Fetch(entry.voice_fallback_url)
    if entry is not None and entry.status_callback:
        callbacks = CallbackPlan(entry.status_callback, "POST", frozenset({"completed"}))
    with exchange.lock:
        call = exchange.new_call(
            caller_id or phone.number,
            to,
            direction=Direction.INBOUND,
            source=source,
            fallback=fallback,
            callbacks=callbacks,
            far_end=phone.number,
        )
        call.status = CallStatus.RINGING
        call.started_at = exchange.clock.now()
        phone.call = call
        exchange.note(call, "dialling", to=to)
    if source is None:
        exchange.end(call, CallStatus.FAILED, reason="not_in_service")
    else:
        _in_thread(exchange, call, lambda: _run_inbound(exchange, call))
    return call


def start_outbound(exchange: Exchange, call: Call, timeout_s: float) -> None:
    """Ring the far end of a call made over REST and run its document when it is picked up."""
    _in_thread(exchange, call, lambda: _run_outbound(exchange, call, timeout_s))


def start_dialled(exchange: Exchange, call: Call, timeout_s: float) -> None:
    """Ring the far end of a Dial; whisper, then stand ready to be bridged."""
    _in_thread(exchange, call, lambda: _run_dialled(exchange, call, timeout_s))


def _in_thread(exchange: Exchange, call: Call, life: Callable[[], None]) -> None:
    def live() -> None:
        try:
            life()
        except HungUp:
            return
        except Exception as error:
            exchange.note(call, "error", code=0, message=f"{type(error).__name__}: {error}")
            exchange.end(call, CallStatus.FAILED)
            raise

    threading.Thread(target=live, name=call.sid, daemon=True).start()


def _run_inbound(exchange: Exchange, call: Call) -> None:
    _run(exchange, call)
    # A document without verbs is answered, and then there is nothing left to do.
    exchange.answer(call)
    exchange.hang_up(call)


def _run(exchange: Exchange, call: Call) -> None:
    def start_leg(child: Call, timeout_s: float) -> None:
        start_dialled(exchange, child, timeout_s)

    run_documents(exchange, call, call.source, start_leg=start_leg)


def _run_outbound(exchange: Exchange, call: Call, timeout_s: float) -> None:
    call.wait(exchange.clock.wall_s(exchange.take_slot()))
    _ring(exchange, call, timeout_s)
    _run(exchange, call)
    exchange.hang_up(call)


def _ring(exchange: Exchange, call: Call, timeout_s: float) -> None:
    """Ring until somebody answers. Raises HungUp when nobody does, the call ended accordingly."""
    with exchange.lock:
        callee = exchange.callee_of(call)
        if callee is Callee.FAILED:
            exchange.end(call, CallStatus.FAILED)
        elif callee is Callee.BUSY:
            exchange.end(call, CallStatus.BUSY)
        call.check()
        exchange.ring(call)
    picked_up = call.wait(
        exchange.clock.patience_s(timeout_s), until=lambda: call.answered_s is not None
    )
    if not picked_up:
        exchange.end(call, CallStatus.NO_ANSWER)
        call.check()


def _run_dialled(exchange: Exchange, call: Call, timeout_s: float) -> None:
    _ring(exchange, call, timeout_s)
    _run(exchange, call)
    with exchange.lock:
        call.willing = True
        call.touch()
    try:
        call.wait(None)
    except Redirected as redirected:
        _leave_dial(exchange, call)
        call.source = redirected.source
        _run(exchange, call)
        exchange.hang_up(call)


def _leave_dial(exchange: Exchange, call: Call) -> None:
    """The callee was sent elsewhere: the Dial that rang her ends without her."""
    with exchange.lock:
        exchange.unbridge(call)
        call.left_dial = True
        call.touch()
