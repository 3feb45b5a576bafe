"""Reads what people text to us: a word or two, in any of our languages, with slips of spelling.

Nothing is guessed from a long text, a denial or two different wishes: such a text is answered by
help. The words are data (`config/sms_commands.yaml`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rapidfuzz.distance import OSA

from sms.catalogue import Script

# Letters with their vowel signs; all else stands between words.
_WORDS: Final = re.compile(r"[^\s!-&(-/:-@\[-`{-~।॥۔،؟…]+")
_LINE_ENDS: Final = re.compile(r"[;\n]")
_PIN: Final = re.compile(r"(?P<pin>\d{6})(?:\s+(?P<rest>.*))?", re.DOTALL)
_TOKEN: Final = re.compile(r"#?(?P<token>\d{4,8})(?:\s+|$)")
# A prescription's code: eight digits and capitals without vowels.
_CODE: Final = re.compile(
    r"(?P<code>[2-9BCDFGHJKMNPQRSTVWXYZ]{8})(?:\s+|$)", re.IGNORECASE | re.ASCII
)
_DIAGNOSIS: Final = re.compile(r"(?P<diagnosis>[^:;\n]{1,200}):(?P<lines>.+)", re.DOTALL)
ENGLISH: Final = "en"
ROMAN_SUFFIX: Final = "_Latn"


class Command(StrEnum):
    PLACE = "place"
    CANCEL = "cancel"
    DOCTOR = "doctor"
    PRESCRIPTION = "prescription"
    HELP = "help"
    STOP = "stop"
    START = "start"
    ROMAN = "roman"
    NATIVE = "native"


class Reply(StrEnum):
    """What a digit answers: to reminders, or to the question how the patient is."""

    END_REMINDERS = "end_reminders"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


class Duty(StrEnum):
    """What a doctor may text about herself."""

    ON = "on"
    OFF = "off"
    PAUSE = "pause"


class RxOrder(StrEnum):
    """What a doctor wants of a prescription; CHANGE adds to what waits for her yes."""

    WRITE = "write"
    CHANGE = "change"
    REPEAT = "repeat"
    REPLACE = "replace"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class DutyOrder:
    """What a doctor wants; pin: its digits, empty when she wrote none."""

    wanted: Duty
    pin: str


@dataclass(frozen=True, slots=True)
class PrescriptionText:
    """What a doctor texts to prescribe; lines: as she wrote them, none where it cannot be read.

    pin, token, code: empty when she wrote none. code: of the prescription to replace or cancel.
    """

    pin: str
    token: str = ""
    diagnosis: str = ""
    lines: tuple[str, ...] = ()
    order: RxOrder = RxOrder.WRITE
    code: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A doctor's yes to what was read back to her."""

    pin: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a text asks for; None when it cannot be read.

    languages: those that have the word, in the file's order; empty when it tells none, as English
    command words do, which everybody types. script: of the letters that were typed.
    """

    command: Command | None
    languages: Sequence[str]
    script: Script


@dataclass(frozen=True, slots=True)
class CommandWords:
    """The words of each command. slips: letters a word has at least → slips allowed in it.

    words: a phrase → the command and the locales that say it. duty, prescribe, rx_orders, confirm:
    those of a doctor's texts. replies: by the number that is texted.
    """

    words: Mapping[str, tuple[Command, tuple[str, ...]]]
    denials: frozenset[str]
    not_slips: frozenset[str]
    slips: Mapping[int, int]
    longest: int
    duty: Mapping[str, Duty]
    prescribe: frozenset[str]
    rx_orders: Mapping[str, RxOrder]
    confirm: frozenset[str]
    replies: Mapping[str, Reply]


def folded(text: str) -> str:
    """Return the text as it is compared: one case, one form of each letter, single spaces."""
    return " ".join(_WORDS.findall(unicodedata.normalize("NFKC", text).casefold()))


def read(text: str, words: CommandWords) -> Wish:
    """Return what the text asks for."""
    plain = folded(text)
    script = Script.ROMAN if plain.isascii() else Script.NATIVE
    parts = plain.split()
    unread = Wish(None, (), script)
    if not 0 < len(parts) <= words.longest:
        return unread
    whole = words.words.get(plain)
    found = [whole] if whole else list(_commands(parts, words))
    if not whole and words.denials.intersection(parts):
        return unread
    # "Cancel my token" is about the token, and asks for no place in the row.
    commands = {command for command, _ in found}
    commands = commands - {Command.PLACE} or commands
    if len(commands) != 1:
        return unread
    [command] = commands
    locales = (name for meant, names in found if meant is command for name in names)
    languages = dict.fromkeys(name.removesuffix(ROMAN_SUFFIX) for name in locales)
    telling = () if ENGLISH in languages else tuple(languages)
    return Wish(command, telling, script)


def read_reply(text: str, words: CommandWords) -> Reply | None:
    """Return what a text answers that is one digit and nothing else."""
    plain = folded(text)
    # int() reads the digits of every script.
    is_digit = len(plain) == 1 and plain.isdecimal()
    return words.replies.get(str(int(plain))) if is_digit else None


def read_duty(text: str, words: CommandWords) -> DutyOrder | None:
    """Return what a doctor texts of her duty, "on 123456": a word of hers, and her PIN beside it.

    Nothing else may stand there, and nothing is guessed: whoever takes calls must mean it.
    """
    parts = folded(text).split()
    numbers = [part for part in parts if part.isdecimal()]
    wanted = words.duty.get(" ".join(part for part in parts if not part.isdecimal()))
    if wanted is None or len(numbers) > 1:
        return None
    # int() reads the digits of every script.
    return DutyOrder(wanted, str(int(numbers[0])) if numbers else "")


def read_prescription(text: str, words: CommandWords) -> PrescriptionText | None:
    """Return what a doctor wants of a prescription. None where it does not begin as one.

    "rx PIN [token] diagnosis: line; line" writes one, "rx PIN line; line" adds to what waits,
    "rx PIN repeat [token]", "rx PIN cancel [code]", "rx PIN replace [code] diagnosis: line; line".
    Lines are parted by semicolons or new lines.
    """
    begun, *after = unicodedata.normalize("NFKC", text).split(maxsplit=1) or [""]
    if begun.casefold().rstrip(".:,") not in words.prescribe:
        return None
    found = _PIN.fullmatch(after[0].strip()) if after else None
    if found is None:
        return PrescriptionText("")
    pin, rest = str(int(found["pin"])), (found["rest"] or "").strip()
    word, _, beyond = rest.partition(" ")
    order = words.rx_orders.get(folded(word))
    if order in {RxOrder.REPEAT, RxOrder.CANCEL} and ":" not in rest:
        return _named(pin, order, beyond.strip())
    if order is not RxOrder.REPLACE:
        order, beyond = RxOrder.WRITE, rest
    code = _CODE.match(beyond) if order is RxOrder.REPLACE else None
    token = _TOKEN.match(beyond) if order is RxOrder.WRITE else None
    said = beyond[code.end() :] if code else beyond[token.end() :] if token else beyond
    written = _DIAGNOSIS.fullmatch(said.strip())
    if written is None and order is RxOrder.WRITE and not token:
        return PrescriptionText(pin, lines=_lines(said), order=RxOrder.CHANGE)
    return PrescriptionText(
        pin=pin,
        token=token["token"] if token else "",
        diagnosis=" ".join(written["diagnosis"].split()) if written else "",
        lines=_lines(written["lines"]) if written else (),
        order=order,
        code=code["code"].upper() if code else "",
    )


def _named(pin: str, order: RxOrder, said: str) -> PrescriptionText:
    """Read the token to repeat for, or the code to cancel; more words, and it cannot be read."""
    if order is RxOrder.REPEAT and (token := _TOKEN.fullmatch(said)):
        return PrescriptionText(pin, token["token"], order=order)
    if order is RxOrder.CANCEL and (code := _CODE.fullmatch(said)):
        return PrescriptionText(pin, order=order, code=code["code"].upper())
    return PrescriptionText(pin, order=RxOrder.WRITE if said else order)


def _lines(text: str) -> tuple[str, ...]:
    lines = (" ".join(line.split()) for line in _LINE_ENDS.split(text))
    return tuple(line for line in lines if line)


def read_confirmation(text: str, words: CommandWords) -> Confirmation | None:
    """Return a doctor's yes, "yes PIN"; None for anything else."""
    parts = folded(text).split()
    if len(parts) != 2 or not parts[1].isdecimal() or parts[0] not in words.confirm:
        return None
    return Confirmation(str(int(parts[1])))


def _commands(
    parts: Sequence[str], words: CommandWords
) -> Iterator[tuple[Command, tuple[str, ...]]]:
    for part in parts:
        if exact := words.words.get(part):
            yield exact
        elif near := _nearest(part, words):
            yield words.words[near]


def _nearest(part: str, words: CommandWords) -> str | None:
    """Return the one command's word that this may be a slip of."""
    allowed = max((n for least, n in words.slips.items() if len(part) >= least), default=0)
    if not allowed or part in words.not_slips:
        return None
    near: dict[str, int] = {}
    for word in words.words:
        if len(word) >= min(words.slips):
            distance = OSA.distance(part, word, score_cutoff=allowed)
            if distance <= allowed:
                near[word] = distance
    best = min(near.values(), default=0)
    nearest = [word for word, distance in near.items() if distance == best]
    # Halfway between two commands it is neither.
    return nearest[0] if len({words.words[word][0] for word in nearest}) == 1 else None
