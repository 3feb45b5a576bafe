"""The ear: the speech package behind the port that transcribing uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.services.recordings import UNDERSTOOD, Hearing
from speech.audio import UnusableAudio
from speech.hearing import Heard, ModelFailed, hear
from speech.lexicon import Lexicon
from speech.models import NoModel, find_model


@dataclass(frozen=True, slots=True)
class RecogniserEar:
    """Hears with the best installed model of the language; see speech.hearing for its caution."""

    lexicon: Lexicon
    models_dir: Path | None = None

    def can_hear(self, language: str) -> bool:
        return not isinstance(find_model(language, self.models_dir), NoModel)

    def hear(self, audio: bytes, *, language: str) -> Hearing:
        """Return what was heard; bad audio, no model and a broken one are outcomes, not errors."""
        heard = hear(audio, language=language, models_dir=self.models_dir, lexicon=self.lexicon)
        match heard:
            case Heard():
                return Hearing(UNDERSTOOD if heard.offered else "unclear", _detail(heard))
            case UnusableAudio(reason):
                return Hearing(reason.value, {})
            case NoModel():
                return Hearing("no_model", {})
            case ModelFailed():
                return Hearing("failed", {})


def _detail(heard: Heard) -> dict[str, object]:
    """What the doctor sees beside the audio; `offered` is what the caller is asked to confirm."""
    return {
        "text": heard.transcript.text,
        "confidence": heard.transcript.confidence,
        "model": heard.transcript.model,
        "symptoms": [
            {"code": s.code, "negated": s.negated, "confidence": s.confidence}
            for s in heard.symptoms
        ],
        "duration_days": heard.duration_days,
        "offered": list(heard.offered),
    }
