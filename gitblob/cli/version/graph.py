"""`gitblob version graph`: what needs what."""

from __future__ import annotations

import argparse

from gitblob import workspace as workspaces
from gitblob.cli.console import Console
from gitblob.errors import MlError
from gitblob.ml import graph, tree, versions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which commit, in which form."""
    parser.epilog = "  gitblob version graph --dot | dot -Tsvg > versions.svg"
    parser.add_argument("rev", nargs="?", metavar="REV", help="default: the work tree, HEAD in a bare repository")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--dot", action="store_true", help="in the language of Graphviz")
    forms.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace, console: Console) -> int:
    """Draw it; what has no file yet is shown by its name."""
    here = workspaces.open(ask=console.ask)
    if args.rev is None and here.repository.worktree:
        found = versions.here(here, without=(MlError,))
    else:
        found = versions.at(here, tree.at(here, args.rev or "HEAD"), without=(MlError,))
    drawn = graph.of(found)
    if args.json:
        edges = [
            {"from": one.source, "to": one.target, "range": one.range, "problem": one.problem} for one in drawn.edges
        ]
        console.json({"nodes": [node._asdict() for node in drawn.nodes], "edges": edges})
        return 0
    for line in graph.dot(drawn) if args.dot else graph.text(drawn):
        console.result(line)
    return 0
