"""Speech models: which exist, which are installed, and which one hears a language.

A larger model in the service's own folder (SPEECH_MODELS_DIR) comes before the small one that
ships with us; where there is neither, that is said plainly (`NoModel`) and nobody pretends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

SHIPPED_DIR: Final = Path(__file__).parent / "model_data"
MANIFEST_PATH: Final = Path(__file__).parents[1] / "config" / "speech_models.yaml"

# What a model of ours was measured to do, beside it (speech.training.card.Figures).
FIGURES: Final = "trial.json"
# An open question is answered to a closed model only where, on each of these lines and for each who
# spoke, it took no more of the utterances without a symptom for one.
FREE_LINES: Final = ("telephone band", "GSM (EFR)", "noise 20 dB", "noise 10 dB")
MOST_FALSE_ALARMS: Final = 0.05

# The word of a model's vocabulary that stands for one that it does not know.
UNKNOWN: Final = "[unk]"

# Where Kaldi's acoustic model lies, in Vosk's newer layout and in its flat older one.
ACOUSTIC_MODEL: Final = ("am/final.mdl", "final.mdl")


class Mode(StrEnum):
    """free: hears any sentence. closed: knows its own few words, and hears one in everything."""

    FREE = "free"
    CLOSED = "closed"


class ModelSpec(BaseModel):
    """One row of the manifest; speech.hearing explains its three figures."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    language: str
    mode: Mode
    rate_hz: int
    offer_from: float = Field(ge=0, le=1)
    sure_share: float = Field(ge=0, le=1)
    asked_from: float | None = Field(None, ge=0, le=1)
    licence: str
    source: str
    shipped: bool = False
    size_bytes: int | None = None
    md5: str | None = None
    sha256: str | None = None
    about: str = ""


class Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    models: tuple[ModelSpec, ...]
    without_model: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstalledModel:
    spec: ModelSpec
    path: Path

    @property
    def hears_freely(self) -> bool:
        """May it hear the answer to an open question? A closed one only where its trial held."""
        return self.spec.mode is Mode.FREE or _holds_freely(self.path / FIGURES)


@dataclass(frozen=True, slots=True)
class NoModel:
    """No model for the language is installed; its audio is for the doctor's ears."""

    language: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of `speech models`; spec is None for a language that has no model anywhere."""

    language: str
    spec: ModelSpec | None
    path: Path | None


@cache
def load_manifest(path: Path = MANIFEST_PATH) -> Manifest:
    return Manifest.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def find_model(
    language: str, models_dir: Path | None, *, manifest: Manifest | None = None
) -> InstalledModel | NoModel:
    """Return the best installed model for the language; the manifest's order says which is best."""
    base = language.split("-")[0]
    for spec in (manifest or load_manifest()).models:
        if spec.language != base:
            continue
        path = _installed_at(spec, models_dir)
        if path is not None:
            return InstalledModel(spec, path)
    return NoModel(language)


def installed_models(
    models_dir: Path | None, *, manifest: Manifest | None = None
) -> list[InstalledModel]:
    """Return every known model that is installed, the best of each language first."""
    specs = (manifest or load_manifest()).models
    found = [(spec, _installed_at(spec, models_dir)) for spec in specs]
    return [InstalledModel(spec, path) for spec, path in found if path is not None]


def list_models(models_dir: Path | None, *, manifest: Manifest | None = None) -> list[Listed]:
    """Return every known model with its folder where installed, then the languages without one."""
    known = manifest or load_manifest()
    rows = [Listed(s.language, s, _installed_at(s, models_dir)) for s in known.models]
    return rows + [Listed(language, None, None) for language in known.without_model]


@cache
def _holds_freely(path: Path) -> bool:
    """Tell whether the figures in the file keep to the limit; what was not measured does not."""
    try:
        lines = json.loads(path.read_text(encoding="utf-8"))["lines"]
        alarms = [
            rows[line]["free"]["false_alarms"] for rows in lines.values() for line in FREE_LINES
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    measured = [share for share in alarms if isinstance(share, (int, float))]
    return len(measured) == len(alarms) > 0 and max(measured) <= MOST_FALSE_ALARMS


def _installed_at(spec: ModelSpec, models_dir: Path | None) -> Path | None:
    folders = [models_dir / spec.name] if models_dir else []
    if spec.shipped:
        folders.append(SHIPPED_DIR / spec.name)
    for folder in folders:
        if any((folder / part).is_file() for part in ACOUSTIC_MODEL):
            return folder
    return None
