"""From which confidence a symptom may be read back: chosen on voices that never taught the model.

Of all pairs of thresholds that keep to the limits where a few answers were asked for, the one that
reads most back; whether they hold for free speech too is said. Those voices are not the ones of the
trial, so the trial's figures were not chosen for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from speech.lexicon import Lexicon
from speech.models import FREE_LINES, MOST_FALSE_ALARMS, InstalledModel, ModelSpec
from speech.training.grammar import Grammar
from speech.training.trial import Answer, Clip, Listened, answers, figures, listen

NAME: Final = "calibration.json"
LEAST_PRECISION: Final = 0.98
# Both no less than what 16 human sentences about other things asked for (ADR 16).
_OFFER_FROM: Final = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_SURE_SHARE: Final = (0.7, 0.8, 0.9)


class Thresholds(BaseModel):
    """As in `ModelSpec`; recall: guided, at these, of the voices that they were chosen on.

    free_holds: free speech keeps to the same limits.
    """

    model_config = ConfigDict(frozen=True)

    offer_from: float
    sure_share: float
    recall: float | None = None
    free_holds: bool = False

    def of(self, spec: ModelSpec) -> ModelSpec:
        chosen = {"offer_from": self.offer_from, "sure_share": self.sure_share}
        return spec.model_copy(update=chosen)


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
    """Return the pair that reads most back within the limits; of equals, the strictest.

    Errors: ValueError when no pair keeps to them.
    """
    best: Thresholds | None = None
    for offer_from, sure_share in product(reversed(_OFFER_FROM), reversed(_SURE_SHARE)):
        tried = Thresholds(offer_from=offer_from, sure_share=sure_share)
        guided, free = answers(listened, tried.of(spec), lexicon)
        recall = figures(guided)["recall"] or 0.0
        if _within(guided) and (best is None or recall > (best.recall or 0.0)):
            best = tried.model_copy(update={"recall": recall, "free_holds": _within(free)})
    if best is None:
        raise ValueError("no threshold keeps to the limits: nothing of this model may be read back")
    return best


def write(folder: Path, thresholds: Thresholds) -> None:
    text = json.dumps(thresholds.model_dump(), indent=1) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8")


def read(folder: Path) -> Thresholds:
    return Thresholds.model_validate_json((folder / NAME).read_text(encoding="utf-8"))


def _within(told: Sequence[Answer]) -> bool:
    row = figures(told)
    precision, false_alarms = row["precision"], row["false_alarms"]
    return (precision is None or precision >= LEAST_PRECISION) and (
        false_alarms is None or false_alarms <= MOST_FALSE_ALARMS
    )
