"""Draws flows as Mermaid diagrams that a reader of the docs can follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ivr_flows.engine.catalogue import Catalogue
from ivr_flows.engine.flow import Flow, FlowBook
from ivr_flows.engine.nodes import (
    AnyNode,
    BridgeNode,
    DialNode,
    DoNode,
    EnterNode,
    HoldNode,
    LanguagesNode,
    RecordNode,
    SayNode,
)
from ivr_flows.engine.nodes.paged import PagedQuestion
from ivr_flows.engine.nodes.question import Question

READ_IN: Final = "en"
_LONGEST_LABEL: Final = 70
_LEGEND: Final = (
    "Rounded: said. Hexagon: a question (0 repeats, 9 goes back, ×3 is the third failed try). "
    "Double bar: asked of the gateway. Diamond: decided by a value. Slanted: another line is rung. "
    "Stadium: the end."
)


def draw(book: FlowBook) -> Mapping[str, str]:
    """Return a Markdown page by file name, one for the newest version of each flow."""
    newest = {name: book.newest(name) for name, _ in sorted(book.flows)}
    return {f"{name}.md": _page(flow, book.catalogue(READ_IN)) for name, flow in newest.items()}


def _page(flow: Flow, catalogue: Catalogue) -> str:
    lines = [
        f"# {flow.flow}, version {flow.version}",
        "",
        flow.purpose,
        "",
        f"{_LEGEND} Drawn by `doorvani flows draw`.",
        "",
        "```mermaid",
        "flowchart TD",
        f"  begin_((begin)) --> {flow.start}",
    ]
    for name, node in flow.nodes.items():
        lines.append(f"  {name}{_shape(name, node, catalogue)}")
        lines += [
            f"  {name} -->{_edge_label(node, way.label, catalogue)} {way.node}"
            for way in node.ways()
        ]
    return "\n".join([*lines, "```", ""])


def _shape(name: str, node: AnyNode, catalogue: Catalogue) -> str:
    text = _quoted(_label(name, node, catalogue))
    if isinstance(node, DoNode):
        return f"[[{text}]]"
    if isinstance(node, SayNode):
        return f"({text})"
    if isinstance(node, Question | HoldNode):
        return f"{{{{{text}}}}}"
    if isinstance(node, BridgeNode | DialNode):
        return f"[/{text}/]"
    if not node.ways():
        return f"([{text}])"
    return f"{{{text}}}"


def _label(name: str, node: AnyNode, catalogue: Catalogue) -> str:
    if isinstance(node, DoNode):
        return node.do
    if isinstance(node, EnterNode):
        return f"flow {node.flow}"
    if isinstance(node, BridgeNode | DialNode):
        return "rings the doctor" if isinstance(node, BridgeNode) else f"rings [{node.number}]"
    lines = node.say if isinstance(node, SayNode | Question | HoldNode) else ()
    said = _short(" ".join(_text(line.prompt or f"{line.family}.*", catalogue) for line in lines))
    return f"{said} {_asked(node)}".strip() or name


def _asked(node: AnyNode) -> str:
    """What stands for the part of a question that no prompt says."""
    if isinstance(node, LanguagesNode):
        return f"[{node.items}, each in itself]"
    if isinstance(node, PagedQuestion):
        return f"[{node.items}]"
    return f"● {node.max_s} s" if isinstance(node, RecordNode) else ""


def _edge_label(node: AnyNode, label: str, catalogue: Catalogue) -> str:
    choice = getattr(node, "choices", {}).get(label)
    if choice is not None:
        label = f"{label}: {_text(choice.say.prompt, catalogue).rstrip(',')}"
    return f"|{_quoted(_short(label))}|" if label else ""


def _text(prompt: str, catalogue: Catalogue) -> str:
    template = catalogue.templates.get(prompt)
    return template.text if template else prompt


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1].rstrip()}…"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "#quot;") + '"'
