"""Commands for translators: what there is to translate, and what the English has left behind.

The keys are extracted from what says them, the flows and the registered templates, into a gettext
template for each room. A translation carries the English that it was made from as `#. en: …`; when
the English changes, the translation is stale until somebody has looked at it and stamped it anew.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from ivr_flows.catalogues import LOCALE as PROMPTS
from ivr_flows.definitions import Definition, load_definitions
from ivr_flows.source import read_source
from sms.loader import LOCALE as TEXTS

SOURCE: Final = "en"
MARK: Final = "en: "
_KEY: Final = re.compile(r'^msgid "(?P<key>[^"]+)"$')


@dataclass(frozen=True, slots=True)
class Room:
    """A folder of catalogues: `<folder>/<language>/LC_MESSAGES/<domain>.po`."""

    folder: Path
    domain: str

    def path(self, language: str) -> Path:
        return self.folder / language / "LC_MESSAGES" / f"{self.domain}.po"

    @property
    def template(self) -> Path:
        return self.folder / f"{self.domain}.pot"

    def languages(self) -> list[str]:
        """The shipped languages that have a catalogue here, but for the source.

        A draft that is not shipped yet may be as unfinished as it is.
        """
        shipped = read_source(PROMPTS / "languages.yaml").content["languages"]
        found = {path.parents[1].name for path in self.folder.glob(f"*/*/{self.domain}.po")}
        return sorted(name for name in found - {SOURCE} if name.partition("_")[0] in shipped)


ROOMS: Final = (Room(PROMPTS, "prompts"), Room(TEXTS, "sms"))


def texts_of(path: Path) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in _read(path) if message.id}


def stale(room: Room, language: str) -> Iterator[str]:
    """Yield the keys whose translation was not made from what the English says now."""
    english = texts_of(room.path(SOURCE))
    for message in _read(room.path(language)):
        key = str(message.id)
        # A comment's own end keeps no spaces.
        if key in english and f"{MARK}{english[key]}".rstrip() not in message.auto_comments:
            yield key


def stamped(po: str, english: Mapping[str, str]) -> str:
    """Return the catalogue with the English beside each text, and nothing else changed."""
    lines: list[str] = []
    for line in po.split("\n"):
        if line.startswith(f"#. {MARK}"):
            continue
        found = _KEY.match(line)
        if found and found["key"] in english:
            lines.append(f"#. {MARK}{english[found['key']]}".rstrip())
        lines.append(line)
    return "\n".join(lines)


def template_of(room: Room) -> str:
    """Return the gettext template: every key, its English, and where it is said."""
    catalog = Catalog(project="doorvani", charset="utf-8", fuzzy=False)
    places = _places(load_definitions()) if room.domain == "prompts" else {}
    for key, text in texts_of(room.path(SOURCE)).items():
        catalog.add(
            key,
            auto_comments=[f"{MARK}{text}", *(f"said at {place}" for place in places.get(key, ()))],
        )
    file = io.BytesIO()
    write_po(file, catalog, width=0, omit_header=True, sort_output=False)
    return file.getvalue().decode("utf-8")


def _places(definitions: tuple[Definition, ...]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for definition in definitions:
        for name, node in definition.flow.nodes.items():
            for line in node.lines():
                if line.prompt and not line.prompt.startswith("key."):
                    places.setdefault(line.prompt, []).append(f"{definition.flow.flow}/{name}")
    return {key: sorted(set(found)) for key, found in places.items()}


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


@click.group()
def translations() -> None:
    """What there is to translate, and what is stale."""


@translations.command()
def extract() -> None:
    """Write the templates: every key with its English and where it is said."""
    for room in ROOMS:
        room.template.write_text(template_of(room), encoding="utf-8")
        click.echo(f"{room.template.name}: {len(texts_of(room.path(SOURCE)))} keys")


@translations.command()
@click.argument("languages", nargs=-1, required=True)
def stamp(languages: tuple[str, ...]) -> None:
    """Say that the texts of these LANGUAGES were read beside the English as it stands now."""
    for room in ROOMS:
        english = texts_of(room.path(SOURCE))
        for language in [language for language in languages if room.path(language).is_file()]:
            path = room.path(language)
            path.write_text(stamped(path.read_text("utf-8"), english), encoding="utf-8")
            click.echo(f"{language}/{room.domain}: stamped")


@translations.command()
def check() -> None:
    """Name every stale translation, and templates that are not fresh."""
    faults = [
        f"{language}/{room.domain}.po: {key} was made from other English; read it, then run "
        f"'doorvani translations stamp {language}'"
        for room in ROOMS
        for language in room.languages()
        for key in stale(room, language)
    ]
    faults += [
        f"{room.template.name} is not fresh: run 'doorvani translations extract'"
        for room in ROOMS
        if not room.template.is_file() or room.template.read_text("utf-8") != template_of(room)
    ]
    for fault in faults:
        click.echo(fault)
    count = sum(len(room.languages()) for room in ROOMS)
    click.echo(f"Checked: {count} catalogues, {len(faults)} faults.")
    if faults:
        sys.exit(1)
