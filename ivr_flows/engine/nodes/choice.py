"""An option of a menu: its meaning, said before its key, and where the key leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from ivr_flows.engine.lines import Line, SpokenLine
from ivr_flows.engine.nodes.node import Way
from ivr_flows.engine.steps import Utterance

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft

REPEAT: Final = "0"
BACK: Final = "9"
MOST_OPTIONS: Final = 5
_FREE_KEYS: Final = frozenset("12345678")


class Choice(BaseModel):
    """said: the code of the spoken answer that is as good as this key (`press`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: SpokenLine
    said: str = ""
    next: str
    set: dict[str, JsonValue] = Field(default_factory=dict)


def _keys_as_text(value: object) -> object:
    return {str(key): v for key, v in value.items()} if isinstance(value, Mapping) else value


def _free_keys(choices: dict[str, Choice]) -> dict[str, Choice]:
    if taken := sorted(set(choices) - _FREE_KEYS):
        raise ValueError(
            f"{', '.join(taken)}: a choice has one of the keys 1 to 8; 0 repeats and 9 goes back"
        )
    if len(choices) > MOST_OPTIONS:
        raise ValueError(f"{len(choices)} options; a caller remembers at most {MOST_OPTIONS}")
    return choices


Choices = Annotated[dict[str, Choice], BeforeValidator(_keys_as_text), AfterValidator(_free_keys)]


def option_lines(line: Line, key: str) -> tuple[Line, ...]:
    """The meaning, then the key, language by language: the order in which one can act on them."""
    press = Line(prompt=f"key.{key}")
    if not line.languages:
        return line, press
    return tuple(
        spoken.model_copy(update={"languages": (language,)})
        for language in line.languages
        for spoken in (line, press)
    )


def choice_lines(choices: Mapping[str, Choice]) -> tuple[Line, ...]:
    return tuple(line for key, choice in choices.items() for line in option_lines(choice.say, key))


def choice_ways(choices: Mapping[str, Choice]) -> tuple[Way, ...]:
    return tuple(Way(key, choice.next, frozenset(choice.set)) for key, choice in choices.items())


def utter_choices(draft: Draft, choices: Mapping[str, Choice]) -> tuple[Utterance, ...]:
    return draft.utter(choice_lines(choices))
