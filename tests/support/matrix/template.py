"""Repositories to copy: one history, written once for each kind of repository, with gitblob and without.

    base -- v2 -- main (large:3, text 3) -- ahead (small:4, run:4)
              |-- topic: zoo:3, zoo:4, zoo:5, a commit each
              |-- clash: large:9, small:9
              `-- other: deep:1, without run

`base` and `v2` have every file in its first and second version; links and an empty file never change.
"""

import hashlib
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from gitblob.cache import Cache
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer, encode
from support.matrix.content import content
from support.matrix.names import ORDINARY, Names

RULE = "*.bin* filter=gitblob diff=gitblob merge=gitblob"
OLD = 1_600_000_000  # files this old are racily clean to nobody


class Kind(NamedTuple):
    """What is fixed when a repository is made."""

    init: tuple[str, ...] = ()
    config: tuple[str, ...] = ()  # key=value
    text: str = " -text"  # the end of the rule
    names: Names = ORDINARY


def history(names: Names) -> list[tuple[str, str | None, dict[str, str | None]]]:
    """Commits in order: branch, parent, changes (path: label or text; None: deleted)."""

    def all_of(number: int) -> dict[str, str | None]:
        roles = ("small", "large", "zoo", "run", "far")
        return {getattr(names, role): f"{role}:{number}" for role in roles} | {"text.txt": f"text {number}\n"}

    return [
        ("base", None, all_of(1) | {"link": "text.txt", "link.bin": "text.txt", "empty.bin": ""}),
        ("v2", "base", all_of(2)),
        ("main", "v2", {names.large: "large:3", "text.txt": "text 3\n"}),
        ("topic", "v2", {names.zoo: "zoo:3"}),
        ("topic", "topic", {names.zoo: "zoo:4"}),
        ("topic", "topic", {names.zoo: "zoo:5"}),
        ("ahead", "main", {names.small: "small:4", names.run: "run:4"}),
        ("clash", "v2", {names.large: "large:9", names.small: "small:9"}),
        ("other", "v2", {names.deep: "deep:1", names.run: None}),
    ]


def build(run, root: Path, kind: Kind, full: bool) -> None:
    """Make `repo`, `origin.git` and `cache` below root. run: starts a program there; full: with gitblob."""
    run("git", "init", "-q", *kind.init, "repo")
    repo, cache = root / "repo", root / "cache"
    for setting in kind.config:
        run("git", "config", *setting.split("=", 1), cwd=repo)
    run("git", "config", "remote.origin.url", "../origin.git", cwd=repo)
    run("git", "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*", cwd=repo)
    run("git", "fast-import", "--quiet", cwd=repo, data=_stream(kind, full, Cache(str(cache))))
    shutil.copytree(repo / ".git", root / "origin.git", symlinks=True)
    run("git", "config", "core.bare", "true", cwd=root / "origin.git")
    if full:
        _link(cache, repo / ".git" / "gitblob")
    run("git", "checkout", "-q", "-f", "main", cwd=repo)
    if full:
        for blobs in (repo / ".git" / "gitblob").glob("[0-9a-f][0-9a-f]"):
            shutil.rmtree(blobs)
        (repo / ".git/gitblob/gitblob-store").unlink()
    for folder, _, files in os.walk(os.fsencode(repo)):
        for name in files:
            os.utime(os.path.join(folder, name), (OLD, OLD), follow_symlinks=False)


def copy(run, template: Path, root: Path, full: bool) -> None:
    """A fresh `repo` and `origin.git`; blobs are hard links."""
    run("cp", "-a", template / "repo", template / "origin.git", root)
    if full:
        _link(template / "cache", root / "repo" / ".git" / "gitblob")
        _link(template / "cache", root / "origin.git" / "gitblob")


def _link(cache: Path, target: Path) -> None:
    same = cache.stat().st_dev == target.parent.stat().st_dev
    shutil.copytree(cache, target, copy_function=os.link if same else shutil.copy2, dirs_exist_ok=True)


def _stream(kind: Kind, full: bool, cache: Cache) -> bytes:
    """The history as git fast-import reads it."""
    stream = []
    heads: dict[str, int] = {}
    for mark, (branch, parent, changes) in enumerate(history(kind.names), 1):
        stream.append(b"commit refs/heads/%s\nmark :%d\n" % (branch.encode(), mark))
        stream.append(b"committer A U Thor <author@example.invalid> %d +0000\n" % (OLD + mark))
        stream.append(_data(f"{branch} {mark}\n".encode()))
        if parent:
            stream.append(b"from :%d\n" % heads[parent])
        else:
            stream.append(b"M 100644 inline .gitattributes\n" + _data(f"{RULE}{kind.text}\n".encode()))
        heads[branch] = mark
        for path, what in changes.items():
            stream.append(_change(path, what, kind.names, full, cache))
    return b"".join(stream)


def _change(path: str, what: str | None, names: Names, full: bool, cache: Cache) -> bytes:
    name = b'"%s"' % b"".join(b"\\%03o" % byte for byte in os.fsencode(path))
    if what is None:
        return b"D %s\n" % name
    if ":" not in what:
        mode = b"120000" if path.startswith("link") else b"100644"
        return b"M %s inline %s\n%s" % (mode, name, _data(what.encode()))
    data = content(what, full)
    if full:
        oid = Oid(hashlib.sha256(data).hexdigest())
        if not cache.find(oid, len(data)):
            cache.put(data)
        data = encode(Pointer(oid, len(data)))
    return b"M %s inline %s\n%s" % (b"100755" if path == names.run else b"100644", name, _data(data))


def _data(data: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(data), data)
