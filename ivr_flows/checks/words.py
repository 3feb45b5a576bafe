"""Has every prompt that is said a text in every language, and is it short enough to be heard?"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from pydantic import JsonValue

from ivr_flows.checks.durations import own_words, too_long
from ivr_flows.checks.families import family_of_items, prompts_of
from ivr_flows.definitions import Definition
from ivr_flows.engine.catalogue import FORMAT_PROMPTS, PLAIN_FORMATS, Catalogue
from ivr_flows.engine.draft import LANGUAGE
from ivr_flows.engine.flow import Flow, FlowBook
from ivr_flows.engine.nodes import AnyNode, PickNode
from ivr_flows.engine.nodes.pick import WHOLE_ITEM
from ivr_flows.engine.nodes.question import EAR_LINES
from ivr_flows.engine.run import APOLOGY, UNKNOWN_CALL
from ivr_flows.source import Fault

_ALWAYS_SAID: Final = (APOLOGY, UNKNOWN_CALL, *FORMAT_PROMPTS, *(line.prompt for line in EAR_LINES))


def broken_words(definition: Definition, book: FlowBook) -> Iterator[Fault]:
    """Yield prompts without a text, unknown languages, and what takes too long to hear."""
    for name, node in definition.flow.nodes.items():
        for reason in (*_missing(definition.flow, node, book), *too_long(node, book)):
            yield definition.source.fault(("nodes", name), f"{name}: {reason}")


def broken_catalogues(book: FlowBook) -> Iterator[Fault]:
    """Yield keys that a language lacks or nobody says, and placeholders that differ."""
    every = set().union(*(catalogue.templates for catalogue in book.catalogues.values()))
    said = _said(book)
    for language, catalogue in book.catalogues.items():
        file = f"{language}/prompts.po"
        for key in sorted((every | set(_ALWAYS_SAID)) - catalogue.templates.keys()):
            yield Fault(file, 1, f"{key} is missing")
        for key, template in catalogue.templates.items():
            if key not in said:
                yield Fault(file, template.line, f"{key} is said by no flow")
            for reason in (*_differing(key, catalogue, book), *_strange(key, catalogue)):
                yield Fault(file, template.line, reason)


def placeholder_names(node: AnyNode, book: FlowBook) -> frozenset[str]:
    """The variables that the node's prompts say; a picked item's own fields are not among them."""
    prompts = {line.prompt for line in node.lines() if line.prompt}
    for line in node.lines():
        prompts |= prompts_of(line.family, book) if line.family else set()
    return frozenset(
        placeholder.name
        for prompt in prompts
        for catalogue in book.catalogues.values()
        if prompt in catalogue.templates
        for placeholder in catalogue.templates[prompt].placeholders
    )


def _missing(flow: Flow, node: AnyNode, book: FlowBook) -> Iterator[str]:
    prompts = [line.prompt for line in node.lines() if line.prompt]
    if isinstance(node, PickNode):
        prompts += _picked_prompts(flow, node)
    for prompt in dict.fromkeys(prompts):
        for language, catalogue in book.catalogues.items():
            if prompt not in catalogue.templates:
                yield f"{prompt} has no text in {language}"
    for line in node.lines():
        if line.family and not prompts_of(line.family, book):
            yield f"no prompt begins with {line.family}."
        for language in set(line.languages) - set(book.languages):
            yield f"{language} is none of the languages"
    for values in _literals(node):
        spoken = values.get(LANGUAGE)
        if spoken is not None and spoken not in book.languages:
            yield f"{spoken} is none of the languages"


def _literals(node: AnyNode) -> list[dict[str, JsonValue]]:
    """Every mapping of variables to literals that this node sets."""
    choices = getattr(node, "choices", {})
    return [dict(node.set), *(dict(choice.set) for choice in choices.values())]


def _picked_prompts(flow: Flow, node: PickNode) -> list[str]:
    """The item's prompt; of a family, those that the lists written in the flow name."""
    if not family_of_items(node):
        return [node.item]
    sets = [flow.variables]
    for other in flow.nodes.values():
        sets += _literals(other)
    named: list[str] = []
    for values in sets:
        items = values.get(node.items)
        if isinstance(items, list):
            named += [node.item.replace(WHOLE_ITEM, str(item)) for item in items]
    return named


def _said(book: FlowBook) -> set[str]:
    """Every key that some flow, format or rule of the ear may say."""
    said = set(_ALWAYS_SAID)
    for flow in book.flows.values():
        for node in flow.nodes.values():
            for line in node.lines():
                said |= prompts_of(line.family, book) if line.family else {line.prompt}
            if isinstance(node, PickNode):
                family = family_of_items(node)
                said |= prompts_of(family, book) if family else {node.item}
    for catalogue in book.catalogues.values():
        for key in said & catalogue.templates.keys():
            for placeholder in catalogue.templates[key].placeholders:
                if placeholder.format not in PLAIN_FORMATS:
                    said = said | prompts_of(placeholder.format, book)
    return said


def _differing(key: str, catalogue: Catalogue, book: FlowBook) -> Iterator[str]:
    template = catalogue.templates[key]
    for placeholder in template.placeholders:
        if placeholder.format not in PLAIN_FORMATS and not prompts_of(placeholder.format, book):
            yield f"{key}: {placeholder.format} is neither a format nor a family of prompts"
    first = next(iter(book.catalogues.values()))
    other = first.templates.get(key)
    if other and sorted(map(repr, other.placeholders)) != sorted(map(repr, template.placeholders)):
        yield f"{key}: its placeholders are not those of {first.language}"


def _strange(key: str, catalogue: Catalogue) -> Iterator[str]:
    """Letters of another script than the language's numbers, and digits: voices read both wrong."""
    text = own_words(catalogue.templates[key])
    script = _script_of(catalogue.numbers.say(1)[0])
    letters = {char for char in text if unicodedata.category(char)[0] in "LM"}
    if others := sorted(char for char in letters if _script_of(char) != script):
        yield f"{key}: not {script}: {''.join(others)}"
    if any(char.isdigit() for char in text):
        yield f"{key}: a digit; numbers are words"


def _script_of(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0].lower()
