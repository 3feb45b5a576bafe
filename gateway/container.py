"""The only place, with the foundations beneath it, that chooses concrete parts."""

from __future__ import annotations

from functools import cached_property, partial

from flask import Flask

from gateway.dead_letters import DeadLetters
from gateway.foundations import Foundations
from gateway.jobs import JobParts
from gateway.paper.press import Press
from gateway.paper.signing import Seal
from gateway.readiness import Readiness
from gateway.services.accounts import Accounts
from gateway.services.aftercare_texts import AftercareTexts
from gateway.services.calls import Calls
from gateway.services.clinic import Clinic
from gateway.services.conversation import Conversation
from gateway.services.dispatch import Dispatch
from gateway.services.doctor_phones import DoctorPhones
from gateway.services.doctors_texts import DoctorsTexts
from gateway.services.duty import Duty
from gateway.services.effects import Effects
from gateway.services.health_workers import HealthWorkers
from gateway.services.inbox import Inbox
from gateway.services.keyed_medicines import KeyedMedicines
from gateway.services.keyed_prescriptions import KeyedPrescriptions
from gateway.services.keyed_slips import KeyedSlips
from gateway.services.letters import Letters
from gateway.services.messages import Texts
from gateway.services.placing import Placing
from gateway.services.prescription_reading import Reading
from gateway.services.prescriptions import Prescriptions
from gateway.services.presenting import Presenting
from gateway.services.receipts import Receipts
from gateway.services.recordings import Complaints, Transcribing
from gateway.services.regimens import Regimens
from gateway.services.roads import Roads
from gateway.services.rooms import Rooms
from gateway.services.rota import Rota
from gateway.services.sending import Sending
from gateway.services.slips import Slips
from gateway.services.spokes import Spokes
from gateway.services.sweep import Sweeper
from gateway.services.text_claims import Claims
from gateway.services.triaging import Triage
from gateway.services.vitals import Vitals
from gateway.services.volunteering import Volunteering, symptom_codes
from gateway.services.waiting_room import WaitingRoom
from gateway.telephony.dialects import DIALECTS
from gateway.web.app import create_app
from gateway.web.metrics import Metrics
from gateway.web.parts import WebParts
from gateway.web.prompt_audio import PromptAudio
from ivr_flows.engine.dates import say_date
from speech.synthesis import synthesise


class Container(Foundations):
    """Every use case, made when first asked for; one for each process."""

    @cached_property
    def texts(self) -> Texts:
        return Texts(catalogue=self.sms_catalogue, toll_free=self._settings.toll_free_number)

    @cached_property
    def effects(self) -> Effects:
        return Effects(
            numbers=self.numbers,
            room=WaitingRoom(self.texts, self.numbers, Presenting(self.vital_rules), self.tips),
            complaints=Complaints(self.ear, self.triage_rules),
            triage=Triage(self.triage_rules, self.vital_rules),
            reading=self.reading,
            volunteering=Volunteering(symptom_codes(self.book)),
            duty=self.duty,
            spokes=self.spokes,
            vitals=Vitals(self.vital_rules),
            keyed=KeyedPrescriptions(
                self.prescriptions,
                KeyedMedicines(self.formulary, self.diagnoses, self.reading),
                self.vital_rules,
            ),
            letters=Letters(self.sms_catalogue),
            keyed_slips=KeyedSlips(self.slips, self.reading),
            aftercare_texts=self.aftercare_texts,
            dialable_helpline=self._settings.emergency_dial_number,
        )

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
    def doctor_phones(self) -> DoctorPhones:
        return DoctorPhones(work=self.work, directory=self.directory)

    @cached_property
    def duty(self) -> Duty:
        return Duty(directory=self.directory, texts=self.texts, languages=self.book.languages)

    @cached_property
    def health_workers(self) -> HealthWorkers:
        return HealthWorkers(work=self.work, directory=self.directory)

    @cached_property
    def spokes(self) -> Spokes:
        conferring = frozenset(name for name, dialect in DIALECTS.items() if dialect.can_confer)
        return Spokes(self.health_workers, self.directory, self.numbers, conferring)

    @cached_property
    def sending(self) -> Sending:
        return Sending(
            work=self.work,
            carriers=self.carriers,
            claims=Claims(
                work=self.work,
                roads=Roads(self.roster.for_texts),
                rates=self.rates,
                lane_hours=self.hours.of_lanes(self.sms_catalogue.lanes),
            ),
        )

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
    def placing(self) -> Placing:
        return Placing(
            work=self.work,
            carriers=self.carriers,
            default_carrier=self._settings.default_carrier,
            hours=self.hours,
            rates=self.rates,
        )

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
            hours=self.hours,
            rates=self.rates,
            texts=self.aftercare_texts,
        )

    @cached_property
    def aftercare_texts(self) -> AftercareTexts:
        return AftercareTexts(self.texts, self.formulary, self.numbers.service.languages[0])

    @cached_property
    def prescriptions(self) -> Prescriptions:
        return Prescriptions(work=self.work, formulary=self.formulary, texts=self.texts)

    @cached_property
    def reading(self) -> Reading:
        say = {code: words.numbers.say for code, words in self.book.catalogues.items()}
        say_day = {
            code: partial(say_date, language=code, numbers=words.numbers)
            for code, words in self.book.catalogues.items()
        }
        return Reading(catalogue=self.sms_catalogue, say=say, say_day=say_day)

    @cached_property
    def slips(self) -> Slips:
        return Slips(work=self.work, choices=self.slip_choices, texts=self.texts)

    @cached_property
    def press(self) -> Press:
        seal = Seal.parse(self._settings.signing_key)
        return Press(self.sms_catalogue, seal, self._settings.origin)

    def job_parts(self) -> JobParts:
        return JobParts(
            transcribing=Transcribing(work=self.work, carriers=self.carriers, ear=self.ear),
            sending=self.sending,
            placing=self.placing,
            rooms=Rooms(self.work, self.carriers),
            dispatch=Dispatch(
                work=self.work,
                carriers=self.carriers,
                default_carrier=self._settings.default_carrier,
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
            diagnoses=self.diagnoses,
            vitals=self.vital_rules,
            press=self.press,
            regimens=Regimens(self.work),
            slips=self.slips,
            guard=self.roster.guard(),
            readiness=Readiness(self.engine, self.redis),
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
