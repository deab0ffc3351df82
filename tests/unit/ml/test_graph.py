"""The graph of needs as text: every node is there, and none is drawn out twice."""

import itertools

from gitblob.ml import graph
from gitblob.ml.graph import Edge, Graph, Node


def of(*needs):
    nodes = tuple(Node(name, f"{name}@v1") for name in dict.fromkeys("".join(needs)))
    return list(graph.text(Graph(nodes, tuple(Edge(one, other, "*", None) for one, other in needs))))


def test_what_many_need_is_drawn_out_once():
    assert of("ab", "ac", "bd", "cd", "de") == [
        "a@v1",
        "├── b@v1 (*)",
        "│   └── d@v1 (*)",
        "│       └── e@v1 (*)",
        "└── c@v1 (*)",
        "    └── d@v1 (*)   as above",
    ]
    names = "abcdefghijklmnopqrstuvwxyz"
    layers = [names[at : at + 2] for at in range(0, 26, 2)]
    deep = [a + b for upper, lower in itertools.pairwise(layers) for a in upper for b in lower]
    assert len(of(*deep)) == len(deep) + 2


def test_rings_that_nothing_else_needs_are_there():
    assert of("xy", "aa", "bc", "cb") == [
        "x@v1",
        "└── y@v1 (*)",
        "a@v1",
        "└── a@v1 (*)   in a ring",
        "b@v1",
        "└── c@v1 (*)",
        "    └── b@v1 (*)   in a ring",
    ]
