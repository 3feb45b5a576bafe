"""Record: what the phone says, until it falls silent, hangs up, presses a key or time is up."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.audio import Clip, ends_silent, trim_silence
from simulator.calls import Call, Fetch, HungUp
from simulator.forms import API_VERSION
from simulator.recordings import Recording
from simulator.turn import Turn
from simulator.twiml import Record
from simulator.verbs.actions import fetch_and_forget


@dataclass(slots=True)
class _Tape:
    """What has been recorded so far; it survives the interruption that ends it."""

    max_s: float
    pieces: list[bytes] = field(default_factory=list)
    key: str = ""

    @property
    def clip(self) -> Clip:
        return Clip(b"".join(self.pieces))

    @property
    def left_s(self) -> float:
        return self.max_s - self.clip.seconds

    def add(self, clip: Clip) -> None:
        self.pieces.append(clip.first(max(0.0, self.left_s)).samples)


def perform_record(turn: Turn, verb: Record) -> Fetch | None:
    """Record; return the action to fetch. An empty recording asks for none, and goes on.

    A caller who hangs up ends the recording too: its action is fetched with Digits=hangup, and the
    answer is thrown away.
    """
    tape = _Tape(max_s=verb.max_s)
    _open_line(turn, verb)
    try:
        _listen(turn, verb, tape)
    except HungUp:
        tape.key = "hangup"
        action = _keep(turn, verb, tape)
        if action is not None:
            fetch_and_forget(turn, action)
        raise
    finally:
        with turn.call.changed:
            turn.call.recording = False
    return _keep(turn, verb, tape)


def _open_line(turn: Turn, verb: Record) -> None:
    call = turn.call
    with call.changed:
        call.said.clear()
        call.keys.clear()
        call.recording = True
        turn.exchange.note(
            call, "recording", max_s=verb.max_s, silence_s=verb.silence_s, beep=verb.beep
        )


def _listen(turn: Turn, verb: Record, tape: _Tape) -> None:
    """Fill the tape until a key, silence or its end; an open microphone may send silence too."""
    call, clock = turn.call, turn.exchange.clock
    while tape.left_s > 0 and not ends_silent(tape.clip, verb.silence_s):
        happened = call.wait(
            clock.patience_s(verb.silence_s),
            until=lambda: bool(call.said) or _finishing_key(call, verb) != "",
        )
        tape.key = _finishing_key(call, verb)
        if not happened or tape.key:
            return
        with call.changed:
            clip = call.said.popleft()
        _live_through(turn, verb, tape=tape, clip=clip)
        if tape.key:
            return


def _live_through(turn: Turn, verb: Record, *, tape: _Tape, clip: Clip) -> None:
    """Put the clip on the tape as it is spoken: as far as it came when something cut it short."""
    call, clock = turn.call, turn.exchange.clock
    began_s = clock.reading_s()
    whole = False
    try:
        spoken_s = min(clip.seconds, tape.left_s)
        whole = not call.wait(clock.wall_s(spoken_s), lambda: _finishing_key(call, verb) != "")
    finally:
        tape.add(clip if whole else clip.first(clock.line_s(began_s)))
        tape.key = _finishing_key(call, verb)


def _finishing_key(call: Call, verb: Record) -> str:
    return next((key for key in call.keys if key in verb.finish_on_key), "")


def _keep(turn: Turn, verb: Record, tape: _Tape) -> Fetch | None:
    exchange, call = turn.exchange, turn.call
    clip = trim_silence(tape.clip) if verb.trim else tape.clip
    if not trim_silence(clip).samples:
        exchange.note(call, "recorded", seconds=0)
        return None
    now = exchange.clock.now()
    recording = Recording(
        sid=exchange.sids.next("RE"),
        call_sid=call.sid,
        clip=clip,
        created_at=now,
        started_at=now,
        not_ready=exchange.faults.of(call.far_end, call.own).recording_not_ready,
    )
    with exchange.lock:
        exchange.recordings[recording.sid] = recording
        exchange.note(call, "recorded", seconds=round(clip.seconds, 3), sid=recording.sid)
    form = _form(turn, recording)
    _report(turn, verb, form=form)
    params = {name: form[name] for name in ("RecordingUrl", "RecordingSid", "RecordingDuration")}
    return turn.action(verb.action, verb.method, params=params | {"Digits": tape.key})


def _form(turn: Turn, recording: Recording) -> dict[str, str]:
    settings = turn.exchange.settings
    root = f"{settings.origin}/{API_VERSION}/Accounts/{settings.account_sid}"
    return {
        "RecordingUrl": f"{root}/Recordings/{recording.sid}",
        "RecordingSid": recording.sid,
        "RecordingDuration": str(recording.duration_s),
        "RecordingStatus": "completed",
        "RecordingChannels": "1",
        "RecordingSource": "RecordVerb",
        "AccountSid": settings.account_sid,
        "CallSid": recording.call_sid,
        "ErrorCode": "0",
    }


def _report(turn: Turn, verb: Record, *, form: dict[str, str]) -> None:
    if not verb.status_callback or "completed" not in verb.status_callback_events:
        return
    turn.exchange.courier.tell(
        form["RecordingSid"],
        turn.resolve(verb.status_callback),
        params=form,
        faults=turn.exchange.faults.of(turn.call.far_end, turn.call.own),
        last=True,
        call=turn.call.sid,
    )
