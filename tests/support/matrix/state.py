"""What can be seen of a world after a scenario: told by label, so that it is the same with gitblob and by plain Git."""

import hashlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from support.matrix.content import told

if TYPE_CHECKING:
    from support.matrix.world import World


def seen(at: "World") -> dict[str, dict]:
    """The state of each place."""
    return {place.name: _place(at, place) for place in at.places}


def differing(one: list[dict], other: list[dict]) -> list[tuple]:
    """Where two lists of states differ: the way there, what the first has, what the other has."""
    return list(_differing((), dict(enumerate(one)), dict(enumerate(other))))


def _differing(way: tuple, one: object, other: object):
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from _differing((*way, key), one.get(key), other.get(key))
    elif one != other:
        yield way, one, other


def _place(at: "World", place: Path) -> dict:
    state: dict = {}
    bare = at.ask("rev-parse", "--is-bare-repository", cwd=place) == b"true\n"
    if not bare:
        status = at.ask("status", "--porcelain", "-z", "--untracked-files=all", "--ignored", cwd=place)
        state["status"] = sorted(os.fsdecode(status).split("\0"))
        state["files"] = files(place)
        state["index"] = _told(at, place, at.ask("ls-files", "-s", "-z", cwd=place))
    state["HEAD"] = _anonymous(at.ask("log", "-1", "--format=%s", cwd=place))
    state["tree"] = _told(at, place, at.ask("ls-tree", "-r", "-z", "HEAD", cwd=place))
    state["refs"] = sorted(_anonymous(at.ask("for-each-ref", "--format=%(refname) %(subject)", cwd=place)).splitlines())
    return state


def _anonymous(text: bytes) -> bytes:
    """Without the names of commits, which differ."""
    return re.sub(rb"\b[0-9a-f]{7,64}\b", b"COMMIT", text)


def files(top: Path) -> dict[str, tuple]:
    """Every file and link below a folder, without git directories."""
    found = {}
    for folder, folders, names in os.walk(os.fsencode(top)):
        folders[:] = [name for name in folders if name != b".git"]
        for name in set(names) - {b".git"}:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            link = stat.S_ISLNK(info.st_mode)
            if link:
                what = os.fsdecode(os.readlink(path))
            else:
                with open(path, "rb") as file:
                    what = told(file.read())
            kind = "link" if link else "program" if info.st_mode & stat.S_IXUSR else "file"
            found[os.fsdecode(os.path.relpath(path, os.fsencode(top)))] = (kind, what)
    return found


def _told(at: "World", place: Path, listing: bytes) -> dict:
    """Entries of ls-files -s or ls-tree: by path and stage the mode and what the blob says."""
    entries = []
    for line in listing.split(b"\0")[:-1]:
        head, _, path = line.partition(b"\t")
        fields = head.split(b" ")
        name, stage = (fields[1], fields[2]) if len(fields[1]) >= 40 else (fields[2], b"0")
        entries.append((os.fsdecode(path), stage, fields[0], name))
    return {
        (path, stage.decode()): (mode.decode(), "" if mode == b"160000" else _blob(at, place, name))
        for path, stage, mode, name in entries
    }


def _blob(at: "World", place: Path, name: bytes) -> str:
    """What a blob says; in gitblob's world a pointer stands for its content."""
    key = (at.full, name)
    if key not in _blobs:
        what = told(at.ask("cat-file", "blob", name.decode(), cwd=place))
        content = re.fullmatch(r"(pointer to )?(\w+:\d+)", what)
        if content and at.full:
            what = content[2] if content[1] else f"{what}, raw"
        _blobs[key] = what
    return _blobs[key]


_blobs: dict[tuple[bool, bytes], str] = {}


def harm(at: "World", place: Path) -> list[str]:
    """What gitblob has left behind at a place that should not be there."""
    found = []
    git_dir, common = at.ask("rev-parse", "--absolute-git-dir", "--git-common-dir", cwd=place).decode().splitlines()
    for folder in {Path(git_dir), place / common}:
        found += [str(path) for path in folder.glob("*.lock")]
        for kept in ("journal", "tmp", "quarantine"):
            found += [str(path) for path in (folder / "gitblob" / kept).glob("*")]
    return found


def damaged(at: "World") -> list[str]:
    """New blobs in the caches below the root that are not what they are called; the template's are hard links."""
    new = [path for path in at.root.glob("**/gitblob/[0-9a-f][0-9a-f]/*") if path.stat().st_nlink == 1]
    return [str(path) for path in new if hashlib.sha256(path.read_bytes()).hexdigest() != path.parent.name + path.name]
