"""`gitblob version`: which data and models a commit has."""

from __future__ import annotations

import argparse
import gc
from importlib import import_module
from typing import Any

from gitblob.cli.console import Console
from gitblob.cli.parser import Parser

ACTIONS = {
    "show": "the versions of the work tree or of a commit; the word may be left out",
    "explain": "what differs between two commits: files, config, seed",
    "find": "which commits have a version, such as processed@0123456789ab or image@v2.1",
    "check": "is all of it true? for CI: exits with 1 if not",
    "bump": "give a component its next version",
    "lock": "write versions into .gitblob.lock that are not there yet",
    "tag": "tag a commit with the versions of its components",
    "graph": "what needs what",
}
ALIASES = {"explain": ["diff"]}
EPILOG = """\
  gitblob version                  what the work tree has; +dirty: HEAD has another
  gitblob version v1.0             what a commit has
  gitblob version explain v1.0     what has changed since
  gitblob version bump image --minor

`gitblob help data-version` and `gitblob help components` explain them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions; show is what is done without a word."""
    parser.epilog = EPILOG
    parser.add_argument("--json", action="store_true", help="one JSON document (of show)")
    if isinstance(parser, Parser):
        parser.default_action = "show"
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    parser.set_defaults(action="show", rev=None)
    for action, summary in ACTIONS.items():
        one = actions.add_parser(action, help=summary, aliases=ALIASES.get(action, []))
        one.formatter_class = parser.formatter_class
        _module(action).add_arguments(one)
        one.set_defaults(action=action)


def run(args: argparse.Namespace, console: Console) -> int:
    """Do what the action says."""
    collects = gc.isenabled()
    gc.disable()  # of 100,000 files no record is part of a cycle, and to look for some takes a fifth of the time
    try:
        code: int = _module(args.action).run(args, console)
    finally:
        if collects:
            gc.enable()
    return code


def _module(action: str) -> Any:
    return import_module(f"gitblob.cli.version.{action}")
