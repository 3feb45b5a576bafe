"""What a doctor may write on a slip: where a patient goes, by when, and which tests are asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class InvestigationTest(BaseModel):
    """english: as a doctor chooses it; printed: as a laboratory reads it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    english: str
    printed: str


class SlipChoices(BaseModel):
    """`config/slips.yaml`; places and times are keys of the text catalogue.

    at_once_only: places for danger, to which nobody is sent for later.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    source: str
    places: tuple[str, ...]
    at_once_only: frozenset[str]
    when: tuple[str, ...]
    tests: dict[str, InvestigationTest]

    @model_validator(mode="after")
    def _known(self) -> Self:
        if unknown := self.at_once_only - set(self.places):
            raise ValueError(f"at_once_only names no place: {', '.join(sorted(unknown))}")
        return self


def packed(names: Sequence[str], *, limit: int) -> Iterator[str]:
    """Join names with commas into as few texts as their order allows, each of `limit` characters.

    Errors: ValueError for a name longer than that.
    """
    text = ""
    for name in names:
        if len(name) > limit:
            raise ValueError(f"{name} is longer than {limit} characters")
        longer = f"{text}, {name}" if text else name
        if len(longer) > limit:
            yield text
            longer = name
        text = longer
    if text:
        yield text
