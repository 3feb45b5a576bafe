"""Prescriptions by SMS: what a doctor texts is checked, read back, and done when she says yes.

Each answer is a kind of message and its values. The rules are those of the console, and the draft
is the one that keys change too (`drafts`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, TypeAlias

from gateway.db.models import Prescription
from gateway.domain.draft import MedicineDraft
from gateway.domain.indian_time import day_in_india
from gateway.domain.medicine_rules import Refusal
from gateway.domain.needed_facts import Needed, final_refusals, needed_facts
from gateway.domain.prescription import medicine_line
from gateway.domain.quick_line import BadLine, parse_line
from gateway.domain.told_facts import BadFact, ToldFacts, parse_fact
from gateway.services import drafts
from gateway.services.cancellation import overtaken
from gateway.services.clinic import ToldPerson, keep_in_person_visit, keep_person
from gateway.services.drafts import MOST_MEDICINES, HeldDraft
from gateway.services.issuing import Issued, NoLongerStands, Preview, Refused
from gateway.services.messages import Texts
from gateway.services.prescription_document import Written, chart_of, written_again
from gateway.services.prescription_texts import short_line
from gateway.services.prescriptions import Prescriptions
from gateway.services.work import Unit, Work
from sms.commands import PrescriptionText, RxOrder
from sms.render import LineMessage, line_message

# The longest variable of a text (config/sms.yaml, limits).
VALUE_LENGTH: Final = 30
MOST_REFUSALS: Final = 3
# Medicines, and as many facts beside them as there are kinds of facts.
MOST_LINES: Final = MOST_MEDICINES + 8
EXAMPLE: Final = "RX PIN flu: pcm 500 1-0-1 5d"
YES: Final = "YES PIN"
_ASKED_BY: Final[Mapping[Needed, str]] = {
    Needed.AGE: "RX PIN age",
    Needed.ADULT: "RX PIN adult",
    Needed.WEIGHT: "RX PIN wt",
    Needed.PREGNANT: "RX PIN pregnant",
}
# A stop between words could make an address of them, which no text may have.
_NO_DECIMAL: Final = re.compile(r"(?<!\d)\.|\.(?!\d)")

Answer: TypeAlias = tuple[str, Mapping[str, str]]
_HOW: Final[Sequence[Answer]] = [("rx_how", {"example": EXAMPLE})]
_NO_VISIT: Final[Sequence[Answer]] = [("rx_no_visit", {})]
_NONE: Final[Sequence[Answer]] = [("rx_none", {})]


@dataclass(frozen=True, slots=True)
class Prescriber:
    """The doctor who texts, and how she is answered."""

    doctor_id: str
    language: str
    script: str


@dataclass(frozen=True, slots=True)
class _Lines:
    """What her lines say; told: those of facts, as she wrote them."""

    medicines: tuple[MedicineDraft, ...] = ()
    facts: tuple[ToldFacts, ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unread:
    """A line, counted from 1, and what of it cannot be read."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class TextedPrescriptions:
    """Each answer is the whole of what is texted back."""

    work: Work
    texts: Texts
    prescriptions: Prescriptions

    def take(self, her: Prescriber, text: PrescriptionText) -> Sequence[Answer]:
        """Do what can be done without a yes: check it, keep it, and read it back."""
        if text.order is RxOrder.CANCEL:
            return self._cancel(her, text.code)
        lines = self._read_all(text)
        if not isinstance(lines, _Lines):
            with self.work.begin() as unit:
                drafts.take_for_unread(unit, her.doctor_id)
            return lines
        with self.work.begin() as unit:
            held = self._draft(unit, her, text, lines)
            return (
                held if not isinstance(held, HeldDraft) else self._propose(unit, her, held, lines)
            )

    def _read_all(self, text: PrescriptionText) -> _Lines | Sequence[Answer]:
        """Return what she wrote, or the answer to what cannot be read."""
        if text.order is RxOrder.REPEAT:
            return _Lines()
        if not 0 < len(text.lines) <= MOST_LINES:
            return _HOW
        if text.order is RxOrder.CHANGE and parse_fact(text.lines[0]) is None:
            # Words without a diagnosis, and none that adds to a draft.
            return _HOW
        lines = self._read(text.lines)
        if isinstance(lines, _Unread):
            return [("rx_unreadable", {"line": str(lines.line), "problem": lines.problem})]
        return _HOW if len(lines.medicines) > MOST_MEDICINES else lines

    def confirm(self, her: Prescriber) -> Sequence[Answer]:
        """Do what was read back last; said twice, it is the same prescription."""
        with self.work.begin() as unit:
            held = drafts.newest_draft(unit, her.doctor_id, texted=True)
        if held is None:
            return [("rx_nothing", {})]
        if held.cancels:
            done = self.prescriptions.cancel(held.cancels, doctor_id=her.doctor_id)
            return [("rx_taken_back", {"code": held.cancels})] if done else _NONE
        issued = self.prescriptions.issue(
            held.consultation_id, held.written, doctor_id=her.doctor_id, key=held.id
        )
        match issued:
            case Issued(code):
                return [("rx_issued", {"code": code})]
            case Refused(refusals):
                return _refused(refusals)
            case NoLongerStands():
                return _overtaken(issued)
            case _:
                return [("rx_nothing", {})]

    def _cancel(self, her: Prescriber, code: str) -> Sequence[Answer]:
        with self.work.begin() as unit:
            row = self._hers(unit, her, code)
            if row is None:
                return _NONE
            if isinstance(row, NoLongerStands):
                return _overtaken(row)
            drafts.open_draft(
                unit,
                her.doctor_id,
                row.consultation_id,
                Written("", "", ()),
                read_back=True,
                cancels=row.code,
            )
            return [("rx_cancel", {"code": row.code, "yes": YES})]

    def _hers(self, unit: Unit, her: Prescriber, code: str) -> Prescription | NoLongerStands | None:
        """What stands under the code, or what stands instead; without a code her last talk's."""
        if not code:
            visit = drafts.prescribed_for(unit, her.doctor_id)
            return visit and drafts.standing(unit, her.doctor_id, consultation_id=visit[0])
        found = drafts.issued_at(unit, her.doctor_id, code)
        return found and (overtaken(unit, found) or found)

    def _draft(
        self, unit: Unit, her: Prescriber, text: PrescriptionText, lines: _Lines
    ) -> HeldDraft | Sequence[Answer]:
        """Open the draft that she means, or the one that waits, with her lines in it."""
        if text.order is RxOrder.CHANGE:
            waiting = drafts.newest_draft(unit, her.doctor_id)
            if waiting is None:
                return [("rx_nothing", {})]
            medicines = (*waiting.written.medicines, *lines.medicines)
            return replace(waiting, written=replace(waiting.written, medicines=medicines))
        written = Written(text.diagnosis, "", lines.medicines)
        visit = drafts.prescribed_for(unit, her.doctor_id, text.token)
        if text.order is RxOrder.REPLACE:
            old = self._hers(unit, her, text.code)
            if old is None:
                return _NONE
            if isinstance(old, NoLongerStands):
                return _overtaken(old)
            written, visit = replace(written, replaces=old.code), (old.consultation_id, "")
        if visit is None:
            return _NO_VISIT
        if text.order is RxOrder.REPEAT:
            chart = chart_of(unit, visit[0], doctor_id=her.doctor_id)
            last = chart and drafts.standing(unit, her.doctor_id, patient_id=chart.patient.id)
            if not chart or not last:
                return _NONE
            written = written_again(last.document, chart.patient)
        return drafts.open_draft(unit, her.doctor_id, visit[0], written)

    def _propose(
        self, unit: Unit, her: Prescriber, held: HeldDraft, lines: _Lines
    ) -> Sequence[Answer]:
        """Look at it by the rules: read it back, ask for what they need, or say what is refused.

        What is refused is kept without having been read back, so a yes to it issues nothing, and
        nothing older either.
        """
        for fact in lines.facts:
            _keep_person(unit, held, her, fact)
        unit.db.flush()
        held = replace(held, written=reduce(_with_fact, lines.facts, held.written))
        checked = self.prescriptions.check_in(
            unit, held.consultation_id, held.written, doctor_id=her.doctor_id
        )
        if isinstance(checked, NoLongerStands):
            return _overtaken(checked)
        if not isinstance(checked, Refused | Preview):
            return _NO_VISIT
        refused = checked.refusals if isinstance(checked, Refused) else ()
        drafts.change_draft(unit, replace(held, read_back=isinstance(checked, Preview)))
        if isinstance(checked, Refused) and (final_refusals(refused) or not refused):
            return _refused(final_refusals(refused))
        if refused:
            return _asked(refused)
        chart = chart_of(unit, held.consultation_id, doctor_id=her.doctor_id)
        confirm = {
            "token": chart.ticket.token if chart else "-",
            "diagnosis": _shown(held.written.diagnosis),
            "yes": YES,
        }
        told: list[Answer] = [("rx_told", {"fact": _shown(line)}) for line in lines.told]
        unplaced = checked.unplaced if isinstance(checked, Preview) else ()
        told += [("rx_unplaced", {"fact": _shown(word)}) for word in unplaced]
        return [*self._echo(held.written.medicines, her), *told, ("rx_confirm", confirm)]

    def _read(self, lines: Sequence[str]) -> _Lines | _Unread:
        """Return her medicines and facts, or the first line that cannot be read."""
        read = _Lines()
        for number, line in enumerate(lines, start=1):
            fact = parse_fact(line)
            if isinstance(fact, BadFact):
                return _Unread(number, fact.fact)
            if fact is not None:
                read = replace(read, facts=(*read.facts, fact), told=(*read.told, line))
                continue
            found = parse_line(line, formulary=self.prescriptions.formulary)
            if isinstance(found, BadLine):
                return _Unread(number, found.problem.value.replace("_", " "))
            read = replace(read, medicines=(*read.medicines, found))
        return read

    def _echo(self, medicines: Sequence[MedicineDraft], her: Prescriber) -> Sequence[Answer]:
        """Her lines in the messages that a patient would get of them, in her own language."""
        formulary, catalogue = self.prescriptions.formulary, self.texts.catalogue
        limit = catalogue.templates["prescription_line"].variables["medicine"]
        answers: list[Answer] = []
        for position, medicine in enumerate(medicines, start=1):
            line = short_line(medicine_line(medicine, formulary=formulary), formulary, limit)
            message = line_message(
                line,
                position=position,
                language=her.language,
                script=her.script,
                catalogue=catalogue,
            )
            if isinstance(message, LineMessage):
                answers.append((message.kind, message.values))
        return answers


