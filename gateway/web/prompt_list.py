"""The prompts of a language as the page for listening shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.telephony.answers import TelephonyAnswers
from gateway.telephony.speech import Audio
from gateway.web.prompt_audio import PromptAudio
from ivr_flows.engine.catalogue import PIECE
from ivr_flows.engine.steps import Utterance
from ivr_flows.places import places_of


@dataclass(frozen=True, slots=True)
class PromptRow:
    """A prompt, or a piece of one.

    voice: "recorded", "carrier" or "synthesised"; speaker: who recorded it. audio: a path on this
    host; without a recording, of our synthesised voice. places: where it is said.
    """

    key: str
    text: str
    voice: str
    speaker: str
    audio: str
    places: Sequence[str]


def prompt_rows(
    language: str, *, answers: TelephonyAnswers, prompts: PromptAudio, dialect: str
) -> dict[str, list[PromptRow]]:
    """Return all that can be recorded, by the flow that says it first; "" for numbers."""
    places = places_of(answers.book)
    groups: dict[str, list[PromptRow]] = {}
    for key, text in answers.book.catalogue(language).recordable().items():
        said = Utterance(key, language, text, pieces=(key,))
        sounding = answers.speech.sounding(said, dialect=dialect)
        speaker = prompts.speaker(key, language)
        ours = "synthesised" if isinstance(sounding, Audio) else "carrier"
        address = sounding.url if isinstance(sounding, Audio) else answers.speech.audio_url(said)
        own = tuple(_places_of_piece(key, places))
        group = own[0].partition("/")[0] if own else ""
        row = PromptRow(key, text, "recorded" if speaker else ours, speaker, _path(address), own)
        groups.setdefault(group, []).append(row)
    return groups


def _places_of_piece(key: str, places: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield from places.get(key.partition(PIECE)[0], ())


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
