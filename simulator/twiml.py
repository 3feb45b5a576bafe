"""TwiML verbs as values, with Twilio's defaults.

Source: https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Say:
    text: str
    language: str = "en-US"
    voice: str = ""
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    url: str
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: int = 1


Prompt: TypeAlias = Say | Play | Pause


@dataclass(frozen=True, slots=True)
class Gather:
    prompts: tuple[Prompt, ...] = ()
    max_digits: int | None = None
    timeout_s: int = 5
    finish_on_key: str = "#"
    action: str = ""
    method: str = "POST"
    action_on_empty: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    action: str = ""
    method: str = "POST"
    silence_s: int = 5
    max_s: int = 3600
    finish_on_key: str = "1234567890*#"
    beep: bool = True
    trim: bool = True
    status_callback: str = ""
    status_callback_events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True, slots=True)
class Number:
    number: str
    whisper_url: str = ""
    whisper_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    status_callback_events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conference:
    name: str
    start_on_enter: bool = True
    end_on_exit: bool = False
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Dial:
    numbers: tuple[Number, ...] = ()
    conference: Conference | None = None
    action: str = ""
    method: str = "POST"
    timeout_s: int = 30
    time_limit_s: int = 14_400
    caller_id: str = ""
    answer_on_bridge: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Hangup:
    pass


@dataclass(frozen=True, slots=True)
class Reject:
    reason: str = "rejected"


@dataclass(frozen=True, slots=True)
class Message:
    """An SMS in answer to an SMS (messaging documents only)."""

    body: str
    to: str = ""


Verb: TypeAlias = Say | Play | Pause | Gather | Record | Dial | Redirect | Hangup | Reject | Message


@dataclass(frozen=True, slots=True)
class Document:
    verbs: tuple[Verb, ...]
    warnings: tuple[str, ...] = ()
