"""The page of the feature phones as a tester uses it."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.simulator.desk import DOCTOR, PATIENT

MISSED_CALL = "+911800000101"
KEY_NAMES = {"*": "star", "#": "hash"}


@dataclass(frozen=True, slots=True)
class PhoneOnPage:
    root: Locator

    def part(self, test_id: str) -> Locator:
        return self.root.get_by_test_id(test_id)

    def press(self, digits: str) -> None:
        for digit in digits:
            self.part(f"key-{KEY_NAMES.get(digit, digit)}").click()

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
