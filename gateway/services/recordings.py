"""Recordings: fetched from the carrier, kept sealed, and heard by the recogniser."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, select, update

from gateway.db.models import Recording
from gateway.domain.recording import HEARD, RecordingPurpose
from gateway.domain.triage import TriageRules
from gateway.services.ports import Carrier, Fetched, NotReady, Unfetchable
from gateway.services.turning import Turning
from gateway.services.work import Job, Unit, Work
from ivr_flows.engine.session import EffectDone, Json

log = logging.getLogger(__name__)

# A recording that the carrier has not ready is asked for again, at growing gaps; after the last
# of these tries the row stays as it is, with its address, for the doctor and the operator.
RETRY_GAPS: Final = tuple(timedelta(seconds=s) for s in (1, 2, 5, 15, 60, 300))
# A worker that took a recording and died leaves it due again after this.
TAKEN_FOR: Final = timedelta(seconds=40)
# Audio that kills its workers, again and again, waits for the doctor's ears.
MOST_TAKEN: Final = len(RETRY_GAPS) + 4

# A caller hears the read-back within this, or tells her trouble by keys.
ANSWER_WITHIN: Final = timedelta(seconds=8)
AFTER_THE_RUSH: Final = timedelta(seconds=60)

UNDERSTOOD: Final = "understood"
YES_OR_NO: Final = ("yes", "no")  # codes of config/answers.yaml
# What is wrong with the audio in a way that she can mend: prompts of the family `unheard`.
SPOKEN_OF: Final = frozenset({"silent", "clipped", "dtmf_only"})
FETCHED: Final = "fetched"


@dataclass(frozen=True, slots=True)
class Hearing:
    """What the recogniser made of a recording; `detail` is kept sealed for the doctor."""

    outcome: str
    detail: dict[str, Any]


class Ear(Protocol):
    """Turns a recording into coded symptoms, or an answer; never raises for bad audio.

    asked: the codes that the prompt asked for; empty where it asked for anything.
    """

    def can_hear(self, language: str, *, asked: Collection[str] = ()) -> bool: ...

    def hear(self, audio: bytes, *, language: str, asked: Collection[str] = ()) -> Hearing: ...


class Transcribing:
    """Works off the intent to fetch what was said, and to transcribe it when it is a complaint."""

    def __init__(self, *, work: Work, carriers: dict[str, Carrier], ear: Ear) -> None:
        self._work = work
        self._carriers = carriers
        self._ear = ear

    def transcribe(self, recording_id: str) -> None:
        """Fetch, hear and write down, once; running it again for a finished row does nothing.

        Only a complaint and an answer are heard by the recogniser.
        """
        recording = self._take(recording_id)
        if recording is None:
            return
        audio = recording.audio
        if audio is None:
            carrier = self._carriers.get(recording.carrier)
            gone = Unfetchable("the account is gone")
            fetched = carrier.fetch_recording(recording.url) if carrier else gone
            if not isinstance(fetched, Fetched):
                self._not_fetched(recording, fetched)
                return
            audio = fetched.body
            self._keep(recording_id, fetched)
        heard = Hearing(FETCHED, {})
        if recording.purpose in HEARD:
            if self._gives_way(recording):
                return
            heard = self._ear.hear(audio, language=recording.language, asked=recording.asked or ())
        with self._work.begin() as unit:
            unit.change(
                update(Recording)
                .where(Recording.id == recording_id, Recording.outcome.is_(None))
                .values(outcome=heard.outcome, heard=heard.detail, finished_at=unit.now)
            )
            unit.note("recordings", recording_id, heard.outcome)

    def _take(self, recording_id: str) -> Recording | None:
        with self._work.begin() as unit:
            taken = unit.change(
                update(Recording)
                .where(
                    Recording.id == recording_id,
                    Recording.purpose.is_not(None),
                    Recording.outcome.is_(None),
                    Recording.due_at <= unit.now,
                )
                .values(due_at=unit.now + TAKEN_FOR, attempts=Recording.attempts + 1)
            )
            if not taken:
                return None
            recording = unit.db.get_one(Recording, recording_id)
            if recording.attempts > MOST_TAKEN:
                self._give_up(unit, recording_id)
                return None
            # The sealed audio is loaded only here, where a try before this one may have kept it.
            _ = recording.audio
            return recording

    def _give_up(self, unit: Unit, recording_id: str) -> None:
        unit.change(
            update(Recording)
            .where(Recording.id == recording_id, Recording.outcome.is_(None))
            .values(outcome="failed", finished_at=unit.now)
        )
        unit.note("recordings", recording_id, "failed")
        log.error("recording_given_up", extra={"recording_id": recording_id})

    def _gives_way(self, recording: Recording) -> bool:
        """Whose caller has gone on to the keypad lets those go first who still wait for an answer.

        So a full queue makes nobody's answer late: some get one in time, and of the others the
        doctor has the audio at once, and what the machine heard when the rush is over.
        """
        with self._work.begin() as unit:
            patient_until = unit.now - ANSWER_WITHIN
            if recording.created_at >= patient_until:
                return False
            someone_waits = unit.db.scalar(
                select(Recording.id)
                .where(
                    Recording.purpose.in_(HEARD),
                    Recording.outcome.is_(None),
                    Recording.created_at >= patient_until,
                )
                .limit(1)
            )
            if someone_waits is None:
                return False
            unit.change(
                update(Recording)
                .where(Recording.id == recording.id, Recording.outcome.is_(None))
                .values(due_at=unit.now + AFTER_THE_RUSH, attempts=recording.attempts - 1)
            )
            unit.note("recordings", recording.id, "gave_way")
        return True

    def _keep(self, recording_id: str, fetched: Fetched) -> None:
        with self._work.begin() as unit:
            unit.change(
                update(Recording)
                # What was taken back meanwhile must not come again.
                .where(Recording.id == recording_id, Recording.outcome.is_(None))
                .values(audio=fetched.body, content_type=fetched.content_type)
            )

    def _not_fetched(self, recording: Recording, why: object) -> None:
        again = isinstance(why, NotReady) and recording.attempts <= len(RETRY_GAPS)
        with self._work.begin() as unit:
            values: dict[str, Any] = (
                {"due_at": unit.now + RETRY_GAPS[recording.attempts - 1]}
                if again
                else {"outcome": "failed", "finished_at": unit.now}
            )
            unit.change(update(Recording).where(Recording.id == recording.id).values(**values))
        log.warning(
            "recording_not_fetched",
            extra={"recording_id": recording.id, "why": type(why).__name__, "again": again},
        )


@dataclass(frozen=True, slots=True)
class Complaints:
    """The effects that speak of a recording while the caller is on the line."""

    ear: Ear
    rules: TriageRules

    def listens(self, turning: Turning) -> EffectDone:
        """Is it worth asking her to say one of a few words, or anything?"""
        word, anything = (self.ear.can_hear(turning.language, asked=a) for a in (YES_OR_NO, ()))
        return EffectDone("ok", {"listens": word, "listens_freely": anything})

    def submit(
        self, turning: Turning, recording_id: str, asked: list[str], areas: list[str]
    ) -> EffectDone:
        """Mean to transcribe it; here only: can a machine hear it?"""
        asked = [*asked, *areas]
        if take_for(turning, recording_id, RecordingPurpose.COMPLAINT, asked=asked):
            turning.state.recording_ids.append(recording_id)
        return self._queued(turning, recording_id, asked)

    def submit_answer(self, turning: Turning, recording_id: str) -> EffectDone:
        """The same of a yes or a no, which is nothing for the doctor to hear."""
        take_for(turning, recording_id, RecordingPurpose.ANSWER, asked=list(YES_OR_NO))
        return self._queued(turning, recording_id, YES_OR_NO)

    def poll(self, turning: Turning, recording_id: str) -> EffectDone:
        row = turning.unit.db.execute(
            select(Recording.outcome, Recording.heard).where(
                Recording.id == recording_id, Recording.call_id == turning.call.id
            )
        ).one_or_none()
        if row is None:
            return EffectDone("failed")
        if row.outcome is None:
            return EffectDone("pending")
        if row.outcome == UNDERSTOOD and row.heard.get("answer"):
            return EffectDone("answered", {"answer": row.heard["answer"]})
        if row.outcome == UNDERSTOOD:
            heard = row.heard["offered"]
            # What may order her place is confirmed by a key, never by two guesses of a machine.
            by_word = self.rules.codes.isdisjoint(heard)
            return EffectDone("understood", {"heard": heard, "by_word": by_word})
        why: list[Json] = [f"unheard.{row.outcome}"] if row.outcome in SPOKEN_OF else []
        return EffectDone("failed" if row.outcome == "failed" else "unclear", {"why": why})

    def _queued(self, turning: Turning, recording_id: str, asked: Collection[str]) -> EffectDone:
        if self.ear.can_hear(turning.language, asked=asked):
            return EffectDone("queued")
        log.info(
            "no_speech_model",
            extra={"language": turning.language, "recording_id": recording_id},
        )
        return EffectDone("no_model")


def take_for(
    turning: Turning, recording_id: str, purpose: RecordingPurpose, **values: object
) -> bool:
    """Say, once, what a recording of this call is for, and mean to fetch it; tell whether so."""
    taken = turning.unit.change(
        update(Recording)
        .where(
            Recording.id == recording_id,
            Recording.call_id == turning.call.id,
            Recording.purpose.is_(None),
        )
        .values(purpose=purpose, **values)
    )
    if taken:
        turning.unit.hint(Job.TRANSCRIBE, recording_id)
    return bool(taken)


@dataclass(frozen=True, slots=True)
class SpokenNames:
    """What a carrier may fetch to tell the members of a household apart by ear."""

    work: Work

    def audio(self, recording_id: str) -> tuple[bytes, str] | None:
        """Return a name's audio and its content type; None for anything else that was said."""
        with self.work.begin() as unit:
            row = unit.db.execute(
                select(Recording.audio, Recording.content_type).where(
                    Recording.id == recording_id, Recording.purpose == RecordingPurpose.NAME
                )
            ).one_or_none()
        if row is None or row.audio is None:
            return None
        return row.audio, row.content_type or "audio/wav"


def empty(unit: Unit, *which: ColumnElement[bool], why: str) -> None:
    """Forget what was said in these recordings; the rows stay, since events refer to them."""
    unit.change(
        update(Recording)
        .where(*which)
        .values(
            audio=None,
            heard=None,
            asked=None,
            url="",
            patient_id=None,
            outcome=why,
            finished_at=unit.now,
        )
        .execution_options(synchronize_session=False)
    )


def due(unit: Unit, *, limit: int) -> list[str]:
    """Recordings whose job was lost."""
    return list(
        unit.db.scalars(
            select(Recording.id)
            .where(
                Recording.purpose.is_not(None),
                Recording.outcome.is_(None),
                Recording.due_at <= unit.now,
            )
            .order_by(Recording.due_at)
            .limit(limit)
        )
    )
