"""The card that goes with a model: what it is for, what was measured, what nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from speech.models import ModelSpec
from speech.training.grammar import Grammar
from speech.training.trial import CHOICES, WORD_CHOICES, known_words

NAME: Final = "MODEL_CARD.md"
_TEMPLATE: Final = Path(__file__).with_name("card.md")
_COLUMNS: Final = (
    "guided: recall | precision | false alarms | free: recall | precision | false alarms | one word"
)
_FIGURES: Final = tuple(
    (kind, name) for kind in ("guided", "free") for name in ("recall", "precision", "false_alarms")
)


class Figures(BaseModel):
    """What was measured. lines and, by the seed of another teaching, spread: of
    `trial.Trial.rows`, by who spoke and by the line; pairs: of `confusion.figures`.

    onward: the model that its teaching went on from, if any.
    """

    model_config = ConfigDict(frozen=True)

    seed: int
    lines: dict[str, dict[str, Any]]
    spread: dict[int, dict[str, dict[str, Any]]] = {}
    pairs: dict[str, Any] | None = None
    onward: str | None = None


def card(spec: ModelSpec, grammar: Grammar, figures: Figures, model: Path) -> str:
    """Return the card of a model, which lies in a folder."""
    factors = [
        row["time"]["real_time_factor"] for rows in figures.lines.values() for row in rows.values()
    ]
    size = sum(part.stat().st_size for part in model.rglob("*") if part.is_file())
    return _TEMPLATE.read_text(encoding="utf-8").format(
        name=spec.name,
        size_mb=f"{size / 1e6:.1f}",
        words=len(known_words(model)),
        symptoms=len(grammar.sayings),
        choices=CHOICES,
        chance=f"{1 / CHOICES:.0%}",
        word_choices=WORD_CHOICES,
        word_chance=f"{1 / WORD_CHOICES:.1%}",
        offer_from=spec.offer_from,
        sure_share=spec.sure_share,
        asked_from=spec.asked_from,
        seed=figures.seed,
        onward=f", going on from {figures.onward}" if figures.onward else "",
        factor=f"{max(factors):.3f}",
        tables="\n\n".join(_table(who, rows) for who, rows in figures.lines.items()),
        pairs=_pairs(figures.pairs),
        spread=_spread(figures),
    )


def _table(who: str, rows: Mapping[str, Any]) -> str:
    first = next(iter(rows.values()))
    told, outside = first["free"]["symptoms"], first["free"]["outside"]
    title = f"**{who}**: {told} symptoms told, {outside} utterances without one"
    return f"{title}\n\n" + _rows("line", rows.items())


def _rows(first: str, rows: Iterable[tuple[object, Mapping[str, Any]]]) -> str:
    lines = [
        f"| {name} | "
        + " | ".join(_share(row[kind][figure]) for kind, figure in _FIGURES)
        + f" | {_share(row['words']['right'])} of {row['words']['words']} |"
        for name, row in rows
    ]
    return "\n".join((f"| {first} | {_COLUMNS} |", "|---" * (len(_FIGURES) + 2) + "|", *lines))


def _pairs(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "Not measured."
    confused = ", ".join(f"{said} ({other})" for said, other in row["confused"])
    return (
        f"{row['members']} members of pairs that sound nearly alike, of which at least one tells "
        "of a symptom (`pairs.yaml` and what is derived from it), each said alone by the voice "
        f"that was kept back, telephone band. For {row['taken']} the other's symptom would have "
        f"been read back. Of the {row['told']} that tell of a symptom, {row['understood']} would "
        f"have been read back as it. With the two as the whole vocabulary: {row['right_of_two']} "
        f"right of {row['of_two']} (chance 50%)."
        + (f"\n\nTaken for the other: {confused}." if confused else "")
    )


def _spread(figures: Figures) -> str:
    """Return the same trial of every teaching, by its seed, for each who spoke."""
    if not figures.spread:
        return "One teaching only: how much of these figures is chance is not known."
    parts = [
        "Taught anew from the same audio by other seeds, and tried in the telephone band with "
        "thresholds of their own. The one that ships is the one that read most back of the "
        "timbres that its thresholds were chosen on."
    ]
    for who, rows in figures.lines.items():
        line = next(iter(next(iter(figures.spread.values()))[who]))
        seeds = {figures.seed: rows[line]}
        seeds |= {seed: tried[who][line] for seed, tried in figures.spread.items()}
        parts.append(f"**{who}**\n\n" + _rows("seed", sorted(seeds.items())))
    return "\n\n".join(parts)


def _share(share: float | None) -> str:
    return "none" if share is None else f"{share:.3f}"
