"""TwiML documents: XML to verbs.

Parsing is strict: where Twilio would log a warning and guess, a document here fails, so that a
mistake is seen on the desk and not on a caller's line. Unknown attributes only warn.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from simulator.twiml import (
    Conference,
    Dial,
    Document,
    Gather,
    Hangup,
    Message,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
)

DOCUMENT_PARSE_FAILURE = 12100
SCHEMA_VIOLATION = 12200
MAX_DIALLED_NUMBERS = 10
MAX_SAID_CHARACTERS = 4096


class TwimlError(Exception):
    """A document that the carrier cannot run; `code` is Twilio's error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Attributes:
    """The attributes of one element, read one by one; what is left over is unknown."""

    element: ET.Element
    warnings: list[str]
    left: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.left = dict(self.element.attrib)

    def text(self, name: str, default: str = "") -> str:
        return self.left.pop(name, default)

    def number(self, name: str, default: int) -> int:
        value = self.left.pop(name, None)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit()):
            raise self.wrong(name, value)
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.left.pop(name, str(default)).lower()
        if value not in ("true", "false"):
            raise self.wrong(name, value)
        return value == "true"

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.left.pop(name, default)
        if value not in allowed:
            raise self.wrong(name, value)
        return value

    def method(self, name: str = "method") -> str:
        return self.choice(name, "POST", ("GET", "POST"))

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.left.pop(name, None)
        return default if value is None else tuple(value.split())

    def wrong(self, name: str, value: str) -> TwimlError:
        where = f"<{self.element.tag}> {name}={value!r}"
        return TwimlError(SCHEMA_VIOLATION, f"attribute value not allowed: {where}")

    def close(self) -> None:
        self.warnings += [f"<{self.element.tag}> knows no attribute {name}" for name in self.left]


def parse_document(body: bytes) -> Document:
    """Read a TwiML document. Raises TwimlError with Twilio's code for what it cannot run."""
    root = _parse_xml(body)
    if root.tag != "Response":
        raise TwimlError(DOCUMENT_PARSE_FAILURE, f"root element is <{root.tag}>, not <Response>")
    warnings: list[str] = []
    verbs = tuple(_parse_verb(element, warnings, _VERBS) for element in root)
    return Document(verbs, tuple(warnings))


def _parse_xml(body: bytes) -> ET.Element:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise TwimlError(DOCUMENT_PARSE_FAILURE, "a document type declaration is not allowed")
    try:
        return ET.fromstring(body)  # noqa: S314 - documents that declare entities are refused above
    except ET.ParseError as error:
        raise TwimlError(DOCUMENT_PARSE_FAILURE, f"not well-formed XML: {error}") from error


_Reader: TypeAlias = Callable[[ET.Element, _Attributes, list[str]], Verb]


def _parse_verb(
    element: ET.Element, warnings: list[str], allowed: Mapping[str, _Reader], within: str = ""
) -> Verb:
    reader = allowed.get(element.tag)
    if reader is None:
        place = f" within <{within}>" if within else ""
        raise TwimlError(SCHEMA_VIOLATION, f"unknown verb <{element.tag}>{place}")
    attributes = _Attributes(element, warnings)
    verb = reader(element, attributes, warnings)
    attributes.close()
    return verb


def _text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _say(element: ET.Element, attributes: _Attributes, _: list[str]) -> Say:
    text = _text(element)
    if len(text) > MAX_SAID_CHARACTERS:
        raise TwimlError(SCHEMA_VIOLATION, f"<Say> is longer than {MAX_SAID_CHARACTERS} characters")
    return Say(
        text=text,
        language=attributes.text("language", "en-US"),
        voice=attributes.text("voice"),
        loop=attributes.number("loop", 1),
    )


def _play(element: ET.Element, attributes: _Attributes, _: list[str]) -> Play:
    url = _text(element)
    if not url:
        raise TwimlError(SCHEMA_VIOLATION, "<Play> names no audio")
    return Play(url=url, loop=attributes.number("loop", 1))


def _pause(_element: ET.Element, attributes: _Attributes, _: list[str]) -> Pause:
    return Pause(seconds=attributes.number("length", 1))


