"""From dial to prescription in a real browser, over the whole service."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

from gateway.commands.run import DOCTOR_NAME, DOCTOR_PASSWORD
from speech.synthesis import synthesise
from tests.browser.conftest import Clinic
from tests.browser.pages import ConsolePage, PhoneOnPage, PhonesPage, picture
from tests.domain.order_file import ORDER

pytestmark = pytest.mark.browser

TOLL_FREE_AS_DIALLED = "1800000100"
NEIGHBOUR = "+919800000003"
SHORTEST_TALK_S = ORDER.talk.shortest_seconds
# Whichever of the two patients came first.
A_TOKEN = re.compile(r"टोकन 000[12]\.")
# What is heard, and what she presses then: a woman of 34 with a fever.
WHO_SHE_IS = (
    ("language.own", "1"),
    ("consent.agree", "1"),
    ("household.self_female", "1"),
    ("household.ask_age", "34"),
    ("answer.if_no", "2"),
)
NO_DANGER = (("danger.ask", "2"),)
BY_KEYS = (
    ("tell.by_keys", "2"),
    ("area.general", "1"),
    # Fever is named among the areas, too, so the question is waited for.
    ("area.which", "1"),
    ("duration.few", "2"),
    ("severity.mild", "1"),
)


@pytest.fixture
def fever(tmp_path: Path) -> Path:
    """The word for fever, spoken."""
    file = tmp_path / "fever.wav"
    file.write_bytes(synthesise("बुखार", "hi"))
    return file


def answer(phone: PhoneOnPage, clinic: Clinic, *plan: tuple[str, str]) -> None:
    """Press each key (or keys) as soon as the words that ask for it are heard."""
    for prompt, keys in plan:
        phone.expect_heard(clinic.words(prompt))
        phone.press(keys)


def complain_aloud(patient: PhoneOnPage, clinic: Clinic, words: Path) -> None:
    """She is silent when her name is asked for, says what the trouble is, and says yes to it."""
    patient.expect_heard(clinic.words("tell.after_tone"))
    patient.expect_task("recording")
    patient.part("sample-file").set_input_files(words)
    patient.expect_heard("मैंने सुना: बुखार")
    patient.press("1")


def talk(patient: PhoneOnPage, doctor: PhoneOnPage, clinic: Clinic) -> None:
    """They are joined, long enough for a talk; what is cut sooner was none."""
    doctor.expect_state("ringing")
    doctor.part("call").click()
    answer(doctor, clinic, ("offer.accept", "1"))
    for phone in (patient, doctor):
        phone.expect_task("bridged")
    time.sleep(SHORTEST_TALK_S + 1)


def prescribe(console: ConsolePage) -> str:
    """The doctor opens the visit, writes, looks at the preview and issues; return the code."""
    console.part("visit-link").click()
    console.part("diagnosis").fill("viral fever")
    console.write_medicine("paracetamol", strength="tablet 500 mg", dose="1-0-1", days="3")
    console.part("check").click()
    expect(console.part("preview")).to_contain_text("Nothing stands against it.")
    expect(console.part("preview-sms").filter(has_text="500 mg")).to_have_count(1)
    picture(console.page, "console", full_page=True)
    console.part("issue").click()
    expect(console.part("issued")).to_have_count(1)
    return console.page.url.rpartition("#rx-")[2]


def test_from_dial_to_prescription(
    page: Page, context: BrowserContext, clinic: Clinic, fever: Path
) -> None:
    phones = PhonesPage.open(page, clinic.settings.twilio_api_url)
    patient, doctor = phones.patient, phones.doctor
    patient.dial(TOLL_FREE_AS_DIALLED)
    answer(patient, clinic, *WHO_SHE_IS)
    complain_aloud(patient, clinic, fever)
    answer(patient, clinic, *NO_DANGER)
    talk(patient, doctor, clinic)
    expect(patient.part("unread")).to_have_text("1")
    picture(page, "phones")
    doctor.part("hangup").click()
    patient.expect_state("ended")
    expect(patient.read_newest()).to_contain_text(A_TOKEN)
    patient.part("softkey-right").click()

    console = ConsolePage(context.new_page())
    console.sign_in(
        f"{clinic.settings.origin}/console", username=DOCTOR_NAME, password=DOCTOR_PASSWORD
    )
    code = prescribe(console)

    messages = patient.part("sms-item")
    expect(messages).to_have_count(4)
    expect(messages.filter(has_text=code)).to_have_count(1)
    expect(messages.filter(has_text="500 mg")).to_have_count(1)


def test_a_symptom_chosen_on_the_keypad_leads_to_a_token(page: Page, clinic: Clinic) -> None:
    carrier = clinic.settings.twilio_api_url
    neighbour = {"number": NEIGHBOUR, "name": "Neighbour", "role": "patient"}
    requests.post(f"{carrier}/phones", json=neighbour, timeout=5).raise_for_status()
    phone = PhonesPage.open(page, f"{carrier}/?phone={quote(NEIGHBOUR)}").phone(NEIGHBOUR)
    phone.dial(TOLL_FREE_AS_DIALLED)
    answer(phone, clinic, *WHO_SHE_IS, *BY_KEYS, *NO_DANGER)
    expect(phone.part("unread")).to_have_text("1")
    phone.part("hangup").click()
    expect(phone.read_newest()).to_contain_text(A_TOKEN)