def _with_fact(written: Written, fact: ToldFacts) -> Written:
    """Return what is written with one fact more; of two weights the later counts."""
    given = {
        "weight_kg": fact.weight_kg,
        "pregnant": fact.pregnant,
        "with_adult": fact.with_adult,
        "review_days": fact.review_days,
        "same_condition": True if fact.seen_on else None,
    }
    return replace(
        written,
        **{name: value for name, value in given.items() if value is not None},  # type: ignore[arg-type]  # each of its own field
        allergies=(*written.allergies, *fact.allergies),
        current_medicines=(*written.current_medicines, *fact.current_medicines),
        told=replace(written.told, name=fact.name or written.told.name),
        notes="\n".join(note for note in (written.notes, fact.note) if note),
    )


def _keep_person(unit: Unit, held: HeldDraft, her: Prescriber, fact: ToldFacts) -> None:
    """Keep with the patient what is hers: age and sex, and the last visit."""
    consultation_id, doctor_id = held.consultation_id, her.doctor_id
    if fact.age_years is not None and fact.sex is not None:
        told = ToldPerson(fact.age_years, fact.sex, pregnant=None)
        keep_person(unit, consultation_id, doctor_id=doctor_id, told=told)
    if fact.seen_on is not None and fact.seen_on <= day_in_india(unit.now):
        keep_in_person_visit(unit, consultation_id, doctor_id=doctor_id, day=fact.seen_on)


