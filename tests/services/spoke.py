"""A health worker at her telephone, for the tests of hub and spoke."""

from __future__ import annotations

from gateway.db.models import Presentation
from gateway.services.health_workers import NewHealthWorker
from tests.services.data import STAFF
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys

WORKER = "+919800000007"
WRONG = "111111"
SIGNS = {
    "temperature": "1012",
    "pulse": "96",
    "blood_pressure": "150095",
    "oxygen": "91",
    "sugar": "",
    "weight": "524",
}


def enrolled(desk: Desk, phone: str = WORKER, *, language: str = "hi") -> str:
    """Put a health worker on record; return her PIN."""
    told = NewHealthWorker(
        name="Sunita Devi",
        centre="HWC Rampur",
        phone=phone,
        language=language,
        treating_name="K. Mehta",
        treating_registration="UP-77",
    )
    assert isinstance(desk.health_workers.enrol(told), str)
    made = desk.health_workers.make_pin(phone)
    assert isinstance(made, str)
    return made if made != WRONG else enrolled(desk, phone, language=language)


def new_pin(desk: Desk) -> str:
    """Another PIN for the health worker who is on record."""
    made = desk.health_workers.make_pin(WORKER)
    assert isinstance(made, str)
    return made


def dialled(desk: Desk, sid: str = "CAspoke", number: str = WORKER) -> Line:
    return Line(desk, sid, number=number, to=STAFF).dial()


def to_the_patient(
    desk: Desk, pin: str, *, number: str = "", sid: str = "CAspoke", apart: bool = False
) -> Line:
    """Through PIN and consent to the people of the patient's number, or to those of none."""
    line = dialled(desk, sid)
    line.key(pin)
    line.press("answer.if_yes")
    if number:
        line.press("answer.if_yes")
        line.key(number)
        if line.at == "spoke/ask_beside":
            line.press("answer.if_no" if apart else "answer.if_yes")
    else:
        line.press("answer.if_no")
    return line


def register_patient(line: Line, *, age: str = "34") -> None:
    """A woman, not pregnant, who says no name; up to the first sign."""
    if line.at == "visit/who":
        line.press("household.new")
    line.press("household.female")
    line.key(age)
    if line.at == "visit/ask_pregnant":
        line.press("answer.if_no")
    line.skip_name()


def find_patient(line: Line, *, age: str = "34") -> None:
    """A woman who is known, and whom this health worker was not offered before."""
    if line.at == "visit/who":
        line.press("household.new")
    line.press("household.female")
    line.key(age)
    line.pick()


def key_signs(line: Line, signs: dict[str, str] = SIGNS) -> None:
    for keyed in signs.values():
        line.key(keyed)


def to_the_token(line: Line, *, speciality: str = "speciality.general") -> str:
    """From the signs that are read back: right, the case is told, fever by keys, no danger."""
    line.press("heard.right")
    line.say("https://api.twilio.com/case")
    line.press(speciality)
    return fever_by_keys(line)


def presented(
    desk: Desk,
    *,
    number: str = "",
    speciality: str = "speciality.general",
    apart: bool = False,
) -> Line:
    """A health worker with a new patient and a token, all told."""
    line = to_the_patient(desk, enrolled(desk), number=number, apart=apart)
    register_patient(line)
    key_signs(line)
    to_the_token(line, speciality=speciality)
    return line


def signs_of(desk: Desk) -> dict[str, float]:
    [presentation] = desk.all(Presentation)
    return {each["sign"]: each["value"] for each in presentation.document["vitals"]}
