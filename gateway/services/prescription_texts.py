"""The messages of a prescription: who wrote it and its code, one for each medicine, how to hear it.

One registered template for each line, because DLT knows no template with a list in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.domain.formulary import Formulary
from gateway.services.advice import advice_messages
from gateway.services.messages import Texts
from gateway.services.prescription_document import Chart, Reader
from gateway.services.work import Unit
from sms.medicine import MedicineLine
from sms.render import LineMessage, RenderRefusal, Sms, line_message, render

_HEAD: Final = "prescription_head"
_LINE: Final = "prescription_line"
_HEAR: Final = "prescription_hear"
_ABOUT: Final = "presented"


@dataclass(frozen=True, slots=True)
class OnPaper:
    """What is to be texted: the lines of a prescription under its code, and the advice."""

    chart: Chart
    lines: Sequence[MedicineLine]
    code: str
    advice: str


@dataclass(frozen=True, slots=True)
class Pack:
    """The messages in order, as they will read; refusals where one cannot be written."""

    messages: tuple[LineMessage, ...]
    texts: tuple[Sms, ...]
    refusals: tuple[RenderRefusal, ...]


def pack(on_paper: OnPaper, reader: Reader | None, *, texts: Texts, formulary: Formulary) -> Pack:
    """Write the messages in the reader's language and script; none where nobody is texted."""
    if reader is None:
        return Pack((), (), ())
    language, catalogue = reader.language, texts.catalogue
    written: list[LineMessage] = []
    read: list[Sms] = []
    refusals: list[RenderRefusal] = []
    for message in _messages(on_paper, reader, texts=texts, formulary=formulary):
        text = (
            message
            if isinstance(message, RenderRefusal)
            else render(
                message.kind,
                language=language,
                script=reader.caller.script,
                values=message.values,
                catalogue=catalogue,
            )
        )
        if isinstance(message, LineMessage):
            written.append(message)
        if isinstance(text, Sms):
            read.append(text)
        else:
            refusals.append(text)
    return Pack(tuple(written), tuple(read), tuple(refusals))


def queue(
    unit: Unit, reader: Reader | None, messages: Sequence[LineMessage], *, key: str, texts: Texts
) -> None:
    """Mean to send each message once, under `key` and its place."""
    for place, message in enumerate(messages):
        texts.queue(
            unit,
            message.kind,
            key=f"{key}{place}",
            caller=reader.caller if reader else None,
            language=reader.language if reader else "",
            values=message.values,
            place=place,
        )


def about_patient(chart: Chart, reader: Reader) -> Iterator[LineMessage]:
    """A health worker has many patients: tell her first whose the next messages are."""
    if reader == chart.health_worker:
        yield LineMessage(_ABOUT, {"token": chart.ticket.token})


def _messages(
    written: OnPaper, reader: Reader, *, texts: Texts, formulary: Formulary
) -> Iterator[LineMessage | RenderRefusal]:
    chart, code = written.chart, written.code
    templates = texts.catalogue.templates
    limits = templates[_HEAD].variables
    yield from about_patient(chart, reader)
    yield LineMessage(
        _HEAD,
        {
            "code": code,
            "doctor": short_name(chart.doctor.name, limits["doctor"]),
            "registration": chart.doctor.registration_number,
        },
    )
    for position, line in enumerate(written.lines, start=1):
        yield line_message(
            short_line(line, formulary, templates[_LINE].variables["medicine"]),
            position=position,
            language=reader.language,
            script=reader.caller.script,
            catalogue=texts.catalogue,
        )
    if chart.presentation is not None:
        yield from advice_messages(written.advice, token=chart.ticket.token)
    yield LineMessage(_HEAR, {"number": texts.toll_free})


def short_name(name: str, limit: int) -> str:
    """Return a person's name within the limit: from the left, given names become initials."""
    parts = name.split()
    for place, part in enumerate(parts[:-1]):
        if len(" ".join(parts)) <= limit:
            break
        parts[place] = f"{part[0]}."
    return " ".join(parts)


def short_line(line: MedicineLine, formulary: Formulary, limit: int) -> MedicineLine:
    """Return the line under the first of the medicine's names that a message has room for."""
    medicine = formulary.find(line.medicine, form=line.form)
    names = (medicine.name, *medicine.synonyms) if medicine else ()
    fitting = (name.upper() for name in names if len(name) <= limit)
    return replace(line, medicine=next(fitting, line.medicine))