def _asked(refusals: Sequence[Refusal]) -> Sequence[Answer]:
    """Ask for each fact once, and name a medicine that needs it."""
    asked: list[Answer] = []
    for need in needed_facts(refusals):
        medicine = next(one.medicine for one in refusals if need in needed_facts([one]))
        values = {"medicine": _shown(medicine), "fact": need.value, "example": _ASKED_BY[need]}
        asked.append(("rx_ask", values))
    return asked


def _shown(text: str) -> str:
    """Return her own words as a variable of a text: cut, and without signs that none may have."""
    text = _NO_DECIMAL.sub(" ", text)
    kept = "".join(sign if sign.isalnum() or sign in " .,%+-/" else " " for sign in text)
    return " ".join(kept.split())[:VALUE_LENGTH].strip() or "-"


def _refused(refusals: Sequence[Refusal]) -> Sequence[Answer]:
    """Name the medicine and the rule; the console has the rule's words and source."""
    told: list[Answer] = [
        (
            "rx_refused",
            {
                "medicine": _shown(refusal.medicine),
                "rule": refusal.rule.value.replace("_", " "),
            },
        )
        for refusal in refusals[:MOST_REFUSALS]
    ]
    return told or [("rx_refused", {"medicine": "-", "rule": "does not fit an SMS"})]


def _overtaken(gone: NoLongerStands) -> Sequence[Answer]:
    """Name the prescription that she cannot replace any more, and the one that stands instead."""
    why = f"replaced by {gone.instead}" if gone.instead else "cancelled"
    return [("rx_refused", {"medicine": gone.code, "rule": why})]
