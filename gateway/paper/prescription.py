"""A prescription on paper: a PDF of its stored document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from gateway.domain.errors import GatewayError
from gateway.domain.indian_time import IST
from gateway.paper.page import LINE_MM, SMALL, WIDTH_MM, Page
from gateway.paper.words import Document, age_of, dose_of, name_of, say
from sms.catalogue import Catalogue
from sms.medicine import line_from_json
from sms.render import RenderRefusal, spoken_line

_QR_MM: Final = 27
_BESIDE_QR_MM: Final = WIDTH_MM - _QR_MM - 6
_MEDICINE_MM: Final = 6 * LINE_MM
_TOLD: Final = ("history", "findings", "investigations")


@dataclass(frozen=True, slots=True)
class Printing:
    """What a page says besides the document; address: where a pharmacist looks the code up.

    at: when it is signed. cancelled_on: None while it stands.
    """

    catalogue: Catalogue
    address: str
    at: datetime
    cancelled_on: date | None = None


def render_pdf(document: Document, printing: Printing) -> bytes:
    """Return the prescription as an A4 PDF, in English with each medicine in the patient's words.

    Fields: those of Appendix 5 of the IMC Regulations 2002; what nobody told is left out.
    Errors: GatewayError when the catalogue has no words for a medicine.
    """
    read = own_words(document, printing.catalogue)
    page = Page(f"{document} {read}", foot=f"{say('title')} {document['code']}")
    page.set_title(f"{say('title')} {document['code']}")
    page.set_creation_date(printing.at)
    _head(page, document, printing)
    for label, text in _facts(document):
        page.fact(say(label), text)
    page.rule()
    page.paragraph(say("medicines"), bold=True)
    for medicine, words in zip(document["medicines"], read, strict=True):
        _medicine(page, medicine, words)
    if document["notes"]:
        page.rule()
        page.fact(say("notes"), document["notes"])
    _foot(page, document, printing)
    return bytes(page.output())


def _head(page: Page, document: Document, printing: Printing) -> None:
    doctor = document["doctor"]
    page.qr(printing.address, side_mm=_QR_MM)
    page.paragraph(say("doctor", **doctor), bold=True, size=13, width_mm=_BESIDE_QR_MM)
    page.paragraph(say("registration", **doctor), width_mm=_BESIDE_QR_MM)
    for text in (doctor.get("address"), doctor.get("contact")):
        if text:
            page.paragraph(text, width_mm=_BESIDE_QR_MM)
    modes = {"mode": document["mode"], "visit": say(document["visit"])}
    page.paragraph(say("mode", **modes), width_mm=_BESIDE_QR_MM)
    dates = {name: _day(document[name]) for name in ("issued_on", "valid_until")}
    page.paragraph(say("dates", code=document["code"], **dates), width_mm=_BESIDE_QR_MM)
    if printing.cancelled_on:
        cancelled = say("cancelled", day=_day(printing.cancelled_on.isoformat()))
        page.paragraph(cancelled, bold=True, size=13, width_mm=_BESIDE_QR_MM)
    page.rule()


def _facts(document: Document) -> Iterator[tuple[str, str]]:
    """Yield label and text of what is known of the patient; a document of old has less."""
    patient = document["patient"]
    yield "patient", ", ".join(_patient(patient))
    if patient.get("address"):
        yield "address", patient["address"]
    if document.get("presented_by"):
        yield "presented_by", say("presented", **document["presented_by"])
        yield "treating_doctor", say("treating", **document["treating_doctor"])
    if document["complaint"]:
        yield "complaint", ", ".join(code.replace("_", " ") for code in document["complaint"])
    for name in _TOLD:
        if document.get(name):
            yield name, document[name]
    if document.get("vitals"):
        yield "vitals", ", ".join(_measured(document["vitals"]))
    for name in ("allergies", "current_medicines"):
        if patient[name]:
            yield name, ", ".join(patient[name])
    yield "diagnosis", document["diagnosis"]


def _measured(vitals: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for each in vitals:
        unit = say("unit_Cel") if each["unit"] == "Cel" else each["unit"].replace("mm[Hg]", "mmHg")
        name = say(f"sign_{each['sign']}")
        yield say("vital", name=name, value=f"{each['value']:g}", unit=unit)


def _patient(patient: Mapping[str, Any]) -> Iterator[str]:
    yield name_of(patient)
    yield age_of(patient)
    yield say(patient["sex"])
    if patient["pregnant"]:
        yield say("pregnant")
    if patient["weight_kg"]:
        yield say("weight", n=f"{patient['weight_kg']:g}")
    if patient.get("height_cm"):
        yield say("height", n=patient["height_cm"])
    if patient.get("lmp_on"):
        yield say("lmp", day=_day(patient["lmp_on"]))


def _medicine(page: Page, medicine: Mapping[str, Any], own_words: str) -> None:
    page.keep_together(_MEDICINE_MM)
    line = medicine["line"]
    page.paragraph(say("medicine", **line) if line["strength"] else say("plain", **line), bold=True)
    page.paragraph(dose_of(medicine))
    if medicine["instructions"]:
        page.paragraph(medicine["instructions"])
    page.paragraph(own_words)
    page.ln(2)


def own_words(document: Document, catalogue: Catalogue) -> list[str]:
    """Return each medicine's line in the language that the patient's messages are written in."""
    return [
        _line(medicine, place, document.get("language", "en"), catalogue)
        for place, medicine in enumerate(document["medicines"], start=1)
    ]


def _line(medicine: Mapping[str, Any], place: int, language: str, catalogue: Catalogue) -> str:
    line = line_from_json(medicine["line"])
    words = spoken_line(line, position=place, language=language, catalogue=catalogue)
    if isinstance(words, RenderRefusal):
        raise GatewayError(f"a line of a prescription cannot be written in {language}")
    return words


def _foot(page: Page, document: Document, printing: Printing) -> None:
    page.keep_together(_MEDICINE_MM)
    page.rule()
    at = printing.at.astimezone(IST)
    signed = {"at": f"{_day(at.date().isoformat())}, {at:%H:%M}", **document["doctor"]}
    for text in (say("signed", **signed), say("check", address=printing.address), say("basis")):
        page.paragraph(text, size=SMALL)


def _day(iso: str) -> str:
    on = date.fromisoformat(iso)
    return f"{on.day} {on:%b %Y}"
