"""What ships, loaded once, and the telephone numbers that the tests of the services use."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import yaml

from gateway.domain.tips import Tips
from gateway.domain.triage import TriageRules
from gateway.domain.vitals import VitalRules
from gateway.services.areas import Area, Numbers
from ivr_flows.catalogues import LOCALE, load_numbers
from ivr_flows.engine.dates import say_date
from ivr_flows.engine.flow import FlowBook
from ivr_flows.loading import load_flow_book
from sms.catalogue import Catalogue
from sms.commands import CommandWords
from sms.loader import load_catalogue, load_commands

ROOT = Path(__file__).parents[2]
ORIGIN = "https://doorvani.example"
PATIENT = "+919800000001"
DOCTOR = "+919800000002"
TOLL_FREE = "+911800000100"
MISSED_CALL = "+911800000101"
VOLUNTEERS = "+911800000109"
STAFF = "+911800000108"
# Numbers of another area, in which English comes first.
OTHER_TOLL_FREE = "+911800000200"
OTHER_MISSED_CALL = "+911800000201"
OTHER_AREA = Area(("en", "hi"), "108", "TN")
NUMBERS = Numbers(
    service=Area(("hi", "en"), "112"),
    toll_free={TOLL_FREE},
    missed_call={MISSED_CALL, OTHER_MISSED_CALL},
    flows={VOLUNTEERS: "volunteer", STAFF: "duty"},
    by_number={OTHER_TOLL_FREE: OTHER_AREA, OTHER_MISSED_CALL: OTHER_AREA},
)


@cache
def flow_book() -> FlowBook:
    return load_flow_book()


def day_in_hindi(day: date) -> str:
    return say_date(day, "hi", load_numbers(LOCALE, "hi"))


@cache
def sms_catalogue() -> Catalogue:
    return load_catalogue(ROOT / "config" / "sms.yaml")


@cache
def command_words() -> CommandWords:
    return load_commands(ROOT / "config" / "sms_commands.yaml")


@cache
def shipped_tips() -> Tips:
    return Tips.model_validate(yaml.safe_load((ROOT / "config" / "tips.yaml").read_text()))


@cache
def triage_rules() -> TriageRules:
    return TriageRules.model_validate(yaml.safe_load((ROOT / "config" / "triage.yaml").read_text()))


@cache
def vital_rules() -> VitalRules:
    return VitalRules.model_validate(yaml.safe_load((ROOT / "config" / "vitals.yaml").read_text()))
