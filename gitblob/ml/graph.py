"""What needs what, as a graph: components and data sets, and whether each need holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitblob.ml import needs
from gitblob.ml.needs import DATA
from gitblob.ml.versions import Versions


class Node(NamedTuple):
    """id: a component's name, or `data/NAME`. shown: with its version; the name alone where that is not known."""

    id: str
    shown: str


class Edge(NamedTuple):
    """source needs target within a range. problem: why that does not hold, or None."""

    source: str
    target: str
    range: str
    problem: str | None


class Graph(NamedTuple):
    """Nodes in the order of the declarations, components first."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def of(found: Versions) -> Graph:
    """The graph of a tree's versions."""
    declared = found.declared
    nodes = [Node(name, found.models[name].shown if name in found.models else name) for name in declared.models]
    nodes += [Node(f"{DATA}{name}", found.data[name].shown if name in found.data else name) for name in declared.data]
    return Graph(tuple(nodes), tuple(Edge(*need, _problem(need, found)) for need in needs.of(declared.models)))


def _problem(need: needs.Need, found: Versions) -> str | None:
    declared = found.declared
    if needs.unknown(need, declared.models, declared.data):
        return f"{need.needs} is not declared"
    return needs.unmet(need, declared.models, found.data)


def text(graph: Graph) -> Iterator[str]:
    """Lines of a tree: what nobody needs, below each what it needs, which is drawn once; then rings that are left."""
    needed = {edge.target for edge in graph.edges}
    tops = [node.id for node in graph.nodes if node.id not in needed]
    shown, drawn = dict(graph.nodes), set[str]()
    for top in [*tops, *(node.id for node in graph.nodes)]:
        if top not in drawn:
            drawn.add(top)
            yield shown[top]
            yield from _below((top,), graph, shown, "", drawn)


def _below(way: tuple[str, ...], graph: Graph, shown: dict[str, str], indent: str, drawn: set[str]) -> Iterator[str]:
    """What the last one on the way from the top needs."""
    edges = [edge for edge in graph.edges if edge.source == way[-1]]
    for edge in edges:
        last = edge is edges[-1]
        problem = f"   {edge.problem}" if edge.problem else ""
        below = "" if edge.target not in drawn else "   in a ring" if edge.target in way else "   as above"
        if not any(other.source == edge.target for other in graph.edges):
            below = ""
        branch = "└── " if last else "├── "
        yield f"{indent}{branch}{shown.get(edge.target, edge.target)} ({edge.range}){below}{problem}"
        drawn.add(edge.target)
        if not below:
            yield from _below((*way, edge.target), graph, shown, indent + ("    " if last else "│   "), drawn)


def dot(graph: Graph) -> Iterator[str]:
    """Lines in the language of Graphviz."""
    yield "digraph versions {"
    yield "  rankdir=LR;"
    for node in graph.nodes:
        shape = "cylinder" if node.id.startswith(DATA) else "box"
        yield f"  {_quoted(node.id)} [label={_quoted(node.shown)}, shape={shape}];"
    for edge in graph.edges:
        colour = ", color=red" if edge.problem else ""
        yield f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [label={_quoted(edge.range)}{colour}];"
    yield "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
