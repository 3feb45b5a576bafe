"""What somebody holding a phone can do with it; the phone API and the scripts both act here."""

from __future__ import annotations

import threading

from simulator.audio import Clip
from simulator.calls import Call, CallStatus, Direction
from simulator.exchange import Exchange
from simulator.legs import start_inbound
from simulator.messages import Message, receive_message
from simulator.phones import Phone, PhoneState

# How long a missed call rings: one ring, in line seconds.
MISSED_CALL_S = 3
KEYS = frozenset("0123456789*#")


class NotNowError(Exception):
    """The phone cannot do this in its present state."""


class NoSuchKeyError(ValueError):
    """A key that a telephone does not have."""


def dial(exchange: Exchange, phone: Phone, to: str, *, caller_id: str | None = None) -> Call:
    """Dial `to`; caller_id: what is shown instead of the number. Raises NotNowError."""
    with exchange.lock:
        if phone.call is not None:
            raise NotNowError("the phone is in a call")
        return start_inbound(exchange, phone, to, caller_id=caller_id)


def leave_missed_call(exchange: Exchange, phone: Phone, to: str) -> Call:
    """Dial and hang up after one ring, whether or not it was answered. Raises NotNowError."""
    call = dial(exchange, phone, to)
    wall_s = exchange.clock.wall_s(MISSED_CALL_S)
    timer = threading.Timer(wall_s, exchange.hang_up, args=(call,))
    timer.daemon = True
    timer.start()
    return call


def answer(exchange: Exchange, phone: Phone) -> Call:
    with exchange.lock:
        call = _ringing_call(phone)
        exchange.answer(call)
        return call


def reject(exchange: Exchange, phone: Phone) -> Call:
    with exchange.lock:
        call = _ringing_call(phone)
        exchange.end(call, CallStatus.BUSY, reason="rejected")
        return call


def hang_up(exchange: Exchange, phone: Phone) -> Call:
    """Hang up; on a phone that rings this refuses the call."""
    with exchange.lock:
        if phone.state is PhoneState.RINGING:
            return reject(exchange, phone)
        call = _current_call(phone)
        exchange.hang_up(call)
        return call


def press(exchange: Exchange, phone: Phone, digits: str) -> Call:
    """Press keys one after the other, without a pause. Raises NoSuchKeyError, NotNowError."""
    if not digits or not set(digits) <= KEYS:
        raise NoSuchKeyError(f"keys are 0-9, * and #, not {digits!r}")
    with exchange.lock:
        call = _talking_call(phone)
        exchange.note(call, "keys", digits=digits)
        call.press(digits)
        return call


def speak(exchange: Exchange, phone: Phone, clip: Clip) -> bool:
    """Say something into the phone; return whether anything or anybody heard it."""
    with exchange.lock:
        call = _talking_call(phone)
        heard_by = tuple(call.peers)
        recorded = call.recording
        if recorded:
            call.said.append(clip)
            call.touch()
    if not recorded and heard_by:
        _relay(exchange, clip, heard_by)
    return recorded or bool(heard_by)


def _relay(exchange: Exchange, clip: Clip, heard_by: tuple[Call, ...]) -> None:
    sound = exchange.studio.keep_clip(clip)
    for peer in heard_by:
        seconds = round(clip.seconds, 3)
        exchange.note(peer, "audio_in", audio_url=sound.url, seconds=seconds)


def send_sms(exchange: Exchange, phone: Phone, to: str, *, body: str) -> Message:
    return receive_message(exchange, phone, to, body=body)


def _current_call(phone: Phone) -> Call:
    if phone.call is None:
        raise NotNowError("the phone is not in a call")
    return phone.call


def _ringing_call(phone: Phone) -> Call:
    if phone.call is None or phone.state is not PhoneState.RINGING:
        raise NotNowError("the phone does not ring")
    return phone.call


def _talking_call(phone: Phone) -> Call:
    call = _current_call(phone)
    if call.direction is not Direction.INBOUND and call.status is CallStatus.RINGING:
        raise NotNowError("the phone rings; answer it first")
    return call
