"""The formulary: medicines, the list that each stands on, its limits, and the rules' words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Final, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from rapidfuzz.distance import OSA

from gateway.domain.dose import DoseProblem
from gateway.domain.rules import Rule

# Ways of writing a form, by the word that the formulary uses.
_FORMS: Final = {
    "tab": "tablet",
    "tabs": "tablet",
    "tablets": "tablet",
    "cap": "capsule",
    "caps": "capsule",
    "capsules": "capsule",
    "syr": "syrup",
    "syp": "syrup",
    "suspension": "syrup",
    "oral suspension": "syrup",
    "oral solution": "syrup",
    "liquid": "syrup",
    "sachets": "sachet",
    "packet": "sachet",
    "oral drops": "drops",
    "lozenges": "lozenge",
    "mdi": "inhaler",
    "oint": "ointment",
}
_MASS: Final = re.compile(r"(\d+(?:\.\d+)?)(mcg|µg|μg|ug|mg|g)(?![a-z])")
# A word of at least so many letters may differ from a name by so many.
_SLIPS: Final = {6: 1, 9: 2}
# So many letters of a name are taken for its beginning; fewer begin too many.
SHORTEST_START: Final = 3
_IN_MG: Final = {"mg": Fraction(1), "g": Fraction(1000)}
_MICROGRAM_IN_MG: Final = Fraction(1, 1000)
# Of two multiples of 13 neither is the other with one digit wrong or two neighbours swapped.
CODE_STEP: Final = 13
# A strength that was typed into the name: "Dolo 650", "paracetamol 500mg".
_TRAILING_STRENGTH: Final = re.compile(r"[\s-]+\d+(?:\.\d+)?\s*(?:mg|mcg|g|ml|iu|%)?$")


class Coded(Protocol):
    """What has a code and a name."""

    @property
    def name(self) -> str: ...
    @property
    def code(self) -> int | None: ...


_Coded = TypeVar("_Coded", bound=Coded)


class DrugList(StrEnum):
    """The guidelines' lists; UNLISTED stands on none of them, so no telephone call allows it."""

    O = "O"  # noqa: E741  # the guidelines' own name
    A = "A"
    B = "B"
    UNLISTED = "unlisted"
    PROHIBITED = "prohibited"


class Basis(StrEnum):
    """How the list was found; explained at the head of `config/formulary.yaml`."""

    NAMED = "named"
    ANALOGY = "analogy"
    NONE = "none"
    NDPS = "ndps"
    CANCER = "cancer"


class Pregnancy(StrEnum):
    ALLOWED = "allowed"
    AVOID = "avoid"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Strength(_Entry):
    """A form in one strength; mg: substance in one unit of the dose (a tablet, a ml, a puff)."""

    form: str
    strength: str
    mg: float | None = Field(default=None, gt=0)


class Weekly(_Entry):
    """Taken once a week: the most at that one time, and the key of the source that says so."""

    max_mg: float = Field(gt=0)
    source: str


class Medicine(_Entry):
    """One generic medicine; `reviewed_by` is empty until a clinician has signed it off.

    code: what a doctor keys for it; a medicine without strengths cannot be prescribed and has none.
    """

    name: str
    code: int | None = Field(default=None, ge=1000, le=9999, multiple_of=CODE_STEP)
    name_hi: str
    list: DrugList
    basis: Basis
    synonyms: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    strengths: tuple[Strength, ...] = ()
    max_daily_mg: float | None = Field(default=None, gt=0)
    max_daily_mg_per_kg: float | None = Field(default=None, gt=0)
    weekly: Weekly | None = None
    min_age_years: float = Field(default=0, ge=0)
    pregnancy: Pregnancy = Pregnancy.AVOID
    avoid_with: tuple[str, ...] = ()
    add_on_to: tuple[str, ...] = ()
    note: str = ""
    reviewed_by: str | None = None

    @property
    def substances(self) -> frozenset[str]:
        return frozenset(self.contains or (self.name,))

    @property
    def counted(self) -> str:
        """The substance that the mg of its strengths and limits are of."""
        return self.contains[0] if self.contains else self.name

    @property
    def kinds(self) -> frozenset[str]:
        """The substances and the classes: what an interaction may name."""
        return self.substances | {self.name, *self.classes}

    @property
    def forms(self) -> frozenset[str]:
        return frozenset(strength.form for strength in self.strengths)

    def form_of(self, written: str) -> str | None:
        """Return the form meant, None when it is not known; "drops" will do for "eye drops"."""
        form = plain_form(written)
        meant = [known for known in self.forms if known == form or known.endswith(f" {form}")]
        return form if form in meant else meant[0] if len(meant) == 1 else None

    def strength_of(self, form: str, written: str) -> Strength | None:
        plain = plain_strength(written)
        return next(
            (s for s in self.strengths if s.form == form and plain_strength(s.strength) == plain),
            None,
        )


