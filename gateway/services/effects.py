"""The effects of `ivr_flows/effects.yaml`, each bound to the service that performs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.domain.errors import GatewayError
from gateway.services import (
    aftercare_calls,
    call_backs,
    callers,
    households,
    offers,
    privacy,
    rooms,
    talks,
    triaging,
    waiting_room,
)
from gateway.services.aftercare_calls import CancelledCalls, Reminders
from gateway.services.aftercare_texts import AftercareTexts
from gateway.services.areas import Languages, Numbers
from gateway.services.duty import Duty
from gateway.services.helplines import Helplines
from gateway.services.helplines import finish as finish_helpline
from gateway.services.keyed_prescriptions import KeyedPrescriptions
from gateway.services.keyed_slips import KeyedSlips
from gateway.services.letters import Letters
from gateway.services.prescription_reading import Reading
from gateway.services.recordings import Complaints
from gateway.services.spokes import (
    Spokes,
    choose_speciality,
    keep_case,
    list_specialities,
    place_patient,
)
from gateway.services.triaging import Triage
from gateway.services.turning import Turning
from gateway.services.vitals import Vitals
from gateway.services.volunteering import Volunteering, take_back
from gateway.services.volunteering import keep as keep_word
from gateway.services.waiting_room import WaitingRoom
from ivr_flows.engine.session import Effect, EffectDone

Handler = Callable[..., EffectDone]

# Those that need nothing but the turn.
_PLAIN: Final[Mapping[str, Handler]] = {
    "caller.recall": callers.recall,
    "caller.set_language": callers.set_language,
    "caller.record_consent": callers.record_consent,
    "caller.withdraw_consent": privacy.withdraw_consent,
    "caller.erase": privacy.erase,
    "ticket.recall": waiting_room.recall,
    "household.list": households.list_members,
    "household.match": households.match,
    "household.choose": households.choose,
    "household.add": households.add,
    "household.add_unknown": households.add_unknown,
    "household.keep_name": households.keep_name,
    "household.keep_pregnant": households.keep_pregnant,
    "household.set_sms": households.set_sms,
    "symptoms.confirm": triaging.confirm,
    "symptoms.repeat": triaging.repeat,
    "symptoms.detail": triaging.detail,
    "helpline.finish": finish_helpline,
    "waiting_room.call_me_back": waiting_room.call_me_back,
    "waiting_room.cancel": waiting_room.cancel,
    "bridge.finish": rooms.finish_bridge,
    "reminder.end": aftercare_calls.end_reminders,
    "feedback.keep": talks.keep_feedback,
    "aftercare.stop": aftercare_calls.stop,
    "follow_up.open": aftercare_calls.open_call,
    "follow_up.begin": aftercare_calls.begin,
    "follow_up.answer": aftercare_calls.answer_follow_up,
    "follow_up.later": aftercare_calls.ask_later,
    "reading.open": aftercare_calls.open_call,
    "reading.begin": aftercare_calls.begin,
    "reading.later": aftercare_calls.ask_later,
    "cancelled.open": aftercare_calls.open_call,
    "cancelled.later": aftercare_calls.ask_later,
    "prescription.heard": aftercare_calls.heard,
    "reminder.answer": aftercare_calls.answer_reminder,
    "callback.open": call_backs.open_ticket,
    "callback.confirm": call_backs.confirm,
    "callback.decline": call_backs.decline,
    "volunteer.keep": keep_word,
    "volunteer.take_back": take_back,
    "spoke.place": place_patient,
    "room.look": rooms.look,
    "room.finish": rooms.finish,
    "party.open": rooms.open_party,
    "party.join": rooms.join_party,
    "party.look": rooms.look_party,
    "spoke.specialities": list_specialities,
    "spoke.choose_speciality": choose_speciality,
    "spoke.keep_case": keep_case,
    "offer.brief": offers.brief,
    "offer.accept": rooms.accept,
    "offer.decline": offers.decline,
}


class Effects:
    """Performs an effect within the turn's own transaction."""

    def __init__(
        self,
        *,
        numbers: Numbers,
        room: WaitingRoom,
        complaints: Complaints,
        triage: Triage,
        reading: Reading,
        volunteering: Volunteering,
        duty: Duty,
        spokes: Spokes,
        vitals: Vitals,
        keyed: KeyedPrescriptions,
        letters: Letters,
        keyed_slips: KeyedSlips,
        aftercare_texts: AftercareTexts,
        dialable_helpline: str = "",
    ) -> None:
        cancelled = CancelledCalls(reading)
        reminders = Reminders(reading, aftercare_texts)
        helplines = Helplines(numbers, dialable_helpline)
        self.handlers: Mapping[str, Handler] = {
            **_PLAIN,
            **_of_staff(duty, spokes, vitals),
            **_of_prescribing(keyed, keyed_slips),
            "language.list": Languages(numbers).list_languages,
            "caller.list_letters": letters.list_letters,
            "caller.set_letters": letters.set_letters,
            "symptoms.listens": complaints.listens,
            "symptoms.submit": complaints.submit,
            "symptoms.submit_answer": complaints.submit_answer,
            "symptoms.poll": complaints.poll,
            "triage.assess": triage.assess,
            "helpline.recall": helplines.recall,
            "helpline.connect": helplines.connect,
            "waiting_room.join": room.join,
            "waiting_room.look": room.look,
            "prescription.recall": reading.recall,
            "reminder.start": reminders.start,
            "reminder.open": reminders.open,
            "cancelled.begin": cancelled.begin,
            "cancelled.told": cancelled.told,
            "volunteer.begin": volunteering.begin,
        }

    def perform(self, turning: Turning, effect: Effect) -> EffectDone:
        """Errors: GatewayError for an effect that nobody performs; flows are checked against it."""
        handler = self.handlers.get(effect.name)
        if handler is None:
            raise GatewayError(f"no service performs the effect {effect.name}")
        arguments: dict[str, Any] = dict(effect.arguments)
        return handler(turning, **arguments)


def _of_staff(duty: Duty, spokes: Spokes, vitals: Vitals) -> Mapping[str, Handler]:
    return {
        "duty.recall": duty.recall,
        "duty.enter": duty.enter,
        "duty.set": duty.set_duty,
        "spoke.recall": spokes.recall,
        "spoke.enter": spokes.enter,
        "spoke.consent": spokes.consent,
        "spoke.household": spokes.household,
        "vitals.begin": vitals.begin,
        "vitals.keep": vitals.keep,
        "vitals.read": vitals.read,
        "vitals.settle": vitals.settle,
    }


def _of_prescribing(keyed: KeyedPrescriptions, slips: KeyedSlips) -> Mapping[str, Handler]:
    return {
        "prescribe.open": keyed.open,
        "prescribe.begin": keyed.begin,
        "prescribe.drop": keyed.drop,
        "prescribe.diagnose": keyed.diagnose,
        "prescribe.find": keyed.find,
        "prescribe.choose": keyed.medicines.choose,
        "prescribe.measure": keyed.medicines.measure,
        "prescribe.add": keyed.add,
        "prescribe.tell": keyed.tell,
        "prescribe.remove": keyed.remove,
        "prescribe.read": keyed.read,
        "prescribe.issue": keyed.issue,
        "prescribe.cancel": keyed.cancel,
        "refer.places": slips.places,
        "refer.times": slips.times,
        "refer.issue": slips.issue,
    }
