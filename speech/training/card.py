"""The card that goes with a model: what it is for, what was measured, what nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from speech.models import ModelSpec
from speech.training.grammar import Grammar
from speech.training.trial import CHOICES, WORD_CHOICES

NAME: Final = "MODEL_CARD.md"
_TEMPLATE: Final = Path(__file__).with_name("card.md")
_HEAD: Final = (
    "| line | guided: recall | precision | false alarms | free: recall | precision | false alarms "
    "| one word |\n|---|---|---|---|---|---|---|---|\n"
)


def card(
    spec: ModelSpec, grammar: Grammar, figures: Mapping[str, Any], model: Path, *, seed: int
) -> str:
    """Return the card. figures: of `trial.Trial.rows`, by who spoke and by the line."""
    factors = [
        row["time"]["real_time_factor"] for rows in figures.values() for row in rows.values()
    ]
    size = sum(part.stat().st_size for part in model.rglob("*") if part.is_file())
    return _TEMPLATE.read_text(encoding="utf-8").format(
        name=spec.name,
        size_mb=f"{size / 1e6:.1f}",
        words=len(grammar.words),
        symptoms=len(grammar.sayings),
        choices=CHOICES,
        chance=f"{1 / CHOICES:.0%}",
        word_choices=WORD_CHOICES,
        word_chance=f"{1 / WORD_CHOICES:.1%}",
        offer_from=spec.offer_from,
        sure_share=spec.sure_share,
        seed=seed,
        factor=f"{max(factors):.3f}",
        tables="\n\n".join(_table(who, rows) for who, rows in figures.items()),
    )


def _table(who: str, rows: Mapping[str, Any]) -> str:
    first = next(iter(rows.values()))
    told, outside = first["free"]["symptoms"], first["free"]["outside"]
    lines = [
        f"| {line} | "
        + " | ".join(
            _share(row[kind][name])
            for kind in ("guided", "free")
            for name in ("recall", "precision", "false_alarms")
        )
        + f" | {_share(row['words']['right'])} of {row['words']['words']} |"
        for line, row in rows.items()
    ]
    title = f"**{who}**: {told} symptoms told, {outside} utterances without one"
    return f"{title}\n\n{_HEAD}" + "\n".join(lines)


def _share(share: float | None) -> str:
    return "none" if share is None else f"{share:.3f}"
