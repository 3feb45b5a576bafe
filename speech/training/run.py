"""One run of the pipeline: its settings, who speaks in it, and where its files lie."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field


class Voice(StrEnum):
    """Who speaks: two that teach; timbres to calibrate on; one only listened to at the end.

    PAIRS: the last one, saying the members of minimal pairs alone.
    """

    KOKORO = "kokoro"
    ESPEAK = "espeak"
    TUNING = "tuning"
    HELD = "held"
    PAIRS = "pairs"


NO_TEACHERS: Final = (Voice.TUNING, Voice.HELD, Voice.PAIRS)


class Run(BaseModel):
    """One run. folder: everything between, and the model; voices: kokoro-js's folder of voices.

    minutes: of audio from each voice; copies: lines that each utterance of it is sent down.
    """

    model_config = ConfigDict(frozen=True)

    folder: Path
    voices: Path
    seed: int = 1
    teachings: int = Field(1, gt=0, description="from the same audio, each by a seed of its own")
    onward: Path | None = Field(None, description="a model to go on from, not from chance")
    minutes: dict[Voice, float] = {
        **{Voice.KOKORO: 120, Voice.ESPEAK: 120, Voice.TUNING: 6, Voice.HELD: 8}
    }
    copies: dict[Voice, int] = {Voice.KOKORO: 4, Voice.ESPEAK: 2}
    epochs: tuple[int, int] = Field((2, 6), description="by frames, by sentences")
    rate: float = Field(1.5e-3, description="the highest learning rate")
    unknown: tuple[float, float] = Field((-1.0, 8.0), description="what [unk] costs: begin, walk")
    unseen: tuple[Path, ...] = Field((), description="others' recordings, as `evaluate` reads them")

    @property
    def model(self) -> Path:
        """What comes out: of all teachings the one that was chosen."""
        return self.folder / "model"

    @property
    def graphs(self) -> Path:
        return self.folder / "graphs"

    def teaching(self, number: int) -> Path:
        """Return the folder of one teaching, counted from 1."""
        return self.folder / f"teaching-{number}"

    def words(self, recordings: Path) -> Path:
        """Return the file of the single words that recordings to try it on say."""
        return self.folder / "words" / f"{recordings.name}.json"

    def said(self, *voices: Voice) -> list[Path]:
        """Return the files of what these voices said."""
        paths = sorted((self.folder / "said").glob("*.npz"))
        return [path for path in paths if path.name.split("-")[0] in voices]
