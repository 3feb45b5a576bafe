"""Scripts of phones: what somebody does on hearing what; see README.md for the form.

A script is a YAML mapping. It is checked when it is loaded, audio files included.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.audio import NotWavError, read_wav
from simulator.numbers import E164_PATTERN, PHONE_PATTERN


class BadScriptError(ValueError):
    """A script that cannot be played; the message says where it is wrong."""


class Cue(StrEnum):
    """What a step waits for."""

    SAY = "say"
    PLAY = "play"
    GATHER = "gather"
    RECORD = "record"
    RING = "ring"
    ANSWERED = "answered"
    BRIDGE = "bridge"
    AUDIO = "audio"
    SMS = "sms"
    HANGUP = "hangup"


class Action(BaseModel):
    """One thing to do: exactly one field is set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: str | None = Field(default=None, pattern=r"^[0-9*#]+$")
    speak: Path | None = None
    wait: float | None = Field(default=None, ge=0)
    dial: str | None = Field(default=None, pattern=E164_PATTERN)
    missed_call: str | None = Field(default=None, pattern=E164_PATTERN)
    sms: Sms | None = None
    answer: bool | None = None
    reject: bool | None = None
    hangup: bool | None = None

    @model_validator(mode="after")
    def check_one(self) -> Action:
        if len(self.model_fields_set) != 1:
            raise ValueError("an action is exactly one of " + ", ".join(type(self).model_fields))
        if any(getattr(self, name) is False for name in ("answer", "reject", "hangup")):
            raise ValueError("answer, reject and hangup can only be true")
        return self


class Sms(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    to: str
    body: str = Field(max_length=1600)


class Step(BaseModel):
    """Wait for a cue, then act.

    contains: text that the prompt (for gather and record: the prompts heard since the last action)
    or the SMS must hold. within_s: line seconds after which the script has failed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    expect: Cue
    contains: str | None = None
    within_s: float | None = Field(default=None, gt=0)
    then: tuple[Action, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def take_single_action(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("then"), dict):
            return value | {"then": [value["then"]]}
        return value


class Script(BaseModel):
    """A phone's part. start: done at once. steps: in order. whenever: at any time, any number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str = Field(pattern=PHONE_PATTERN)
    name: str = ""
    start: tuple[Action, ...] = ()
    steps: tuple[Step, ...] = ()
    whenever: tuple[Step, ...] = ()


def load_script(path: Path, *, number: str | None = None) -> Script:
    """Load a script file; audio is looked for beside it. Raises BadScriptError."""
    return parse_script(path.read_text("utf-8"), number=number, folder=path.parent)


def parse_script(text: str, *, number: str | None = None, folder: Path = Path()) -> Script:
    """Read a script; `number` stands in for, or must equal, its own. Raises BadScriptError."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadScriptError(f"not YAML: {error}") from error
    if not isinstance(data, dict):
        raise BadScriptError("a script is a mapping with number, start, steps, whenever")
    if number is not None and data.setdefault("number", number) != number:
        raise BadScriptError(f"the script is for {data['number']}, not for {number}")
    try:
        script = Script.model_validate(data)
    except ValidationError as error:
        raise BadScriptError(_explain(error)) from error
    return _with_audio(script, folder)


def _explain(error: ValidationError) -> str:
    wrong = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
    return "; ".join(wrong)


def _with_audio(script: Script, folder: Path) -> Script:
    """Return the script with its audio paths resolved; every file must be there and be WAV."""
    return script.model_copy(
        update={
            "start": _resolve(script.start, folder),
            "steps": tuple(_resolve_step(step, folder) for step in script.steps),
            "whenever": tuple(_resolve_step(step, folder) for step in script.whenever),
        }
    )


def _resolve_step(step: Step, folder: Path) -> Step:
    return step.model_copy(update={"then": _resolve(step.then, folder)})


def _resolve(actions: tuple[Action, ...], folder: Path) -> tuple[Action, ...]:
    return tuple(
        action if action.speak is None else Action(speak=_checked(folder / action.speak))
        for action in actions
    )


def _checked(path: Path) -> Path:
    try:
        read_wav(path.read_bytes())
    except OSError as error:
        raise BadScriptError(f"audio file {path} cannot be read: {error.strerror}") from error
    except NotWavError as error:
        raise BadScriptError(f"audio file {path}: {error}") from error
    return path
