"""Commands about text messages: what they cost, and whether they may be sent."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
from babel.messages.pofile import escape

from config.settings import REPOSITORY
from sms.catalogue import Script
from sms.lint import lint
from sms.loader import LOCALE, CatalogueError, catalogue_path, load_catalogue
from sms.render import RenderRefusal, render
from sms.segments import Segments, count

CATALOGUE = REPOSITORY / "config" / "sms.yaml"
# Stands for a value in a preview; a digit is in every encoding.
LONGEST = "8"
_MSGID: Final = re.compile(r'msgid "(?P<key>[^"]+)"')


@click.group("sms")
def sms() -> None:
    """Text messages."""


@sms.command("segments")
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Answer with a JSON object.")
@click.option("--stdin", "from_stdin", is_flag=True, help="One text a line, one JSON object out.")
def segments_command(text: str | None, as_json: bool, from_stdin: bool) -> None:
    """Count the segments that TEXT is sent in."""
    if (text is None) != from_stdin:
        raise click.UsageError("Give either TEXT or --stdin.")
    if text is None:
        for line in sys.stdin:
            click.echo(json.dumps(_as_json(count(line.removesuffix("\n")))))
        return
    found = count(text)
    if as_json:
        click.echo(json.dumps(_as_json(found)))
    else:
        click.echo(f"{found.segments} segment(s): {found.units} units of {found.encoding}")


@sms.command("lint")
@click.option("--json", "as_json", is_flag=True, help="Answer with a JSON object.")
@click.option(
    "--catalogue",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=CATALOGUE,
    help="Another sms.yaml; languages.yaml stands beside it.",
)
def lint_command(catalogue: Path, as_json: bool) -> None:
    """Check every template and text against DLT's rules; exit with 1 when one is broken."""
    try:
        loaded = load_catalogue(catalogue)
    except CatalogueError as error:
        raise click.ClickException(str(error)) from error
    problems = lint(loaded)
    if as_json:
        rows = [
            {"locale": p.locale, "key": p.key, "rule": p.rule, "detail": p.detail} for p in problems
        ]
        click.echo(json.dumps({"problems": rows}, ensure_ascii=False))
    else:
        for problem in problems:
            where = f"{problem.locale or 'all'} {problem.key}"
            click.echo(f"{where}: {problem.rule}: {problem.detail}", err=True)
        texts = len(loaded.templates) * len(loaded.texts)
        click.echo(f"{texts} template texts, {len(problems)} problem(s)")
    if problems:
        sys.exit(1)


@sms.command("romanise")
@click.argument("language")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=LOCALE)
def romanise_command(language: str, into: Path) -> None:
    """Write a LANGUAGE's catalogue in Roman letters, to be corrected text by text.

    From then on it is a catalogue like the others, and no more made by sms/roman.yaml.
    """
    catalogue = load_catalogue(CATALOGUE)
    native, locale = (catalogue.locales.get((language, script)) for script in Script)
    if native is None or locale is None:
        raise click.ClickException(f"no Roman letters for {language} in config/languages.yaml")
    path = catalogue_path(into, locale)
    if path.exists():
        raise click.ClickException(f"{path} is written already; correct it there")
    po = catalogue_path(LOCALE, native).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True)
    path.write_text(_with_texts(po, catalogue.texts[locale], locale), encoding="utf-8")
    click.echo(f"{path}: {len(catalogue.texts[locale])} texts")


def _with_texts(po: str, texts: Mapping[str, str], locale: str) -> str:
    """Return a catalogue with other texts under its keys; each stands on a line of its own."""
    key, lines = "", []
    for written in po.splitlines():
        line = written
        if found := _MSGID.fullmatch(line):
            key = found["key"]
        elif key and line.startswith("msgstr "):
            line = f"msgstr {escape(texts[key])}"
        elif line.startswith('"Language: '):
            line = f'"Language: {locale}\\n"'
        lines.append(line)
    return "\n".join(lines) + "\n"


@sms.command("preview")
@click.option("--lang", "language", required=True, help="A code of config/languages.yaml.")
@click.option(
    "--script",
    # A choice among an enumeration's members would want their names.
    type=click.Choice([script.value for script in Script]),
    default=Script.NATIVE.value,
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Answer with a JSON object.")
def preview_command(language: str, script: str, as_json: bool) -> None:
    """Show every message in a language, each value at its longest, and what it costs then."""
    catalogue = load_catalogue(CATALOGUE)
    rows: list[dict[str, str | int]] = []
    for kind, template in catalogue.templates.items():
        values = {name: LONGEST * most for name, most in template.variables.items()}
        message = render(kind, language=language, script=script, values=values, catalogue=catalogue)
        if isinstance(message, RenderRefusal):
            raise click.ClickException(f"{kind}: {message.rule}")
        price = catalogue.segment_price.times(message.segments.segments)
        cost = {"cost": str(price.amount), "currency": price.currency}
        rows.append({"kind": kind, "text": message.text, **_as_json(message.segments), **cost})
    if as_json:
        click.echo(json.dumps({"messages": rows}, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['kind']}: {row['segments']} segment(s), {row['units']} {row['encoding']}, "
            f"{row['cost']} {row['currency']}"
        )
        click.echo(f"  {row['text']}")


def _as_json(found: Segments) -> dict[str, str | int]:
    return {"encoding": found.encoding, "units": found.units, "segments": found.segments}
