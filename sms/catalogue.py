"""The message templates: their registration, their limits, and their words in each language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from babel.messages.pofile import read_po
from pydantic import BaseModel, ConfigDict

LOCALE: Final = Path(__file__).parent / "locale"
PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


class _Template(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    template_id: str
    category: str
    variables: dict[str, int]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    header: str
    brand: dict[str, str]
    templates: dict[str, _Template]


@dataclass(frozen=True, slots=True)
class Template:
    """A message template; variables: the longest value of each, in characters."""

    kind: str
    template_id: str
    category: str
    variables: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """texts: by locale ("hi", "hi_Latn", "en") and key; templates by kind."""

    header: str
    brand: Mapping[str, str]
    templates: Mapping[str, Template]
    texts: Mapping[str, Mapping[str, str]]

    def text(self, key: str, *, language: str, script: str) -> str | None:
        """Return the words in the wished script, in the language's own one, or None."""
        roman = self.texts.get(f"{language}_Latn", {}) if script == "roman" else {}
        return roman.get(key) or self.texts.get(language, {}).get(key)


def load_catalogue(path: Path, *, locale: Path = LOCALE) -> Catalogue:
    """Return the catalogue. Errors: OSError, yaml.YAMLError, pydantic.ValidationError."""
    file = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    return Catalogue(
        header=file.header,
        brand=file.brand,
        templates={
            kind: Template(kind, t.template_id, t.category, t.variables)
            for kind, t in file.templates.items()
        },
        texts={folder.name: _texts(folder) for folder in sorted(locale.iterdir())},
    )


def _texts(folder: Path) -> Mapping[str, str]:
    with (folder / "LC_MESSAGES" / "sms.po").open("rb") as file:
        catalogue = read_po(file)
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string}
