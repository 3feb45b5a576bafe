"""The ear: the speech package behind the port that transcribing uses."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.services.recordings import UNDERSTOOD, Hearing
from speech.audio import UnusableAudio
from speech.errors import SpeechError
from speech.hearing import Heard, ModelFailed, hear, one_of_few
from speech.lexicon import Lexicon
from speech.models import UNKNOWN, NoModel, find_model, installed_models
from speech.recogniser import preload, unload_idle

log = logging.getLogger(__name__)

IDLE_S: Final = 15 * 60.0


@dataclass(frozen=True, slots=True)
class RecogniserEar:
    """Hears with the best installed model of the language; see speech.hearing for its caution."""

    lexicon: Lexicon
    models_dir: Path | None = None

    def can_hear(self, language: str, *, asked: Collection[str] = ()) -> bool:
        model = find_model(language, self.models_dir)
        return not isinstance(model, NoModel) and (model.hears_freely or one_of_few(asked))

    def preload(self) -> None:
        """Load the model of every language that has one; a broken one is told and left out."""
        for language in sorted(
            {model.spec.language for model in installed_models(self.models_dir)}
        ):
            model = find_model(language, self.models_dir)
            if not isinstance(model, NoModel):
                try:
                    preload(model)
                except SpeechError as error:
                    log.error(
                        "speech_model_broken", extra={"model": model.spec.name, "why": str(error)}
                    )

    def unload_idle(self) -> None:
        """Forget the models that nobody has needed for a while."""
        unload_idle(IDLE_S)

    def hear(self, audio: bytes, *, language: str, asked: Collection[str] = ()) -> Hearing:
        """Return what was heard; bad audio, no model and a broken one are outcomes, not errors."""
        heard = hear(
            audio,
            language=language,
            models_dir=self.models_dir,
            lexicon=self.lexicon,
            asked=asked,
        )
        match heard:
            case Heard():
                understood = heard.offered or heard.answer
                return Hearing(UNDERSTOOD if understood else "unclear", _detail(heard))
            case UnusableAudio(reason):
                return Hearing(reason.value, {})
            case NoModel():
                return Hearing("no_model", {})
            case ModelFailed():
                return Hearing("failed", {})


def _detail(heard: Heard) -> dict[str, object]:
    """What the doctor sees beside the audio; `offered` is what the caller is asked to confirm."""
    return {
        "text": heard.transcript.text.replace(UNKNOWN, "…"),
        "confidence": heard.transcript.confidence,
        "model": heard.transcript.model,
        "symptoms": [
            {"code": s.code, "negated": s.negated, "confidence": s.confidence}
            for s in heard.symptoms
        ],
        "duration_days": heard.duration_days,
        "offered": list(heard.offered),
        "answer": heard.answer,
    }
