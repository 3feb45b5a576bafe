"""Conference: a named room in which everybody hears everybody."""

from __future__ import annotations

from simulator.calls import Call, Fetch, Interruption
from simulator.exchange import Exchange, Room
from simulator.turn import Turn
from simulator.twiml import Conference, Dial
from simulator.verbs.actions import fetch_and_forget


def confer(turn: Turn, verb: Dial) -> Fetch | None:
    """Join the room, stay until the leg leaves or the room ends; return the action to fetch.

    Twilio reports `answered` for a Dial that led into a conference.
    """
    if verb.conference is None:
        raise AssertionError("a Dial without a conference rings numbers")
    exchange, call, conference = turn.exchange, turn.call, verb.conference
    exchange.answer(call)
    room = _join(exchange, call, conference)
    action = turn.action(verb.action, verb.method, params={"DialCallStatus": "answered"})
    try:
        call.wait(exchange.clock.wall_s(verb.time_limit_s), until=lambda: call not in room.members)
    except Interruption:
        if verb.action:
            fetch_and_forget(turn, action)
        raise
    finally:
        _leave(exchange, call, conference)
    return action if verb.action else None


def _join(exchange: Exchange, call: Call, conference: Conference) -> Room:
    with exchange.lock:
        room = exchange.rooms.setdefault(conference.name, Room())
        room.members.add(call)
        room.started = room.started or conference.start_on_enter
        exchange.note(call, "joined", conference=conference.name)
        if conference.muted:
            room.muted.add(call)
        _connect(exchange, room, conference.name)
        return room


def _connect(exchange: Exchange, room: Room, name: str) -> None:
    """Let the members of a started room hear those who are not muted."""
    if not room.started or len(room.members) == 1:
        return
    for member in room.members:
        member.peers = set() if member in room.muted else room.members - {member}
    for member in room.members - room.told:
        exchange.note(member, "bridged", **{"with": name})
    room.told |= room.members


def _leave(exchange: Exchange, call: Call, conference: Conference) -> None:
    with exchange.lock:
        room = exchange.rooms.get(conference.name, Room())
        room.members.discard(call)
        room.muted.discard(call)
        room.told.discard(call)
        exchange.unbridge(call)
        for member in room.members:
            member.peers.discard(call)
        if conference.end_on_exit:
            for member in room.members:
                exchange.unbridge(member)
                member.touch()
            room.members.clear()
        if not room.members:
            exchange.rooms.pop(conference.name, None)
