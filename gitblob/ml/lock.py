"""`.gitblob.lock`: which content the version of a component means; only ever appended to, and merged by union.

    image v2.1 sha256:6cbf…

One line for each version of each component: name, version as it was declared, fingerprint. Git's own `union` driver
merges lines that two branches have added.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from gitblob import filesystem
from gitblob.git import attributes
from gitblob.ml import declarations
from gitblob.ml.tree import Tree
from gitblob.ops import rulefile

FILE = ".gitblob.lock"
MAX_BYTES = 16 << 20
RULE = f"/{FILE} merge=union -text"  # without it a merge of two bumps is a conflict
LINE = re.compile(rf"({declarations.NAME.pattern}) ([^\s]{{1,64}}) (sha256:[0-9a-f]{{64}})")
MARKER = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: .*)?")


class Locked(NamedTuple):
    """What a line says. line: from 1."""

    name: str
    version: str
    fingerprint: str
    line: int


class Wrong(NamedTuple):
    """A line that says nothing, and why."""

    line: int
    reason: str


def read(tree: Tree) -> tuple[list[Locked], list[Wrong]]:
    """The lines of a tree's lock file. Raises MlError where it is no file of a lock's size."""
    return parse(tree.read(FILE, MAX_BYTES) or b"")


def parse(data: bytes) -> tuple[list[Locked], list[Wrong]]:
    """The lines, each once: a union may leave two of a kind."""
    found: dict[tuple[str, str, str], Locked] = {}
    wrong = []
    for number, text in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        line = text.strip()
        if match := LINE.fullmatch(line):
            found.setdefault((match[1], match[2], match[3]), Locked(match[1], match[2], match[3], number))
        elif MARKER.fullmatch(line):
            wrong.append(Wrong(number, f"a conflict was left here; keep the lines of both sides (`{RULE}`)"))
        elif line and not line.startswith("#"):
            wrong.append(Wrong(number, "here belongs `NAME VERSION sha256:<64 hex digits>`"))
    return list(found.values()), wrong


def append(worktree: str, lines: Iterable[tuple[str, str, str]]) -> list[str]:
    """Add lines (name, version, fingerprint); the files that were written, relative to the top.

    The first one also adds the rule by which Git merges them. Raises GitblobError for a link in place of a file.
    """
    new = "".join(f"{name} {version} {fingerprint}\n" for name, version, fingerprint in lines).encode()
    if not new:
        return []
    path = os.path.join(os.fsencode(worktree), FILE.encode())
    before = rulefile.read(path)
    joint = b"" if not before or before.endswith(b"\n") else b"\n"
    filesystem.write_new(os.fsdecode(path), before + joint + new)
    return [FILE, *_rule(worktree)]


def is_merged(worktree: str) -> bool:
    """Is the rule in force by which Git unites the lines of two branches?"""
    found = attributes.effective([FILE.encode()], ["merge"], worktree)
    return any(values["merge"] == "union" for _, values in found)


def _rule(worktree: str) -> list[str]:
    """Write the rule, unless one is in force; the file's name where that was needed."""
    name = attributes.FILE.decode()
    path = os.path.join(os.fsencode(worktree), attributes.FILE)
    if is_merged(worktree):
        return []
    before = rulefile.read(path)
    joint = b"" if not before or before.endswith(b"\n") else b"\n"
    filesystem.write_new(os.fsdecode(path), before + joint + RULE.encode() + b"\n")
    return [name]