class RuleWords(_Entry):
    """source: a key of the file's sources; empty where it is the medicine's own.

    spoken: the prompt of the family `refused` that says it on the telephone.
    """

    source: str = ""
    spoken: str
    explanation: str
    lawful_way: str


class FormularyFile(_Entry):
    """`config/formulary.yaml`."""

    version: str
    review: str
    sources: Mapping[str, str]
    rules: Mapping[Rule, RuleWords]
    claim_without_visit: str
    placeholders: frozenset[str]
    dose_problems: Mapping[DoseProblem, str]
    instructions: Mapping[str, str]
    class_names: Mapping[str, tuple[str, ...]]
    medicines: tuple[Medicine, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if missing := set(Rule) - set(self.rules):
            raise ValueError(f"rules without words: {', '.join(sorted(missing))}")
        if missing_doses := set(DoseProblem) - set(self.dose_problems):
            raise ValueError(f"dose_problems without words: {', '.join(sorted(missing_doses))}")
        named = {words.source for words in self.rules.values()} | set(Basis)
        named |= {medicine.weekly.source for medicine in self.medicines if medicine.weekly}
        if unknown := named - {""} - set(self.sources):
            raise ValueError(f"sources that are not named: {', '.join(sorted(unknown))}")
        codeless = (m.name for m in self.medicines if bool(m.code) != bool(m.strengths))
        if name := next(codeless, ""):
            raise ValueError(f"{name}: a code goes with strengths, and strengths with a code")
        return self


class Formulary:
    """Finds medicines by generic name, synonym or brand."""

    def __init__(self, file: FormularyFile) -> None:
        """Errors: ValueError when one name in one form, or one code, would mean two medicines."""
        self.version = file.version
        self.medicines = file.medicines
        self.sources = file.sources
        self.rules = file.rules
        self.claim_without_visit = file.claim_without_visit
        self.placeholders = file.placeholders
        self.dose_problems = file.dose_problems
        self.instructions = file.instructions
        self._by_name = _index(file.medicines)
        self.by_code = index_by_code(file.medicines)
        self._classes = {
            plain_name(word): name
            for name, words in file.class_names.items()
            for word in (name, *words)
        }

    def find(self, name: str, *, form: str = "") -> Medicine | None:
        """Return the medicine of that name, in any case; None for one that is not listed.

        A name that several share, such as ciprofloxacin in tablets and in eye drops, means the
        one that has the form, else the first in the file.
        """
        plain = plain_name(name)
        found = self._by_name.get(plain) or self._by_name.get(_TRAILING_STRENGTH.sub("", plain))
        if not found:
            return None
        return next((medicine for medicine in found if medicine.form_of(form)), found[0])

    def recalled(self, name: str) -> Medicine | None:
        """Return the medicine that a patient names, with slips of the pen.

        Only for rules that refuse: a misspelt allergy must not pass for none, while a misspelt
        medicine is never guessed for a prescription.
        """
        if found := self.find(name):
            return found
        plain = plain_name(name)
        slips = max((n for least, n in _SLIPS.items() if len(plain) >= least), default=0)
        near = [known for known in self._by_name if OSA.distance(plain, known) <= slips]
        nearest = min(near, key=lambda known: OSA.distance(plain, known), default=None)
        return self._by_name[nearest][0] if slips and nearest else None

    def named(self, name: str) -> tuple[Medicine, ...]:
        """Return the medicines of just this name, in any case; several where they share it."""
        return self._by_name.get(plain_name(name), ())

    def beginning(self, start: str) -> tuple[Medicine, ...]:
        """Return the medicines of which a name begins so, from `SHORTEST_START` letters on."""
        start = plain_name(start)
        if len(start) < SHORTEST_START:
            return ()
        found = (medicines for name, medicines in self._by_name.items() if name.startswith(start))
        unique = {medicine.name: medicine for medicines in found for medicine in medicines}
        return tuple(unique[name] for name in sorted(unique))

    def food_of(self, instructions: str) -> tuple[str, ...]:
        """Return the codes of `instructions` that stand among these words."""
        said = [part.strip() for part in instructions.split(",")]
        return tuple(code for code, words in self.instructions.items() if words in said)

    def kinds_of(self, names: Iterable[str]) -> frozenset[str]:
        """Return the substances and classes of medicines in words; unknown ones stay as written."""
        kinds: set[str] = set()
        for name in names:
            medicine = self.find(name)
            kinds |= medicine.kinds if medicine else {plain_name(name)}
        return frozenset(kinds)

    def unplaced(self, *, allergies: Iterable[str], medicines: Iterable[str]) -> tuple[str, ...]:
        """Return what no rule can heed, since no medicine or class is called so; "nil" is none."""
        words = [word for word in allergies if not self.allergens(word)]
        words += [word for word in medicines if self.recalled(word) is None]
        unknown = (word for word in words if plain_name(word) not in self.placeholders)
        return tuple(dict.fromkeys(unknown))

    def allergens(self, allergy: str) -> frozenset[str]:
        """Return the substances and classes that an allergy, in words, speaks of."""
        plain = re.sub(r"\b(?:allergy|allergic|to|drugs?|medicines?)\b", " ", plain_name(allergy))
        plain = " ".join(plain.split())
        if plain in self._classes:
            return frozenset({self._classes[plain]})
        medicine = self.recalled(plain)
        return medicine.substances | set(medicine.classes) if medicine else frozenset()


def index_by_code(things: Iterable[_Coded]) -> Mapping[int, _Coded]:
    """Return those that have a code, by it. Errors: ValueError when two share one."""
    found: dict[int, _Coded] = {}
    for thing in things:
        if thing.code is None:
            continue
        if other := found.get(thing.code):
            raise ValueError(f"code {thing.code} means {other.name} and {thing.name}")
        found[thing.code] = thing
    return found


def plain_name(name: str) -> str:
    return " ".join(re.sub(r"[^\w%./+-]+", " ", name.casefold()).split())


def plain_form(form: str) -> str:
    plain = " ".join(form.casefold().split())
    return _FORMS.get(plain, plain)


def plain_strength(strength: str) -> str:
    """Return a strength in one way of writing: without blanks, masses in mg."""
    plain = "".join(strength.casefold().split())

    def in_mg(found: re.Match[str]) -> str:
        return f"{float(Fraction(found[1]) * _IN_MG.get(found[2], _MICROGRAM_IN_MG)):g}mg"

    return _MASS.sub(in_mg, plain)


def _index(medicines: Iterable[Medicine]) -> Mapping[str, tuple[Medicine, ...]]:
    by_name: dict[str, list[Medicine]] = defaultdict(list)
    for medicine in medicines:
        for name in {plain_name(word) for word in (medicine.name, *medicine.synonyms)}:
            for other in by_name[name]:
                if medicine.forms & other.forms or not (medicine.forms and other.forms):
                    raise ValueError(f"{name} means {other.name} and {medicine.name}")
            by_name[name].append(medicine)
    return {name: tuple(found) for name, found in by_name.items()}
