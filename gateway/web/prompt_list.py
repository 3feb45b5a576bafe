"""The prompts of a language as the page for listening shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Return all that can be recorded, by the flow that says it first; "" is what none names."""
    places = places_of(answers.book)
    groups: dict[str, list[PromptRow]] = {}
    for key, text in answers.book.catalogue(language).recordable().items():
        said = Utterance(key, language, text, pieces=(key,))
        sounding = answers.speech.sounding(said, dialect=dialect)
        speaker = prompts.speaker(key, language)
        ours = "synthesised" if isinstance(sounding, Audio) else "carrier"
        address = sounding.url if isinstance(sounding, Audio) else answers.speech.audio_url(said)
        prompt = key.partition(PIECE)[0]
        voice = "recorded" if speaker else ours
        row = PromptRow(key, text, voice, speaker, _path(address), places.get(prompt, ()))
        groups.setdefault(_flow_of(prompt, places), []).append(row)
    return dict(sorted(groups.items(), key=lambda group: not group[0]))


def _flow_of(prompt: str, places: Mapping[str, Sequence[str]]) -> str:
    """Return the flow that says it first, or says first what it is a value of."""
    first = next(iter(places.get(prompt, ())), "")
    flow, slash, _ = first.partition("/")
    return flow if slash or not first else _flow_of(first, places)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
