"""Reads the prompt catalogues; the .po files themselves, so nothing compiled can go stale."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ivr_flows.engine.catalogue import Catalogue, Template, parse_template
from ivr_flows.engine.numbers import TABLE_SIZE, NumberWords
from ivr_flows.source import BrokenDefinition, Fault, read_source

LOCALE: Final = Path(__file__).parent / "locale"
DRAFT_MARK: Final = "draft: awaiting a native speaker's review"
REVIEW_MARK: Final = "reviewed by:"


class _NumbersFile(BaseModel):
    """`library`, and its name of the language; or the words themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    library: Literal["", "num2words", "indic_numtowords"] = ""
    speaks: str = ""
    corrections: dict[str, str] = Field(default_factory=dict)
    words: tuple[str, ...] = ()
    hundred: str = ""
    thousand: str = ""
    lakh: str = ""

    @model_validator(mode="after")
    def _library_or_words(self) -> _NumbersFile:
        if not self.library and (
            len(self.words) != TABLE_SIZE or not (self.hundred and self.thousand and self.lakh)
        ):
            raise ValueError(f"either a library, or {TABLE_SIZE} words, hundred, thousand and lakh")
        return self


def load_catalogues(folder: Path = LOCALE) -> dict[str, Catalogue]:
    """Return the catalogues by language, in the order of `languages.yaml`.

    Errors: BrokenDefinition, OSError.
    """
    order = read_source(folder / "languages.yaml").content
    return {language: load_catalogue(folder, language) for language in order["languages"]}


def load_catalogue(folder: Path, language: str) -> Catalogue:
    """Errors: BrokenDefinition naming file and line, OSError."""
    path = folder / language / "LC_MESSAGES" / "prompts.po"
    return Catalogue(
        language=language,
        templates=_templates(path, f"{language}/{path.name}"),
        numbers=load_numbers(folder, language),
    )


def load_numbers(folder: Path, language: str) -> NumberWords:
    """Errors: BrokenDefinition naming file and line, OSError."""
    numbers = read_source(folder / language / "numbers.yaml").parse(_NumbersFile)
    return NumberWords(**numbers.model_dump(exclude={"source"}))


def _templates(path: Path, name: str) -> dict[str, Template]:
    try:
        with path.open("rb") as file:
            catalog = read_po(file, abort_invalid=True)
    except PoFileError as error:
        # Babel counts its lines from 0, and says the number again in its message.
        reason = str(error).rpartition(" on ")[0]
        raise BrokenDefinition([Fault(name, error.lineno + 1, reason)]) from error
    templates: dict[str, Template] = {}
    faults: list[Fault] = []
    header = str(catalog.header_comment)
    if DRAFT_MARK not in header and REVIEW_MARK not in header:
        reason = f'the header says neither "{DRAFT_MARK}" nor "{REVIEW_MARK}" with a name'
        faults.append(Fault(name, 1, reason))
    for message in catalog:
        if message.id:
            _add(templates, faults, message, name)
    if faults:
        raise BrokenDefinition(faults)
    return templates


def _add(templates: dict[str, Template], faults: list[Fault], message: Message, name: str) -> None:
    key, line = str(message.id), message.lineno or 1
    text = str(message.string).strip()
    if not text:
        faults.append(Fault(name, line, f"{key} has no text"))
        return
    try:
        templates[key] = parse_template(text, line=line)
    except ValueError as error:
        faults.append(Fault(name, line, f"{key}: {error}"))
