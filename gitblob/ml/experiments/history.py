"""Which commits are runs? Those whose `experiment.yaml` is another than that of all their parents.

One walk over the history of all branches and tags; what it found is remembered by the tips it began at, so that the
next one reads only what is new. The same record at several commits (a cherry-pick, a revert) is one run, at its first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gitblob.git import bulk, changes, command, history, partial
from gitblob.git.command import GitFailed
from gitblob.ml import memory
from gitblob.ml.experiments.document import FILE
from gitblob.ops.revisions import ALL
from gitblob.workspace import Workspace

KIND = "runs 3"
BRANCHES = ("refs/heads/", "refs/tags/", "refs/remotes/")
LINK = b"120000"
FORM = ("--date=iso-strict-local", "--format=%H%x00%an%x00%ad%x00%s")
UTC = {"TZ": "UTC"}  # times of all zones in one column, which is also sorted and filtered
STASH = "--exclude=refs/stash"  # what was put aside is no run


class Run(NamedTuple):
    """A commit that brings a record: its author, ISO 8601 author date (UTC), subject.

    blob: Git's name of the record (hex). link: the file is a symbolic link, which holds no record.
    """

    commit: str
    author: str
    date: str
    subject: str
    blob: str
    link: bool = False


class Walk(NamedTuple):
    """The runs, newest commit first. cut: the commits (hex) at which a shallow clone ends."""

    runs: list[Run]
    cut: list[str]


def runs(workspace: Workspace, revisions: Sequence[str] = ()) -> Walk:
    """The runs that these revisions lead to; all branches and tags without any. Raises UsageError."""
    top = workspace.top
    if revisions:
        return at_tips(workspace, [history.commit(rev, top) for rev in revisions])
    return at_tips(workspace, _all(top), "all")


def at_tips(workspace: Workspace, tips: Iterable[str], name: str | None = None) -> Walk:
    """The runs that these commits (hex) lead to. name: of the question, under which the answer is remembered."""
    top, wanted = workspace.top, sorted(set(tips))
    if not wanted:
        return Walk([], [])
    if partial.is_cut(top):
        return Walk(_once(_described(_walk(top, wanted), top)), partial.cut_in(wanted, top))
    kept = memory.open(workspace.cache.home)
    old, before = _remembered(kept.get(KIND, name) if name else None)
    if old == wanted:
        return Walk(before, [])
    if old and _all_within(top, old, wanted):
        found = _once([*_described(_walk(top, wanted, old), top), *before])
    else:
        found = _once(_described(_walk(top, wanted), top))
    if name:
        kept.put(KIND, name, json.dumps([wanted, found]).encode())
    return Walk(found, [])


def nearest(workspace: Workspace, rev: str) -> Run | None:
    """The run whose record a revision has: the last at or before it on its line of history. Raises UsageError."""
    tip = history.commit(rev, workspace.top)
    found = list(changes.log("-1", tip, "--", FILE, cwd=workspace.top))
    runs = _described(found, workspace.top)
    return runs[0] if runs else None


def tips(top: str) -> dict[str, list[str]]:
    """The names of branches and tags by the commit (hex) that they lead to."""
    form = "--format=%(objectname) %(*objectname) %(refname:short)"
    names: dict[str, list[str]] = {}
    for line in os.fsdecode(command.run("for-each-ref", form, *BRANCHES, cwd=top)).splitlines():
        name, peeled, ref = line.split(" ", 2)
        if not ref.endswith("/HEAD"):
            names.setdefault(peeled or name, []).append(ref)
    return names


def _remembered(answer: bytes | None) -> tuple[list[str], list[Run]]:
    """The tips and the runs that were found from there; none of an answer that is not as this version writes it."""
    try:
        tips, found = json.loads(answer or b"[[], []]")
        return tips, [Run(*fields) for fields in found]
    except (ValueError, TypeError):
        return [], []


def _all(top: str) -> list[str]:
    """The commits that all refs, and HEAD in all work trees, lead to."""
    head = ["HEAD"] if history.has_head(top) else []
    return command.run("rev-list", "--no-walk", STASH, *ALL, *head, "--", cwd=top).decode().split()


def _all_within(top: str, old: list[str], new: list[str]) -> bool:
    query = ("rev-list", "--max-count=1", "--stdin")
    data = "".join([*(f"{name}\n" for name in old), *(f"^{name}\n" for name in new)])
    try:
        return not command.run(*query, cwd=top, data=data.encode(), env=bulk.as_sent())
    except GitFailed:
        return False  # some have been pruned since


def _walk(top: str, include: list[str], exclude: Sequence[str] = ()) -> list[changes.Commit]:
    """The commits whose record differs from that of each parent; side branches are followed into merges."""
    data = "".join([*(f"{name}\n" for name in include), *(f"^{name}\n" for name in exclude)]).encode()
    return list(changes.log("--full-history", "--stdin", "--", FILE, cwd=top, data=data))


def _described(commits: Iterable[changes.Commit], top: str) -> list[Run]:
    """Author, date and subject of those that have a record after all."""
    found = {}
    for commit in commits:
        for path, mode, name in commit.files:
            if path == os.fsencode(FILE) and name.strip(b"0"):
                found[commit.name] = (name.decode(), mode == LINK)
    if not found:
        return []
    query = ("log", "--no-walk=unsorted", "--stdin", "-z", "--no-show-signature", "--encoding=UTF-8", *FORM)
    data = b"".join(name + b"\n" for name in found)
    answer = command.run(*query, cwd=top, data=data, env={**bulk.as_sent(), **UTC})
    fields = answer.decode("utf-8", "surrogateescape").split("\0")
    runs = []
    for at in range(0, len(fields) - 3, 4):
        commit_name, author, date, subject = fields[at : at + 4]
        date = f"{date[:-1]}+00:00" if date.endswith("Z") else date  # newer gits abbreviate UTC
        runs.append(Run(commit_name, author, date, subject, *found[commit_name.encode()]))
    return runs


def _once(runs: Sequence[Run]) -> list[Run]:
    """Each record once, where it first came."""
    first = {run.blob: run for run in runs}  # the oldest is the last
    return [run for run in runs if first[run.blob] is run]
