"""The page of the feature phones as a tester uses it, and the doctor's console beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.simulator.desk import DOCTOR, PATIENT

MISSED_CALL = "+911800000101"
KEY_NAMES = {"*": "star", "#": "hash"}
SCREENSHOTS = os.environ.get("DOORVANI_SCREENSHOTS")


def picture(page: Page, name: str, *, full_page: bool = False) -> None:
    """Save what the page shows, where DOORVANI_SCREENSHOTS names a folder for it."""
    if SCREENSHOTS:
        path = Path(SCREENSHOTS) / f"{name}.png"
        page.screenshot(path=path, full_page=full_page, animations="disabled")


@dataclass(frozen=True, slots=True)
class PhoneOnPage:
    root: Locator

    def part(self, test_id: str) -> Locator:
        return self.root.get_by_test_id(test_id)

    def press(self, digits: str) -> None:
        for digit in digits:
            self.part(f"key-{KEY_NAMES.get(digit, digit)}").click()

    def dial(self, number: str) -> None:
        self.press(number)
        expect(self.part("dial-number")).to_have_value(number)
        self.part("call").click()
        self.expect_state("talking")

    def expect_heard(self, words: str) -> None:
        expect(self.part("caption").locator(".prompt", has_text=words).last).to_be_attached()

    def read_newest(self) -> Locator:
        """Open the newest message; return its text."""
        self.part("softkey-left").click()
        expect(self.root).to_have_attribute("data-view", "list")
        self.part("sms-item").first.click()
        return self.part("sms-body")

    def expect_state(self, state: str) -> None:
        expect(self.root).to_have_attribute("data-state", state)

    def expect_task(self, task: str) -> None:
        expect(self.root).to_have_attribute("data-task", task)


@dataclass(frozen=True, slots=True)
class PhonesPage:
    page: Page

    @classmethod
    def open(cls, page: Page, url: str) -> PhonesPage:
        page.goto(url)
        return cls(page)

    def phone(self, number: str) -> PhoneOnPage:
        return PhoneOnPage(self.page.get_by_test_id(f"phone-{number}"))

    @property
    def patient(self) -> PhoneOnPage:
        return self.phone(PATIENT)

    @property
    def doctor(self) -> PhoneOnPage:
        return self.phone(DOCTOR)


@dataclass(frozen=True, slots=True)
class ConsolePage:
    """The doctor's console. Every part is found by its test id."""

    page: Page

    def part(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    def sign_in(self, url: str, *, username: str, password: str) -> None:
        self.page.goto(url)
        self.part("username").fill(username)
        self.part("password").fill(password)
        self.part("sign-in").click()

    def write_medicine(self, name: str, *, strength: str, dose: str, days: str) -> None:
        self.part("medicine-name").fill(name)
        self.part("medicine-strength").select_option(label=strength)
        self.part("medicine-dose").fill(dose)
        self.part("medicine-days").fill(days)
