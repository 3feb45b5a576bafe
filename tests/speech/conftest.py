"""Real audio, models and lexicon for the tests of speech."""

from __future__ import annotations

from pathlib import Path

import pytest

from speech.lexicon import Lexicon, load_lexicon

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return load_lexicon()


def _folder(*parts: str) -> Path:
    folder = SHARED.joinpath(*parts)
    if not folder.is_dir():
        pytest.skip(f"needs the recordings of ../shared/data/{'/'.join(parts)}")
    return folder


@pytest.fixture(scope="session")
def spoken_symptoms() -> Path:
    """Twenty synthesised Hindi complaints, µ-law 8 kHz, with transcripts.tsv."""
    return _folder("speech", "spoken-symptoms")


@pytest.fixture(scope="session")
def human_hindi() -> Path:
    """Sixteen human sentences, 16 kHz, with transcripts.tsv; none tells a symptom."""
    return _folder("speech", "human-hi")


@pytest.fixture(scope="session")
def closed_set_model() -> Path:
    """A real Hindi model that knows the human sentences and nothing else."""
    return _folder("speech", "models", "vosk-hi-closed-set")


@pytest.fixture(scope="session")
def prototype_model() -> Path:
    """A closed model of our phones whose files another program wrote."""
    return _folder("speech", "models", "vosk-hi-symptoms-prototype-dynamic")
