"""`gitblob filter-process`: reached here only with -h or from Python; git's own calls take the shortcut in __main__."""

from __future__ import annotations

import argparse

from gitblob.cli.console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--pointer."""
    parser.add_argument("--pointer", choices=["gitblob", "lfs"], default="gitblob", help="the form of new pointers")


def run(args: argparse.Namespace, console: Console) -> int:  # noqa: ARG001 stdout belongs to git
    """Serve git until it closes the pipe."""
    from gitblob.filter import process

    return process.main(lfs=args.pointer == "lfs")