def _gather(element: ET.Element, attributes: _Attributes, warnings: list[str]) -> Gather:
    attributes.choice("input", "dtmf", ("dtmf",))
    return Gather(
        prompts=tuple(
            child
            for child in (_parse_verb(e, warnings, _PROMPTS, "Gather") for e in element)
            if isinstance(child, Say | Play | Pause)
        ),
        max_digits=attributes.number("numDigits", 0) or None,
        timeout_s=attributes.number("timeout", 5),
        finish_on_key=attributes.text("finishOnKey", "#"),
        action=attributes.text("action"),
        method=attributes.method(),
        action_on_empty=attributes.flag("actionOnEmptyResult", default=False),
    )


def _record(_element: ET.Element, attributes: _Attributes, _: list[str]) -> Record:
    return Record(
        action=attributes.text("action"),
        method=attributes.method(),
        silence_s=attributes.number("timeout", 5),
        max_s=attributes.number("maxLength", 3600),
        finish_on_key=attributes.text("finishOnKey", "1234567890*#"),
        beep=attributes.flag("playBeep", default=True),
        trim=attributes.choice("trim", "trim-silence", ("trim-silence", "do-not-trim"))
        == "trim-silence",
        status_callback=attributes.text("recordingStatusCallback"),
        status_callback_events=attributes.words("recordingStatusCallbackEvent", ("completed",)),
    )


def _number(element: ET.Element, warnings: list[str]) -> Number:
    attributes = _Attributes(element, warnings)
    number = Number(
        number=_text(element),
        whisper_url=attributes.text("url"),
        whisper_method=attributes.method(),
        status_callback=attributes.text("statusCallback"),
        status_callback_method=attributes.method("statusCallbackMethod"),
        status_callback_events=attributes.words("statusCallbackEvent"),
    )
    attributes.close()
    return number


def _conference(element: ET.Element, warnings: list[str]) -> Conference:
    attributes = _Attributes(element, warnings)
    conference = Conference(
        name=_text(element),
        start_on_enter=attributes.flag("startConferenceOnEnter", default=True),
        end_on_exit=attributes.flag("endConferenceOnExit", default=False),
        muted=attributes.flag("muted", default=False),
    )
    # Nothing is heard of it here.
    attributes.text("beep")
    attributes.close()
    return conference


def _dial(element: ET.Element, attributes: _Attributes, warnings: list[str]) -> Dial:
    strange = [child.tag for child in element if child.tag not in ("Number", "Conference")]
    if strange:
        raise TwimlError(SCHEMA_VIOLATION, f"unknown noun <{strange[0]}> within <Dial>")
    numbers = [_number(child, warnings) for child in element.findall("Number")]
    rooms = [_conference(child, warnings) for child in element.findall("Conference")]
    bare = (element.text or "").strip()
    if bare:
        numbers.insert(0, Number(number=bare))
    if bool(numbers) == bool(rooms) or len(rooms) > 1 or len(numbers) > MAX_DIALLED_NUMBERS:
        raise TwimlError(SCHEMA_VIOLATION, "<Dial> wants 1 to 10 numbers, or one conference")
    return Dial(
        numbers=tuple(numbers),
        conference=rooms[0] if rooms else None,
        action=attributes.text("action"),
        method=attributes.method(),
        timeout_s=attributes.number("timeout", 30),
        time_limit_s=attributes.number("timeLimit", 14_400),
        caller_id=attributes.text("callerId"),
        answer_on_bridge=attributes.flag("answerOnBridge", default=False),
    )


def _redirect(element: ET.Element, attributes: _Attributes, _: list[str]) -> Redirect:
    return Redirect(url=_text(element), method=attributes.method())


def _hangup(_element: ET.Element, _attributes: _Attributes, _: list[str]) -> Hangup:
    return Hangup()


def _reject(_element: ET.Element, attributes: _Attributes, _: list[str]) -> Reject:
    return Reject(attributes.choice("reason", "rejected", ("rejected", "busy")))


def _message(element: ET.Element, attributes: _Attributes, _: list[str]) -> Message:
    return Message(body="".join(element.itertext()).strip(), to=attributes.text("to"))


_PROMPTS: dict[str, _Reader] = {"Say": _say, "Play": _play, "Pause": _pause}
_VERBS: dict[str, _Reader] = _PROMPTS | {
    "Gather": _gather,
    "Record": _record,
    "Dial": _dial,
    "Redirect": _redirect,
    "Hangup": _hangup,
    "Reject": _reject,
    "Message": _message,
}
