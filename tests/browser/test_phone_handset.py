"""The handset and what stands around it: messages, keyboard, event log, narrow screens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.pages import MISSED_CALL, PhonesPage
from tests.simulator.desk import DOCTOR, PATIENT, TOLL_FREE, Desk, StubGateway, twiml

pytestmark = pytest.mark.browser

WELCOME = '<Say language="hi-IN">नमस्ते, दूरवाणी।</Say>'
ASK = f'<Gather numDigits="1" timeout="30" action="/key">{WELCOME}</Gather><Hangup/>'
TOKEN_SMS = "दूरवाणी: आपका टोकन 427 है। डॉक्टर आपको फ़ोन करेंगे।"


def send_sms(desk: Desk, body: str) -> None:
    form = {"To": PATIENT, "From": "DRVANI", "Body": body}
    assert desk.rest("POST", "/Messages.json", form).status_code == 201


def test_an_sms_arrives_unread_and_is_read_in_devanagari(phones: PhonesPage, desk: Desk) -> None:
    patient = phones.patient
    send_sms(desk, TOKEN_SMS)
    send_sms(desk, "Your token is 427.")
    expect(patient.part("unread")).to_have_text("2")
    patient.part("softkey-left").click()
    item = patient.part("sms-item").filter(has_text="टोकन")
    expect(item).to_have_attribute("data-unread", "true")
    item.click()
    expect(patient.part("sms-body")).to_have_text(TOKEN_SMS)
    expect(patient.part("sms-body")).to_have_attribute("lang", "hi")
    patient.part("softkey-right").click()
    expect(item).to_have_attribute("data-unread", "false")
    phones.page.reload()
    expect(patient.part("unread")).to_have_text("1")


def test_messages_open_at_the_newest(phones: PhonesPage, desk: Desk) -> None:
    send_sms(desk, "Your token is 426.")
    expect(phones.patient.part("unread")).to_have_text("1")
    send_sms(desk, "Your token is 427.")
    expect(phones.patient.part("unread")).to_have_text("2")
    phones.patient.part("softkey-left").click()
    phones.patient.part("softkey-left").click()
    expect(phones.patient.part("sms-body")).to_have_text("Your token is 427.")


def test_markup_in_a_message_stays_text(phones: PhonesPage, desk: Desk) -> None:
    body = '<img src=x onerror="document.title=1"><b>bold</b>'
    send_sms(desk, body)
    expect(phones.patient.part("unread")).to_have_text("1")
    phones.patient.part("softkey-left").click()
    phones.patient.part("sms-item").click()
    expect(phones.patient.part("sms-body")).to_have_text(body)
    expect(phones.patient.part("sms-body").locator("b")).to_have_count(0)


def test_a_message_is_written_and_sent(
    phones: PhonesPage, desk: Desk, gateway: StubGateway
) -> None:
    patient = phones.patient
    patient.part("softkey-left").click()
    patient.part("softkey-left").click()
    patient.part("sms-to").fill("1800 000 100")
    patient.part("sms-text").fill("दवा कब लेनी है?")
    patient.part("softkey-left").click()
    form = gateway.wait_for("/sms")[0].form
    assert (form["From"], form["To"], form["Body"]) == (PATIENT, TOLL_FREE, "दवा कब लेनी है?")


def test_the_keyboard_alone_is_enough(phones: PhonesPage, desk: Desk, gateway: StubGateway) -> None:
    gateway.answers |= {"/incoming": twiml(ASK), "/key": twiml('<Pause length="60"/>')}
    keyboard = phones.page.keyboard
    phones.patient.part("handset").focus()
    keyboard.type("18000001009")
    keyboard.press("Backspace")
    keyboard.press("Enter")
    phones.patient.expect_state("talking")
    keyboard.type("7")
    assert gateway.wait_for("/key")[0].form["Digits"] == "7"
    keyboard.press("Escape")
    phones.patient.expect_state("ended")
    assert desk.phone(PATIENT).state()["state"] == "idle"


def test_enter_after_a_click_on_a_key_calls_instead_of_typing_again(
    phones: PhonesPage, gateway: StubGateway
) -> None:
    gateway.answers |= {"/incoming": twiml(ASK)}
    phones.patient.press("1800000100")
    phones.page.keyboard.press("Enter")
    phones.patient.expect_state("talking")
    assert gateway.wait_for("/incoming")[0].form["To"] == TOLL_FREE


def test_a_long_press_on_zero_types_a_plus(phones: PhonesPage) -> None:
    phones.patient.part("key-0").click(delay=800)
    phones.patient.press("91")
    expect(phones.patient.part("dial-number")).to_have_value("+91")


def test_a_missed_call_rings_once_and_hangs_up(phones: PhonesPage, gateway: StubGateway) -> None:
    gateway.answers |= {"/missed": twiml('<Pause length="60"/>')}
    phones.patient.part("missed-call").click()
    assert gateway.wait_for("/missed")[0].form["To"] == MISSED_CALL
    phones.patient.expect_state("ended")
    phones.patient.expect_state("idle")


def test_a_number_that_nobody_has_is_told_on_the_screen(phones: PhonesPage) -> None:
    phones.patient.press("9800000077")
    phones.patient.part("call").click()
    expect(phones.patient.part("view")).to_contain_text("number not in service")


def test_what_is_no_number_is_refused_in_words(phones: PhonesPage) -> None:
    phones.patient.press("*#")
    phones.patient.part("call").click()
    expect(phones.patient.part("notice")).to_be_visible()
    phones.patient.expect_state("idle")


def test_a_page_opened_during_a_call_shows_it(
    phones: PhonesPage, desk: Desk, gateway: StubGateway
) -> None:
    gateway.answers |= {"/incoming": twiml(ASK)}
    desk.phone(PATIENT).do("dial", to=TOLL_FREE)
    phones.patient.expect_task("gathering")
    phones.page.reload()
    phones.patient.expect_state("talking")
    phones.patient.expect_task("gathering")
    expect(phones.patient.part("peer")).to_have_text("1800 000 100")


def test_captions_can_be_hidden_and_sound_muted(phones: PhonesPage) -> None:
    patient = phones.patient
    patient.part("caption-toggle").click()
    expect(patient.part("caption")).to_be_hidden()
    patient.part("caption-toggle").click()
    expect(patient.part("caption")).to_be_visible()
    patient.part("mute").click()
    expect(patient.part("mute")).to_have_attribute("aria-pressed", "true")


def test_the_event_log_shows_webhooks_with_their_fine_print(
    phones: PhonesPage, gateway: StubGateway
) -> None:
    gateway.answers |= {"/incoming": twiml(ASK), "/key": twiml("<Hangup/>")}
    phones.patient.part("quick-dial").click()
    phones.patient.expect_task("gathering")
    phones.patient.press("1")
    log = phones.page.get_by_test_id("event-log")
    webhook = log.get_by_test_id("event-row").filter(has_text="POST /key")
    expect(webhook).to_contain_text("200")
    webhook.locator("summary").click()
    expect(webhook.locator("pre")).to_contain_text("Digits = 1")
    log.get_by_test_id("event-filter").fill("webhook")
    expect(log.locator('[data-kind="gathered"]')).to_be_hidden()
    log.get_by_test_id("event-clear").click()
    expect(log.get_by_test_id("event-row")).to_have_count(0)


def test_the_page_fits_a_narrow_screen_and_names_every_control(phones: PhonesPage) -> None:
    phones.page.set_viewport_size({"width": 360, "height": 740})
    assert phones.page.evaluate("document.documentElement.scrollWidth") == 360
    names = phones.page.locator("button, input, a").evaluate_all(
        "all => all.map(one => one.ariaLabel || one.textContent.trim()"
        " || one.labels?.[0]?.textContent.trim() || '')"
    )
    assert len(names) > 50
    assert all(names), names


def test_a_call_that_rings_while_the_page_asks_how_things_stand_is_not_lost(
    page: Page, desk: Desk, gateway: StubGateway
) -> None:
    gateway.answers |= {"/outbound": twiml(WELCOME)}
    held: list[tuple[Route, APIResponse]] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route(re.compile(rf"/phones/%2B{DOCTOR.removeprefix('+')}$"), hold_the_first)
    phones = PhonesPage.open(page, desk.url("/"))
    expect(phones.doctor.part("call-log")).to_be_attached()
    desk.call(DOCTOR)
    phones.doctor.expect_state("ringing")
    [(route, as_it_stood_before)] = held
    with page.expect_response(route.request.url):
        route.fulfill(response=as_it_stood_before)
    expect(phones.doctor.part("call-log-item")).to_have_count(1)
    phones.doctor.expect_state("ringing")


def test_ringing_stands_still_for_those_who_want_less_motion(
    phones: PhonesPage, desk: Desk, gateway: StubGateway
) -> None:
    gateway.answers |= {"/outbound": twiml(WELCOME)}
    phones.page.emulate_media(reduced_motion="reduce")
    desk.call(DOCTOR)
    phones.doctor.expect_state("ringing")
    expect(phones.doctor.part("handset")).to_have_css("animation-name", "none")
    phones.page.emulate_media(reduced_motion="no-preference")
    expect(phones.doctor.part("handset")).to_have_css("animation-name", "shake")
