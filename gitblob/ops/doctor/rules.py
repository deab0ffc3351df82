"""Do the attributes in force keep pointers whole?"""

from __future__ import annotations

import os
from collections.abc import Iterator

from gitblob.git import attributes, command, tracking
from gitblob.git.repository import Repository
from gitblob.model import gitfile
from gitblob.ops.doctor.finding import OK, PROBLEM, WARNING, Finding, count

OFF = {attributes.UNSPECIFIED, attributes.UNSET}
RIGHT = {"merge": ("gitblob", "gitblob-union"), "diff": ("gitblob",), "text": (attributes.UNSET,)}
SHOWN = 3  # paths named in one finding


def sane(repository: Repository) -> Iterator[Finding]:
    """The attributes of every file that the index has, and of Git's own dot files."""
    top = repository.worktree
    if not top:
        return
    paths = dict.fromkeys([*command.lines("ls-files", "-z", "--cached", cwd=top), *gitfile.NAMES])
    names = tracking.names(top)
    tracked = [(path, values) for path, values in attributes.effective(paths, cwd=top) if values["filter"] in names]
    own = [path for path, _ in tracked if path.rpartition(b"/")[2] in gitfile.NAMES]
    files = [(path, values) for path, values in tracked if path not in own]
    found = [*_own_files(own), *_rewriters(files), *_drivers(files)]
    yield from found
    if not found:
        yield Finding(
            "attributes",
            OK,
            count(len(files), "file", "in the index is under gitblob", "in the index are under gitblob")
            if files
            else "nothing tracked yet",
        )


def _own_files(paths: list[bytes]) -> Iterator[Finding]:
    if paths:
        text = f"a pattern covers {_named(paths)}; gitblob leaves such files as they are"
        yield Finding("attributes", WARNING, text, "make the pattern narrower in .gitattributes")


def _rewriters(files: list[tuple[bytes, dict[str, str]]]) -> Iterator[Finding]:
    for name in attributes.REWRITERS:
        hit = [path for path, values in files if values[name] not in OFF]
        if not hit:
            continue
        # only an encoding destroys a pointer; the others would change bytes that a pointer does not have
        level = PROBLEM if name == "working-tree-encoding" else WARNING
        remedy = f"add `-{name}` to the line of .gitattributes that has filter=gitblob"
        yield Finding("attributes", level, f"{name} applies to {_named(hit)} and would be applied to pointers", remedy)


def _drivers(files: list[tuple[bytes, dict[str, str]]]) -> Iterator[Finding]:
    gitblob = [(path, values) for path, values in files if values["filter"] == "gitblob"]
    for name, right in RIGHT.items():
        hit = [path for path, values in gitblob if values[name] not in right]
        if hit:
            written = "-text" if name == "text" else f"{name}={right[0]}"
            yield Finding(
                "attributes",
                WARNING,
                f"{written} is missing for {_named(hit)}",
                f"add `{written}` to its rule in .gitattributes",
            )


def _named(paths: list[bytes]) -> str:
    names = ", ".join(os.fsdecode(path) for path in paths[:SHOWN])
    return names if len(paths) <= SHOWN else f"{names} and {len(paths) - SHOWN} more"
