"""What use cases stand on: settings, database, queue, the data that people edit, the carriers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

import yaml
from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine

from config.settings import REPOSITORY, Settings, load_settings
from gateway import embedded
from gateway.db.crypto import Keyring
from gateway.db.session import open_engine, open_sessions
from gateway.domain.diagnoses import Diagnoses
from gateway.domain.formulary import Formulary, FormularyFile
from gateway.domain.hours import Hours
from gateway.domain.rates import RateLimits, Traffic
from gateway.domain.slips import SlipChoices
from gateway.domain.tips import Tips
from gateway.domain.triage import TriageRules
from gateway.domain.vitals import VitalRules
from gateway.domain.waiting_room import RoomRules
from gateway.jobs import RqHints
from gateway.logging import configure as configure_logging
from gateway.services.areas import Area, Numbers, languages_for
from gateway.services.callers import Directory
from gateway.services.hearing import RecogniserEar
from gateway.services.ports import Carrier
from gateway.services.rates import Rates
from gateway.services.work import Hints, Work
from gateway.telephony.answers import TelephonyAnswers
from gateway.telephony.dialects import DIALECTS
from gateway.telephony.roster import Roster
from gateway.telephony.speech import AudioTokens, SpeechBook, load_voices
from ivr_flows.engine.flow import FlowBook
from ivr_flows.loading import load_flow_book
from ivr_flows.recordings import Recorded, playable
from sms.catalogue import Catalogue
from sms.commands import CommandWords
from sms.lint import lint
from sms.loader import CatalogueError, load_catalogue, load_commands
from speech.lexicon import load_lexicon

CONFIG = REPOSITORY / "config"


# The client's own habit is 5 s, and to try ten times more.
REDIS_WAIT_S = 1.0


def utc_now() -> datetime:
    return datetime.now(UTC)


def impatient_redis(url: str) -> Redis:
    """Return a client that waits for one answer `REDIS_WAIT_S` and asks once."""
    return Redis.from_url(
        url,
        socket_timeout=REDIS_WAIT_S,
        socket_connect_timeout=REDIS_WAIT_S,
        retry=Retry(NoBackoff(), 0),
    )


def patient_redis(url: str) -> Redis:
    """Return a client for whoever lives on it: a queue that restarts is waited for half a minute.

    Over a Unix socket the client's own habit is to try once.
    """
    return Redis.from_url(url, retry=Retry(ExponentialBackoff(cap=1.0, base=0.05), 30))


class Foundations:
    """Parts below the use cases, made when first asked for; one for each process."""

    def __init__(self, settings: Settings, *, hints: Hints | None = None) -> None:
        self._settings = settings
        self._hints = hints
        configure_logging()

    @classmethod
    def from_environment(cls) -> Self:
        """Errors: SettingsError, with what to do."""
        return cls(load_settings())

    @property
    def redis_url(self) -> str:
        return self._settings.redis_url or embedded.socket_url(self._settings.data_dir)

    @cached_property
    def redis(self) -> Redis:
        """For whoever must not wait long for it: a hint is worth a second of a caller's silence."""
        return impatient_redis(self.redis_url)

    @cached_property
    def keyring(self) -> Keyring:
        return Keyring.parse(self._settings.field_keys)

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self._settings.database, keyring=self.keyring)

    @cached_property
    def work(self) -> Work:
        hints = self._hints or RqHints(self.redis)
        sessions = open_sessions(self.engine)
        return Work(sessions=sessions, queue=hints, clock=utc_now, rules=self.room_rules)

    @cached_property
    def directory(self) -> Directory:
        return Directory(self.keyring)

    @cached_property
    def sms_catalogue(self) -> Catalogue:
        """Errors: CatalogueError where a rule is broken; an operator would drop what is sent."""
        catalogue = load_catalogue(CONFIG / "sms.yaml")
        if problems := lint(catalogue):
            told = [f"{p.locale or 'all'} {p.key}: {p.rule}: {p.detail}" for p in problems]
            raise CatalogueError("\n".join(told))
        return catalogue

    @cached_property
    def diagnoses(self) -> Diagnoses:
        return Diagnoses.model_validate(_yaml("diagnoses.yaml"))

    @cached_property
    def formulary(self) -> Formulary:
        return Formulary(FormularyFile.model_validate(_yaml("formulary.yaml")))

    @cached_property
    def room_rules(self) -> RoomRules:
        return RoomRules.model_validate(_yaml("waiting_room.yaml"))

    @cached_property
    def hours(self) -> Hours:
        return Hours.model_validate(_yaml("hours.yaml"))

    @cached_property
    def rates(self) -> Rates:
        members = self.roster.members.items()
        return Rates(
            RateLimits.model_validate(_yaml("rates.yaml")),
            senders={
                Traffic.TEXTS: {name: member.sms_sender for name, member in members},
                Traffic.CALLS: {name: member.number for name, member in members},
            },
        )

    @cached_property
    def tips(self) -> Tips:
        return Tips.model_validate(_yaml("tips.yaml"))

    @cached_property
    def triage_rules(self) -> TriageRules:
        return TriageRules.model_validate(_yaml("triage.yaml"))

    @cached_property
    def vital_rules(self) -> VitalRules:
        return VitalRules.model_validate(_yaml("vitals.yaml"))

    @cached_property
    def slip_choices(self) -> SlipChoices:
        return SlipChoices.model_validate(_yaml("slips.yaml"))

    @cached_property
    def book(self) -> FlowBook:
        return load_flow_book()

    @cached_property
    def ear(self) -> RecogniserEar:
        return RecogniserEar(load_lexicon(), self._settings.speech_models_dir)

    @cached_property
    def speech_book(self) -> SpeechBook:
        return SpeechBook(
            origin=self._settings.origin,
            tokens=AudioTokens(self._settings.secret_key),
            voices=load_voices(CONFIG / "voices.yaml"),
            recordings={key: found.version for key, found in self.recordings.items()},
        )

    @cached_property
    def recordings(self) -> Mapping[tuple[str, str], Recorded]:
        return playable(self.book.catalogues)

    @property
    def captions(self) -> Mapping[tuple[str, str], str]:
        """The words of recordings, so that the phones on a developer's desk can show them."""
        if not self._settings.is_development:
            return {}
        return {
            (key, language): template.text
            for language, catalogue in self.book.catalogues.items()
            for key, template in catalogue.templates.items()
        }

    @cached_property
    def answers(self) -> TelephonyAnswers:
        return TelephonyAnswers(
            origin=self._settings.origin,
            caller_id=self._settings.toll_free_number,
            dialects=DIALECTS,
            speech=self.speech_book,
            book=self.book,
            caller_ids=self.roster.numbers,
            keys=self.roster.keys,
        )

    @cached_property
    def carriers(self) -> dict[str, Carrier]:
        return self.roster.carriers()

    @cached_property
    def roster(self) -> Roster:
        settings = self._settings
        return Roster(
            settings.origin, settings.carriers, settings.default_carrier, settings.texts_by
        )

    @cached_property
    def numbers(self) -> Numbers:
        settings, states = self._settings, self._settings.doorvani_number_states
        return Numbers(
            service=self._area(settings.state_code),
            toll_free=frozenset({settings.toll_free_number}),
            missed_call=settings.all_missed_call_numbers,
            flows=settings.numbers_with_a_flow,
            by_number={number: self._area(state) for number, state in states.items()},
        )

    def _area(self, state: str) -> Area:
        areas = _yaml("languages.yaml")["areas"]
        languages = languages_for(state, areas=areas, shipped=self.book.languages)
        return Area(languages, _ambulance(state), self.room_rules.registration.state_of(state))

    @cached_property
    def command_words(self) -> CommandWords:
        return load_commands(CONFIG / "sms_commands.yaml")


def _yaml(name: str) -> Any:
    return yaml.load((CONFIG / name).read_text(encoding="utf-8"), yaml.CSafeLoader)


def _ambulance(state: str) -> str:
    """Return the number to name in an emergency in that state; `IN` holds everywhere."""
    helplines = _yaml("helplines.yaml")["helplines"]
    return str({**helplines["IN"], **helplines.get(state, {})}["emergency"])
