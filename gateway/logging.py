"""Logs: one JSON object a line, a static event name, ids as fields, and no personal data.

The masks here are the last line of defence, not a licence: a name, a number, a symptom or a
transcript has no place in a log call to begin with.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TextIO

from gateway.domain.errors import GatewayError

# A run of 8 to 15 digits, perhaps grouped by blanks, dashes, dots or brackets, that is no part of
# an id; a date is let through. Devanagari digits are digits, too.
_PHONE: Final = re.compile(
    r"(?<![\w.-])(?<!\d:)(?!\d{4}-\d\d-\d\d)(?:\+|00)?\d(?:[ ().-]{0,2}\d){7,14}(?!\w)|\+\d{8,15}"
)
_SHOWN: Final = 2
_LONGEST_ID: Final = 10**8
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def mask_numbers(text: str) -> str:
    """Return the text with all but the last two digits of whatever looks like a phone hidden."""
    return _PHONE.sub(_mask, text)


def _mask(found: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in found[0])
    return "*" * (digits - _SHOWN) + found[0][-_SHOWN:]


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON, masked."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": mask_numbers(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in _STANDARD:
                line[name] = _masked(value)
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = list(_told(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False, default=lambda value: _masked(str(value)))


def configure(*, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send all logs of this process to the stream (standard error) as JSON; idempotent."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # These write each request's address, and with it numbers, at the levels below.
    for chatty in ("urllib3", "twilio", "werkzeug", "rq.worker", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def log_the_end() -> None:
    """Have an error that ends this process told as a line of the log, as all others are."""

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Exception):
            logging.getLogger(__name__).critical("process_failed", exc_info=(kind, error, trace))
        else:
            sys.__excepthook__(kind, error, trace)

    sys.excepthook = told


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_numbers(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return value if isinstance(value, bool | float | None) else _masked_deep(value)
    return value if abs(value) < _LONGEST_ID else mask_numbers(str(value))


def _masked_deep(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    return mask_numbers(str(value))


def _told(error: BaseException) -> Iterator[dict[str, Any]]:
    """Tell an exception and its causes: type and place, and the message only of our own errors.

    A foreign message may quote what it choked on: a row's values, a transcript, a form.
    """
    current: BaseException | None = error
    while current is not None:
        told: dict[str, Any] = {"type": type(current).__name__}
        if isinstance(current, GatewayError):
            told["message"] = mask_numbers(str(current))
        frames = traceback.extract_tb(current.__traceback__)
        told["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        yield told
        hidden = None if current.__suppress_context__ else current.__context__
        current = current.__cause__ or hidden
