"""A real browser, and a desk of phones for it: a simulator and a small gateway behind it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from config.settings import Environment, Settings, developer_secrets
from gateway import embedded
from gateway.commands.run import desk_settings, environment_of, prepare
from gateway.container import Container
from gateway.running import everything, free_port
from ivr_flows.engine.catalogue import Catalogue
from simulator.server import start
from simulator.settings import CarrierNumber, PhoneEntry
from tests.browser.pages import MISSED_CALL, PhonesPage
from tests.simulator.desk import DOCTOR, PATIENT, TOLL_FREE, Desk, StubGateway, settings_for, twiml

NO_CHROMIUM = "no Chromium installed: browser tests skipped"
NAMES = ("chromium", "chromium-browser", "google-chrome")
# A fake microphone that beeps, and sound without a gesture; nothing that reaches outside.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
PATIENCE_MS = 15_000
# Line seconds in a second of the clock: captions hurry, and a key still comes within a time-out.
CLINIC_SPEED = 3


@dataclass(frozen=True, slots=True)
class Clinic:
    """The whole service on this machine. catalogue: what a patient of its first language hears."""

    settings: Settings
    catalogue: Catalogue

    def words(self, prompt: str) -> str:
        return self.catalogue.templates[prompt].text


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The installed Chromium. Without one the test is skipped, but fails where CI runs."""
    executable = find_chromium()
    if executable is None and os.environ.get("CI"):
        pytest.fail("no Chromium installed, and in CI the browser tests never are skipped")
    if executable is None:
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    expect.set_options(timeout=PATIENCE_MS)
    opened = browser.new_context(
        viewport={"width": 1280, "height": 1000}, locale="en-IN", timezone_id="Asia/Kolkata"
    )
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose scripts must not fail: an uncaught error fails the test that met it."""
    errors: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    assert not errors, errors


@pytest.fixture
def gateway() -> Iterator[StubGateway]:
    stub = StubGateway()
    stub.answers |= {"/status": twiml(), "/sms": twiml(), "/receipt": twiml()}
    yield stub
    stub.stop()


@pytest.fixture
def desk(gateway: StubGateway) -> Iterator[Desk]:
    """A carrier in real time, with a patient's and a doctor's phone."""
    numbers = tuple(
        CarrierNumber(number, voice_url=f"{gateway.origin}{path}", sms_url=f"{gateway.origin}/sms")
        for number, path in ((TOLL_FREE, "/incoming"), (MISSED_CALL, "/missed"))
    )
    settings = settings_for(
        gateway,
        numbers=numbers,
        speed=1.0,
        phones=(PhoneEntry(PATIENT, "Asha", "patient"), PhoneEntry(DOCTOR, "Dr. Rao", "doctor")),
        toll_free_number=TOLL_FREE,
        missed_call_number=MISSED_CALL,
        console_url=f"{gateway.origin}/console",
    )
    running = Desk(gateway, start(settings))
    yield running
    running.simulator.stop()


@pytest.fixture
def phones(page: Page, desk: Desk) -> PhonesPage:
    return PhonesPage.open(page, desk.url("/"))


@pytest.fixture(scope="module")
def clinic(browser: Browser) -> Iterator[Clinic]:
    """Every process of the service, started anew; without a browser it is not even begun."""
    # A Unix socket's path may be about 100 characters long, so not under pytest's own folder.
    with TemporaryDirectory(prefix="dv-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield from _clinic(Path(folder))


def _clinic(folder: Path) -> Iterator[Clinic]:
    plain = Settings(doorvani_env=Environment.DEVELOPMENT).model_copy(
        update={
            "data_dir": folder,
            "port": free_port(),
            "database_url": f"sqlite:///{folder / 'clinic.sqlite3'}",
            **developer_secrets(folder),
        }
    )
    carrier_port = free_port()
    with embedded.valkey(folder) as url:
        settings = desk_settings(plain, redis_url=url, carrier_port=carrier_port)
        parts = Container(settings)
        prepare(parts)
        parts.engine.dispose()
        with everything(
            data_dir=folder,
            environment={**environment_of(settings), "SIMULATOR_SPEED": str(CLINIC_SPEED)},
            web_port=settings.port,
            carrier_port=carrier_port,
        ):
            yield Clinic(settings, parts.book.catalogue("hi"))
