"""Paths on the command line, as git takes them, and the two options git-lfs users know."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from gitblob.git import history, pathspecs
from gitblob.git.repository import Repository
from gitblob.ops import place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[PATH…] [--include GLOB] [--exclude GLOB]`."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, git pathspecs (default: everything)")
    parser.add_argument("--include", action="append", default=[], metavar="GLOB", help="only these; may be repeated")
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="not these; may be repeated")


def of(args: argparse.Namespace, repository: Repository, rev: str | None = None) -> tuple[str, ...]:
    """The same as pathspecs relative to the top of the work tree.

    Raises GitblobError for a PATH that no file of the index (of a commit: rev) matches; a GLOB may match nothing.
    """
    folder = os.fsdecode(place.folder(repository))
    wanted = [*given(args.paths, repository, rev), *(_at(folder, spec) for spec in args.include)]
    return (*wanted, *(f":(exclude){folder}{glob}" for glob in args.exclude))


def given(specs: Sequence[str], repository: Repository, rev: str | None = None) -> tuple[str, ...]:
    """Pathspecs as typed, relative to the top. Raises GitblobError for one that matches no file."""
    folder = os.fsdecode(place.folder(repository))
    paths = {spec: _at(folder, spec) for spec in specs}
    if paths:
        top = repository.worktree
        pathspecs.require(paths, top, history.tree(rev, top) if rev else None)
    return tuple(paths.values())


def _at(folder: str, spec: str) -> str:
    if spec.startswith(":") or os.path.isabs(spec) or not folder:
        return spec
    return os.path.normpath(folder + spec)
