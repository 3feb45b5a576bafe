"""The catalogue that ships, read once for the tests of this folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sms.catalogue import Catalogue
from sms.loader import load_catalogue

CONFIG = Path(__file__).parents[2] / "config"


@cache
def shipped() -> Catalogue:
    return load_catalogue(CONFIG / "sms.yaml")
