"""From which confidence a symptom may be read back: chosen on voices that never taught the model.

Of all thresholds that keep to the limits, those that read most back: for free speech first, then
for where a few answers were asked for. Those voices are not the ones of the trial, so
the trial's figures were not chosen for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from pydantic import BaseModel, ConfigDict

from speech.lexicon import Lexicon
from speech.models import FREE_LINES, MOST_FALSE_ALARMS, InstalledModel, ModelSpec
from speech.training.grammar import Grammar
from speech.training.trial import Clip, Listened, answers, figures, listen

Tried: TypeAlias = dict[str, float]

NAME: Final = "calibration.json"
LEAST_PRECISION: Final = 0.98
# None less than what people's and another synthesiser's recordings of other things asked for
# (ADR 16, ADR 29, ADR 33): voices of one kind are surer than the strangers who will call.
_OFFER_FROM: Final = (0.85, 0.9, 0.95)
# At 0.8 three of 32 synthesised complaints more were not read back, and nothing wrong was kept out.
_SURE_SHARE: Final = 0.7
_ASKED_FROM: Final = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_GUIDED, _FREE = 0, 1  # in what `trial.answers` returns


class Thresholds(BaseModel):
    """As in `ModelSpec`; recall: guided, at these, of the voices that they were chosen on.

    free_holds: free speech keeps to its limits; else its thresholds are the strictest.
    """

    model_config = ConfigDict(frozen=True)

    offer_from: float
    sure_share: float
    asked_from: float
    recall: float | None = None
    free_holds: bool = False

    def of(self, spec: ModelSpec) -> ModelSpec:
        return spec.model_copy(update=self.model_dump(exclude={"recall", "free_holds"}))


def calibrate(
    clips: Sequence[Clip],
    *,
    model: InstalledModel,
    grammar: Grammar,
    lexicon: Lexicon,
    seed: int = 1,
) -> Thresholds:
    """Return the thresholds. Errors: ValueError when none keeps to the limits."""
    listened = [
        one
        for line in FREE_LINES
        for one in listen(clips, model=model, grammar=grammar, condition=line, seed=seed)
    ]
    return choose(listened, model.spec, lexicon)


def choose(listened: Sequence[Listened], spec: ModelSpec, lexicon: Lexicon) -> Thresholds:
    """Return those that read most back within the limits; of equals, the strictest.

    Errors: ValueError when none keeps to them where a few answers were asked for.
    """

    def best(tried: Sequence[Tried], base: ModelSpec, kind: int, precision: float) -> Tried | None:
        found, most = None, -1.0
        for one in tried:
            told = answers(listened, base.model_copy(update=one), lexicon)[kind]
            row = figures(told)
            if _within(row, precision) and (row["recall"] or 0.0) > most:
                found, most = one, row["recall"] or 0.0
        return found

    frees = [{"offer_from": f, "sure_share": _SURE_SHARE} for f in reversed(_OFFER_FROM)]
    free = best(frees, spec, _FREE, 0.0)  # its guard counts false alarms alone
    chosen = spec.model_copy(update=free or frees[0])
    asked = best(
        [{"asked_from": f} for f in reversed(_ASKED_FROM)], chosen, _GUIDED, LEAST_PRECISION
    )
    if asked is None:
        raise ValueError("no threshold keeps to the limits: nothing of this model may be read back")
    guided = answers(listened, chosen.model_copy(update=asked), lexicon)[_GUIDED]
    return Thresholds(
        **(free or frees[0]), **asked, recall=figures(guided)["recall"], free_holds=free is not None
    )


def write(folder: Path, thresholds: Thresholds) -> None:
    text = json.dumps(thresholds.model_dump(), indent=1) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8")


def read(folder: Path) -> Thresholds:
    return Thresholds.model_validate_json((folder / NAME).read_text(encoding="utf-8"))


def _within(row: Mapping[str, float | None], least_precision: float) -> bool:
    precision, false_alarms = row["precision"], row["false_alarms"]
    return (precision is None or precision >= least_precision) and (
        false_alarms is None or false_alarms <= MOST_FALSE_ALARMS
    )
