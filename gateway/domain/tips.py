"""Health tips that are heard between the rounds of holding."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Tip(BaseModel):
    """key: of its prompt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^tip\.[a-z_]+$")
    source: str = Field(min_length=1)


class Tips(BaseModel):
    """`config/tips.yaml`; with none nothing is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    tips: tuple[Tip, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({tip.key for tip in self.tips}) < len(self.tips):
            raise ValueError("tips: each key once, or one would be heard twice in a row")
        return self

    def after(self, heard: str = "", *, start: int) -> str:
        """Return the key of the tip after this one, in turn; start: where whoever has heard none
        begins. Empty where there is none, or only the one that was heard last."""
        keys = [tip.key for tip in self.tips]
        if not keys:
            return ""
        place = keys.index(heard) + 1 if heard in keys else start
        following = keys[place % len(keys)]
        return "" if following == heard else following
