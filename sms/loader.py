"""Reads the catalogue from its files; the rest of the package sees only values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Self, TypeVar

import yaml
from babel.messages.pofile import PoFileError, read_po
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from sms.catalogue import Catalogue, Category, Limits, Price, Script, Template
from sms.commands import ROMAN_SUFFIX, Command, CommandWords, Duty, Reply, RxOrder, folded
from sms.roman import Roman, roman_texts, romanise
from sms.roman_file import RomanFile, as_roman

LOCALE: Final = Path(__file__).parent / "locale"
ROMAN: Final = Path(__file__).parent / "roman.yaml"


class CatalogueError(Exception):
    """A file of the catalogue cannot be used; the message names it and the place."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Header = Annotated[str, StringConstraints(pattern=r"^[A-Z]{6}$")]
Length = Annotated[int, Field(gt=0)]


class _Limits(_Strict):
    variable_length: Length
    variables: Length
    text_length: Length


class _Price(_Strict):
    amount: Annotated[Decimal, Field(ge=0, decimal_places=4)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class _Template(_Strict):
    category: Category
    header: Header | None = None
    variables: dict[str, Length] = {}
    template_ids: dict[str, str] = {}
    lane: str = "usual"


class _SmsFile(_Strict):
    version: int
    header: Header
    segment_price: _Price
    limits: _Limits
    brands: dict[str, str]
    allowed_numbers: frozenset[str] = frozenset()
    lanes: tuple[str, ...]
    templates: dict[str, _Template]

    @model_validator(mode="after")
    def _lanes_exist(self) -> Self:
        strange = {entry.lane for entry in self.templates.values()} - set(self.lanes)
        if strange:
            raise ValueError(f"no such lane: {', '.join(sorted(strange))}")
        return self


class _Language(_Strict):
    english: str
    native: str
    scripts: dict[Script, str]
    review: str


class _LanguagesFile(_Strict):
    """areas, what a state speaks first, is the telephone's affair."""

    version: int
    languages: dict[str, _Language]
    areas: dict[str, tuple[str, ...]] = {}


class _CommandsFile(_Strict):
    version: int
    longest: Length
    slips: dict[int, Length]
    denials: frozenset[str]
    not_slips: frozenset[str]
    commands: dict[Command, dict[str, tuple[str, ...]]]
    duty: dict[Duty, tuple[str, ...]]
    prescribe: tuple[str, ...]
    rx_orders: dict[RxOrder, tuple[str, ...]]
    confirm: tuple[str, ...]
    replies: dict[str, Reply]


_Model = TypeVar("_Model", bound=BaseModel)
_Meaning = TypeVar("_Meaning", Duty, RxOrder)


def load_catalogue(path: Path, *, locale: Path = LOCALE) -> Catalogue:
    """Return the catalogue of `path` (sms.yaml), its sibling languages.yaml, and the texts.

    Errors: CatalogueError, with the file and what is wrong in it.
    """
    sms = _read(path, _SmsFile)
    languages = _read(path.with_name("languages.yaml"), _LanguagesFile).languages
    locales = {
        (code, script): name
        for code, language in languages.items()
        for script, name in language.scripts.items()
    }
    roman = load_roman()
    made = _made(locale, locales, roman)
    texts = {
        name: load_texts(catalogue_path(locale, name))
        for name in sorted({*locales.values()} - {*made.values()})
    }
    for code, name in made.items():
        native = locales[code, Script.NATIVE]
        brand = (sms.brands.get(native, ""), sms.brands.get(name, ""))
        texts[name] = roman_texts(texts[native], code, brand=brand, roman=roman)
    return Catalogue(
        limits=Limits(**sms.limits.model_dump()),
        brands=sms.brands,
        locales=locales,
        templates={kind: _template(kind, entry, sms) for kind, entry in sms.templates.items()},
        texts=texts,
        made=frozenset(made.values()),
        roman=roman,
        segment_price=Price(**sms.segment_price.model_dump()),
        lanes=sms.lanes,
        allowed_numbers=sms.allowed_numbers,
    )


def _made(folder: Path, locales: Mapping[tuple[str, Script], str], roman: Roman) -> dict[str, str]:
    """Return by language the locales in Roman letters that nobody has written."""
    return {
        code: name
        for (code, script), name in locales.items()
        if script is Script.ROMAN
        and code in roman.languages
        and not catalogue_path(folder, name).is_file()
    }


def load_commands(path: Path) -> CommandWords:
    """Return the words that people text to us. Errors: CatalogueError, also for a word of two."""
    file = _read(path, _CommandsFile)
    words: dict[str, tuple[Command, tuple[str, ...]]] = {}
    roman = load_roman()
    for command, locale, phrase in _phrases(file, roman):
        known, locales = words.get(phrase, (command, ()))
        if known is not command:
            raise CatalogueError(f"{path}: {phrase}: means both {known} and {command}")
        words[phrase] = command, tuple(dict.fromkeys((*locales, locale)))
    return CommandWords(
        words=words,
        duty=_meanings(path, file.duty, roman),
        prescribe=frozenset(_spellings(file.prescribe, roman)),
        rx_orders=_meanings(path, file.rx_orders, roman),
        confirm=frozenset(_spellings(file.confirm, roman)),
        replies=file.replies,
        denials=frozenset(_spellings(file.denials, roman)),
        not_slips=frozenset(map(folded, file.not_slips)),
        slips=file.slips,
        longest=file.longest,
    )


def _phrases(file: _CommandsFile, roman: Roman) -> Iterator[tuple[Command, str, str]]:
    """Every phrase with the locale that says it, and as our own texts in Roman letters name it."""
    for command, by_locale in file.commands.items():
        for locale, phrases in by_locale.items():
            for phrase in phrases:
                yield command, locale, folded(phrase)
                if locale in roman.languages:
                    yield command, locale + ROMAN_SUFFIX, folded(romanise(phrase, locale, roman))


def _spellings(phrases: Iterable[str], roman: Roman) -> Iterator[str]:
    """The phrases, and each in Roman letters as every language of its script spells it."""
    for phrase in phrases:
        yield folded(phrase)
        yield from (folded(romanise(phrase, code, roman)) for code in roman.languages)


@cache
def load_roman(path: Path = ROMAN) -> Roman:
    """Return how languages are written in Roman letters; a file is read once.

    Errors: CatalogueError, with the place.
    """
    try:
        return as_roman(_read(path, RomanFile))
    except KeyError as error:
        raise CatalogueError(f"{path}: {error.args[0]}") from error


def _meanings(
    path: Path, phrases: Mapping[_Meaning, Sequence[str]], roman: Roman
) -> dict[str, _Meaning]:
    words: dict[str, _Meaning] = {}
    for wanted, said in phrases.items():
        for phrase in _spellings(said, roman):
            if words.setdefault(phrase, wanted) is not wanted:
                raise CatalogueError(f"{path}: {phrase}: means both {words[phrase]} and {wanted}")
    return words


def load_texts(path: Path) -> dict[str, str]:
    """Return key to text of a gettext catalogue. Errors: CatalogueError, with the line."""
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}") from error
    except (PoFileError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: {error}") from error
    return {str(entry.id): str(entry.string) for entry in catalogue if entry.id}


def _template(kind: str, entry: _Template, file: _SmsFile) -> Template:
    return Template(
        kind=kind,
        category=entry.category,
        header=entry.header or file.header,
        variables=entry.variables,
        template_ids=entry.template_ids,
        lane=file.lanes.index(entry.lane),
    )


def catalogue_path(locale: Path, name: str) -> Path:
    """Return where the texts of a locale are written."""
    return locale / name / "LC_MESSAGES" / "sms.po"


def _read(path: Path, model: type[_Model]) -> _Model:
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: {error}") from error
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise CatalogueError(f"{path}: {'; '.join(wrong)}") from error
