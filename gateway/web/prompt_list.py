"""The prompts of a language as the page for listening shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.telephony.answers import TelephonyAnswers
from gateway.telephony.speech import Audio
from gateway.web.prompt_audio import PromptAudio
from ivr_flows.engine.steps import Utterance


@dataclass(frozen=True, slots=True)
class PromptRow:
    """voice: who speaks it. audio: a path on this host, empty for a prompt with values in it."""

    key: str
    text: str
    voice: str
    audio: str


def prompt_rows(
    language: str, *, answers: TelephonyAnswers, prompts: PromptAudio, dialect: str
) -> Iterator[PromptRow]:
    """Yield every prompt in the order of the catalogue."""
    for key, template in answers.book.catalogue(language).templates.items():
        if template.placeholders:
            yield PromptRow(key, template.text, "with values", "")
            continue
        said = Utterance(key, language, template.text, fixed=True)
        speaker = prompts.speaker(key, language)
        sounding = answers.speech.sounding(said, dialect=dialect)
        ours = "synthesised" if isinstance(sounding, Audio) else "the carrier's voice"
        address = sounding.url if isinstance(sounding, Audio) else answers.speech.audio_url(said)
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        yield PromptRow(key, template.text, speaker or ours, path)
