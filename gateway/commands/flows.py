"""Commands for the flows of the conversation."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from ivr_flows.catalogues import LOCALE
from ivr_flows.checks import check as find_faults
from ivr_flows.definitions import FLOWS, load_contract, load_definitions, sources_of
from ivr_flows.drawing import draw as draw_pages
from ivr_flows.loading import book_of, load_flow_book
from ivr_flows.recordings import PROMPTS, broken_recordings
from ivr_flows.releases import release as record_release
from ivr_flows.source import BrokenDefinition, Fault

DIAGRAMS: Final = Path("docs") / "flows"
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def flows() -> None:
    """The flows of the conversation."""


@flows.command()
@click.option("--flows", "flows_dir", type=_FOLDER, default=FLOWS, help="Folder of the flows.")
@click.option("--locale", type=_FOLDER, default=LOCALE, help="Folder of the catalogues.")
@click.option("--prompts", type=_FOLDER, default=PROMPTS, help="Folder of the recordings.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(flows_dir: Path, locale: Path, prompts: Path, as_json: bool) -> None:
    """Hold flows, contract, catalogues and recordings against each other; exit 1 for any fault."""
    try:
        definitions = load_definitions(flows_dir)
        book = book_of(definitions, locale=locale)
        faults: list[Fault] = find_faults(definitions, book=book, contract=load_contract())
        faults += broken_recordings(book.catalogues, prompts)
        summary = f"{len(definitions)} flows, {len(book.languages)} languages"
    except BrokenDefinition as error:
        faults, summary = list(error.faults), "not all could be read"
    if as_json:
        click.echo(json.dumps({"faults": [asdict(f) for f in faults]}, ensure_ascii=False))
    else:
        for fault in faults:
            click.echo(str(fault))
        click.echo(f"Checked: {summary}, {len(faults)} faults.")
    if faults:
        raise SystemExit(1)


@flows.command()
@click.option("--into", type=click.Path(path_type=Path), default=DIAGRAMS, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The pages as one JSON object; no files.")
def draw(into: Path, as_json: bool) -> None:
    """Draw each flow as a Mermaid diagram."""
    try:
        pages = draw_pages(load_flow_book())
    except BrokenDefinition as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(dict(pages), ensure_ascii=False))
        return
    into.mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        (into / name).write_text(page, encoding="utf-8")
    click.echo(f"Drew {len(pages)} flows into {into}.")


@flows.command()
@click.option("--flows", "flows_dir", type=_FOLDER, default=FLOWS, help="Folder of the flows.")
def release(flows_dir: Path) -> None:
    """Record the versions that go on the air; from then on they are not changed any more."""
    try:
        sources = sources_of(load_definitions(flows_dir))
        released = record_release(flows_dir, sources)
    except BrokenDefinition as error:
        raise click.ClickException(str(error)) from error
    for flow, version in released:
        click.echo(f"Released {flow} {version}.")
    click.echo(f"{len(sources)} versions are released, {len(released)} of them now.")
