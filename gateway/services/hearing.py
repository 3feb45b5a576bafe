"""The ear: the speech package behind the port that transcribing uses."""

from __future__ import annotations

import logging
from pathlib import Path

from gateway.services.recordings import Hearing
from speech.audio import UnusableAudio, prepare
from speech.errors import SpeechError
from speech.lexicon import Lexicon
from speech.models import InstalledModel, Mode, NoModel, find_model
from speech.recogniser import Transcript, recognise
from speech.symptoms import find_symptoms

log = logging.getLogger(__name__)

MOST_OFFERED = 3


class RecogniserEar:
    """Hears with the best installed model of the language.

    A closed model hears one of its words in everything (domain/speech-resources.md: a false symptom
    in 120 of 139 utterances without any). So it hears twice, once freely and once among the expected
    answers, and offers only what both times was certain. What is offered is asked for by key.
    """

    def __init__(
        self, *, lexicon: Lexicon, expected: dict[str, list[str]], models_dir: Path | None = None
    ) -> None:
        self._lexicon = lexicon
        self._expected = expected
        self._models_dir = models_dir

    def can_hear(self, language: str) -> bool:
        return isinstance(find_model(language, self._models_dir), InstalledModel)

    def hear(self, audio: bytes, *, language: str) -> Hearing:
        """Return what was heard; bad audio, no model and a broken one are outcomes, not errors."""
        model = find_model(language, self._models_dir)
        if isinstance(model, NoModel):
            return Hearing("no_model", {})
        prepared = prepare(audio, rate_hz=model.spec.rate_hz)
        if isinstance(prepared, UnusableAudio):
            return Hearing(prepared.reason.value, {})
        try:
            heard = recognise(prepared, model=model)
            offered = self._certain(heard, model, language)
            if model.spec.mode is Mode.CLOSED:
                words = self._expected.get(language, [])
                again = recognise(prepared, model=model, vocabulary=words)
                both = self._certain(again, model, language)
                offered = [code for code in offered if code in both]
        except SpeechError as error:
            log.error("recogniser_failed", extra={"error": type(error).__name__})  # noqa: TRY400
            return Hearing("failed", {})
        found = find_symptoms(heard.text, language=language, lexicon=self._lexicon)
        detail = {
            "text": heard.text,
            "confidence": heard.confidence,
            "model": heard.model,
            "codes": [
                {"code": symptom.code, "negated": symptom.negated} for symptom in found.symptoms
            ],
            "duration_days": found.duration_days,
            "offered": offered[:MOST_OFFERED],
        }
        return Hearing("understood" if offered else "unclear", detail)

    def _certain(self, heard: Transcript, model: InstalledModel, language: str) -> list[str]:
        """The symptoms whose weakest word is certain enough to be read back."""
        sure = " ".join(
            word.text if word.confidence >= model.spec.offer_from else "…" for word in heard.words
        )
        found = find_symptoms(sure, language=language, lexicon=self._lexicon)
        return [symptom.code for symptom in found.symptoms if not symptom.negated]
