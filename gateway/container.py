"""The only place that chooses concrete parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import yaml
from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from config.settings import REPOSITORY, Settings, load_settings
from gateway import embedded
from gateway.db import migrate
from gateway.db.crypto import Keyring
from gateway.db.session import open_engine, open_sessions
from gateway.dead_letters import DeadLetters
from gateway.domain.formulary import Formulary, FormularyFile
from gateway.domain.slips import SlipChoices
from gateway.domain.triage import TriageRules
from gateway.domain.waiting_room import OrderRules
from gateway.jobs import JobParts, RqHints
from gateway.logging import configure as configure_logging
from gateway.paper.press import Press
from gateway.paper.signing import Seal
from gateway.services.accounts import Accounts
from gateway.services.areas import Area, Numbers, languages_for
from gateway.services.callers import Directory
from gateway.services.calls import Calls
from gateway.services.clinic import Clinic
from gateway.services.conversation import Conversation
from gateway.services.dispatch import Dispatch
from gateway.services.doctors_texts import DoctorsTexts
from gateway.services.duty import Duty
from gateway.services.effects import Effects
from gateway.services.hearing import RecogniserEar
from gateway.services.inbox import Inbox
from gateway.services.messages import Texts
from gateway.services.outbound import Placing
from gateway.services.ports import Carrier
from gateway.services.prescription_reading import Reading
from gateway.services.prescriptions import Prescriptions
from gateway.services.receipts import Receipts
from gateway.services.recordings import Complaints, Transcribing
from gateway.services.regimens import Regimens
from gateway.services.roads import Roads
from gateway.services.rota import Rota
from gateway.services.sending import Sending
from gateway.services.slips import Slips
from gateway.services.sweep import Sweeper
from gateway.services.triaging import Triage
from gateway.services.volunteering import Volunteering, symptom_codes
from gateway.services.waiting_room import WaitingRoom
from gateway.services.work import Hints, Work
from gateway.telephony.answers import TelephonyAnswers
from gateway.telephony.dialects import DIALECTS
from gateway.telephony.roster import Roster
from gateway.telephony.speech import AudioTokens, SpeechBook, load_voices
from gateway.web.app import create_app
from gateway.web.metrics import Metrics
from gateway.web.parts import WebParts
from gateway.web.prompt_audio import PromptAudio
from ivr_flows.engine.flow import FlowBook
from ivr_flows.loading import load_flow_book
from ivr_flows.recordings import Recorded, playable
from sms.catalogue import Catalogue
from sms.commands import CommandWords
from sms.loader import load_catalogue, load_commands
from speech.lexicon import load_lexicon
from speech.synthesis import synthesise

CONFIG = REPOSITORY / "config"


def utc_now() -> datetime:
    return datetime.now(UTC)


class Container:
    """Every part, made when first asked for; one for each process."""

    def __init__(self, settings: Settings, *, hints: Hints | None = None) -> None:
        self._settings = settings
        self._hints = hints
        configure_logging()

    @classmethod
    def from_environment(cls) -> Container:
        """Errors: SettingsError, with what to do."""
        return cls(load_settings())

    @property
    def redis_url(self) -> str:
        return self._settings.redis_url or embedded.socket_url(self._settings.data_dir)

    @cached_property
    def redis(self) -> Redis:
        return Redis.from_url(self.redis_url)

    @cached_property
    def keyring(self) -> Keyring:
        return Keyring.parse(self._settings.field_keys)

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self._settings.database, keyring=self.keyring)

    @cached_property
    def work(self) -> Work:
        hints = self._hints or RqHints(self.redis)
        return Work(sessions=open_sessions(self.engine), queue=hints, clock=utc_now)

    @cached_property
    def directory(self) -> Directory:
        return Directory(self.keyring)

    @cached_property
    def texts(self) -> Texts:
        return Texts(catalogue=self.sms_catalogue, toll_free=self._settings.toll_free_number)

    @cached_property
    def sms_catalogue(self) -> Catalogue:
        return load_catalogue(CONFIG / "sms.yaml")

    @cached_property
    def formulary(self) -> Formulary:
        return Formulary(FormularyFile.model_validate(_yaml("formulary.yaml")))

    @cached_property
    def order_rules(self) -> OrderRules:
        return OrderRules.model_validate(_yaml("waiting_room.yaml"))

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
    def effects(self) -> Effects:
        rules = TriageRules.model_validate(_yaml("triage.yaml"))
        return Effects(
            numbers=self.numbers,
            room=WaitingRoom(self.texts, self.order_rules),
            complaints=Complaints(self.ear),
            triage=Triage(rules),
            reading=Reading(
                catalogue=self.sms_catalogue,
                say={code: words.numbers.say for code, words in self.book.catalogues.items()},
            ),
            volunteering=Volunteering(symptom_codes(self.book)),
            duty=self.duty,
            dialable_helpline=self._settings.emergency_dial_number,
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
        return Area(languages, _ambulance(state))

    @cached_property
    def calls(self) -> Calls:
        return Calls(
            work=self.work,
            conversation=Conversation(book=self.book, effects=self.effects, answers=self.answers),
            directory=self.directory,
            numbers=self.numbers,
        )

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(work=self.work)

    @cached_property
    def rota(self) -> Rota:
        return Rota(work=self.work, directory=self.directory)

    @cached_property
    def duty(self) -> Duty:
        return Duty(directory=self.directory, texts=self.texts, languages=self.book.languages)

    @cached_property
    def sending(self) -> Sending:
        return Sending(work=self.work, carriers=self.carriers, roads=Roads(self.roster.for_texts))

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(
            work=self.work,
            directory=self.directory,
            texts=self.texts,
            words=self.command_words,
            first_language=self.numbers.service.languages[0],
            carrier=self._settings.default_carrier,
            doctors=self.doctors_texts,
        )

    @cached_property
    def doctors_texts(self) -> DoctorsTexts:
        return DoctorsTexts(
            self.work, self.duty, self.texts, self.command_words, self.prescriptions
        )

    @cached_property
    def command_words(self) -> CommandWords:
        return load_commands(CONFIG / "sms_commands.yaml")

    @cached_property
    def placing(self) -> Placing:
        return Placing(work=self.work, carriers=self.carriers)

    @cached_property
    def sweeper(self) -> Sweeper:
        return Sweeper(
            work=self.work,
            sending=self.sending,
            placing=self.placing,
            carrier=self._settings.default_carrier,
            follow_up_days=self._settings.follow_up_days,
            duty=self.duty,
            carriers=self.carriers,
        )

    @cached_property
    def prescriptions(self) -> Prescriptions:
        return Prescriptions(work=self.work, formulary=self.formulary, texts=self.texts)

    @cached_property
    def press(self) -> Press:
        seal = Seal.parse(self._settings.signing_key)
        return Press(self.sms_catalogue, seal, self._settings.origin)

    def job_parts(self) -> JobParts:
        return JobParts(
            transcribing=Transcribing(work=self.work, carriers=self.carriers, ear=self.ear),
            sending=self.sending,
            placing=self.placing,
            dispatch=Dispatch(
                work=self.work,
                carriers=self.carriers,
                default_carrier=self._settings.default_carrier,
                rules=self.order_rules,
            ),
        )

    def web_app(self) -> Flask:
        parts = WebParts(
            work=self.work,
            calls=self.calls,
            answers=self.answers,
            prompts=PromptAudio(
                book=self.speech_book,
                voice=synthesise,
                cache_dir=self._settings.data_dir / "audio",
                recorded=self.recordings,
                captions=self.captions,
            ),
            receipts=Receipts(self.work),
            inbox=self.inbox,
            accounts=self.accounts,
            rota=self.rota,
            clinic=Clinic(work=self.work),
            prescriptions=self.prescriptions,
            press=self.press,
            regimens=Regimens(self.work),
            slips=Slips(work=self.work, choices=self.slip_choices, texts=self.texts),
            guard=self.roster.guard(),
            readiness=_Readiness(self),
            metrics=Metrics(self.work),
            dead_letters=DeadLetters(self.redis),
            first_language=self.numbers.service.languages[0],
        )
        return create_app(
            parts,
            secret_key=self._settings.secret_key,
            origin=self._settings.origin,
            trusted_proxies=self._settings.trusted_proxies,
        )


def _yaml(name: str) -> Any:
    return yaml.load((CONFIG / name).read_text(encoding="utf-8"), yaml.CSafeLoader)


def _ambulance(state: str) -> str:
    """Return the number to name in an emergency in that state; `IN` holds everywhere."""
    helplines = _yaml("helplines.yaml")["helplines"]
    return str({**helplines["IN"], **helplines.get(state, {})}["emergency"])


class _Readiness:
    """Asks the database (and its schema) and the queue's store."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def problems(self) -> dict[str, str]:
        problems: dict[str, str] = {}
        try:
            if not migrate.is_current(self._container.engine):
                problems["database"] = "behind: run 'doorvani db upgrade'"
        except SQLAlchemyError:
            problems["database"] = "does not answer: see DATABASE_URL"
        try:
            self._container.redis.ping()
        except RedisError:
            problems["queue"] = "does not answer: see REDIS_URL"
        return problems
