"""Words that volunteers say, so that recognisers can be tested on people's voices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from sqlalchemy import ColumnElement, select

from gateway.db.models import Call, Recording
from gateway.domain.recording import RecordingPurpose
from gateway.services import recordings
from gateway.services.turning import Turning
from gateway.services.work import Unit
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.session import EffectDone, Json

WORDS_A_CALL: Final = 10
TAKEN_BACK: Final = "taken_back"
_FAMILY: Final = "symptom."


@dataclass(frozen=True, slots=True)
class Spoken:
    """A volunteer's recording. speaker: numbered from 1 by her first, so nobody is named."""

    speaker: int
    word: str
    language: str
    audio: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Volunteering:
    """words: the symptom codes that are asked for."""

    words: Sequence[str]

    def begin(self, turning: Turning) -> EffectDone:
        """Draw words that she has not said; a withheld number could never take them back."""
        if turning.caller is None:
            return EffectDone("unknown", {"words": []})
        turning.unit.note("callers", turning.caller.id, "volunteered")
        given = turning.unit.db.scalars(
            select(Recording.asked).where(
                *_given_by(turning.caller.id), Recording.language == turning.language
            )
        )
        said = {word for asked in given for word in asked or ()}
        left: list[Json] = [word for word in self.words if word not in said]
        if not left:
            return EffectDone("done", {"words": []})
        # By chance, so that the words that few have said are spread over those who give up early.
        drawn = Random(turning.call.id).sample(left, min(WORDS_A_CALL, len(left)))  # noqa: S311  # no secret
        return EffectDone("ok", {"words": drawn})


def symptom_codes(book: FlowBook) -> list[str]:
    """Return the codes of the symptoms that can be said; every catalogue has the same."""
    prompts = book.catalogue(book.languages[0]).templates
    codes = (prompt.removeprefix(_FAMILY) for prompt in prompts if prompt.startswith(_FAMILY))
    return [code for code in codes if code != "none"]


def keep(turning: Turning, recording_id: str, word: str) -> EffectDone:
    """Mean to fetch what she said; nothing but this word was asked for."""
    recordings.take_for(turning, recording_id, RecordingPurpose.VOLUNTEER, asked=[word])
    return EffectDone("ok")


def take_back(turning: Turning) -> EffectDone:
    """Delete all that she gave, what is being fetched at this moment too."""
    if turning.caller is not None:
        recordings.empty(turning.unit, *_given_by(turning.caller.id), why=TAKEN_BACK)
        turning.unit.note("callers", turning.caller.id, "took_back_her_voice")
    return EffectDone("ok")


def spoken(unit: Unit, *, language: str) -> Iterator[Spoken]:
    """Yield what volunteers said in a language and that was fetched, the earliest first."""
    speakers: dict[str | None, int] = {}
    rows = unit.db.execute(
        select(Call.caller_id, Recording.asked, Recording.audio, Recording.content_type)
        .join(Call, Call.id == Recording.call_id)
        .where(
            Recording.purpose == RecordingPurpose.VOLUNTEER,
            Recording.outcome == recordings.FETCHED,
            Recording.language == language,
        )
        .order_by(Recording.created_at, Recording.id)
        .execution_options(yield_per=100)
    )
    for row in rows:
        speaker = speakers.setdefault(row.caller_id, len(speakers) + 1)
        yield Spoken(speaker, row.asked[0], language, row.audio, row.content_type or "")


def _given_by(caller_id: str) -> tuple[ColumnElement[bool], ...]:
    calls = select(Call.id).where(Call.caller_id == caller_id)
    return Recording.call_id.in_(calls), Recording.purpose == RecordingPurpose.VOLUNTEER
