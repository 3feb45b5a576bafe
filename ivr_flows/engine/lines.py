"""A line of a flow: a prompt that is said, or prompts that a variable names."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator


class Line(BaseModel):
    """`prompt`, or `prompts_in`: a variable that holds prompt keys of the family `family`.

    languages: said once in each of these, whatever the caller's language is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = ""
    prompts_in: str = ""
    family: str = ""
    languages: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.prompt) == bool(self.prompts_in):
            raise ValueError("a line has either a prompt or prompts_in")
        if bool(self.family) != bool(self.prompts_in):
            raise ValueError("prompts_in names the family of its prompts")
        return self


def _from_text(value: Any) -> Any:
    return {"prompt": value} if isinstance(value, str) else value


SpokenLine = Annotated[Line, BeforeValidator(_from_text)]
