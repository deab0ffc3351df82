"""Paths on the command line, as git takes them, and the two options git-lfs users know."""

from __future__ import annotations

import argparse
import os

from gitblob.git.repository import Repository
from gitblob.ops import place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[PATH…] [--include GLOB] [--exclude GLOB]`."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, git pathspecs (default: everything)")
    parser.add_argument("--include", action="append", default=[], metavar="GLOB", help="only these; may be repeated")
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="not these; may be repeated")


def of(args: argparse.Namespace, repository: Repository) -> tuple[str, ...]:
    """The same as pathspecs relative to the top of the work tree."""
    folder = os.fsdecode(place.folder(repository))
    wanted = [_at(folder, spec) for spec in (*args.paths, *args.include)]
    return (*wanted, *(f":(exclude){folder}{glob}" for glob in args.exclude))


def _at(folder: str, spec: str) -> str:
    if spec.startswith(":") or not folder:
        return spec
    return os.path.normpath(folder + spec)
