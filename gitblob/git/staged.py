"""What is about to be committed, and the quick answer to "is there anything to check?" for the pre-commit hook.

Every commit waits for this: imports nothing that `git.command` does not need anyway (typing alone costs 13 ms).
"""

from __future__ import annotations

import os
import stat

from gitblob.errors import GitblobError, PointerError
from gitblob.git import append_only, command, loose, repository, tracking
from gitblob.model import gitfile
from gitblob.model import pointer as pointers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitblob.git.repository import Repository

REGULAR = b"100"  # what the modes of regular files begin with
TRACK_ABOVE = 10 << 20  # bytes; what `track.above` is where nothing is set
SETTINGS, SETTINGS_MAX_BYTES = ".gitblob.yaml", 1 << 20


class Staged:
    """A path (raw) of the index that differs from a commit's: mode and object name (hex) now and `before`.

    Where there is none, the mode is `000000`.
    """

    __slots__ = ("before", "mode", "name", "path")

    def __init__(self, path: bytes, mode: bytes, name: bytes, before: tuple[bytes, bytes]) -> None:
        self.path = path
        self.mode = mode
        self.name = name
        self.before = before


def is_harmless() -> bool:
    """Is all that is staged sure to pass the commit check? False means: look closely, where errors are told, too."""
    try:
        return _is_harmless()
    except GitblobError:
        return False


def _is_harmless() -> bool:
    here = repository.here()
    all_files = differing()
    if _rewrites(here, all_files):
        return False
    files = _no_pointers(here, [file for file in _regular(all_files) if not gitfile.is_one(file.path)])
    if not files:
        return True
    size = sizes(files)
    ruled = tracking.tracked((file.path for file in files), cached=True)
    largest = max((size.get(file.name, 0) for file in files if file.path not in ruled), default=0)
    if largest > pointers.MAX_BYTES:
        limit = _limit()
        if limit is None or largest > limit:
            return False
    return not raw([file for file in files if file.path in ruled], size)


def changed(top: str | None = None) -> list[Staged]:
    """The regular files that the commit adds or changes."""
    return _regular(differing(top))


def differing(top: str | None = None, rev: str | None = None) -> list[Staged]:
    """What the commit adds, changes and removes, compared with HEAD or with another commit."""
    query = ("diff", "--cached", "--raw", "-z", "--no-renames", "--diff-filter=AMTD", "--no-abbrev")
    fields = command.lines(*query, *([rev] if rev else []), cwd=top)
    found = []
    for head, path in zip(fields[::2], fields[1::2], strict=True):
        mode_before, mode, name_before, name, _ = head[1:].split(b" ")
        found.append(Staged(path, mode, name, (mode_before, name_before)))
    return found


def at_stake(files: list[Staged]) -> list[bytes]:
    """The paths of those files that were there before, regular ones: what a commit could take something from."""
    return [file.path for file in files if file.before[0].startswith(REGULAR)]


def merged(git_dir: str) -> list[str]:
    """The commits (hex) that a merge, which this commit is to conclude, brings to HEAD."""
    try:
        with open(f"{git_dir}/MERGE_HEAD", encoding="ascii") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def raw(files: list[Staged], size: dict[bytes, int], top: str | None = None) -> list[tuple[Staged, str]]:
    """Those of these files under a rule that are no pointers: each with "" for content, or what is wrong with it.

    size: bytes by object name.
    """
    files = [file for file in files if not gitfile.is_one(file.path)]
    found = [(file, "") for file in files if size.get(file.name, 0) > pointers.MAX_BYTES]
    small = [file for file in files if 0 < size.get(file.name, 0) <= pointers.MAX_BYTES]
    contents = command.small_objects([file.name for file in small], top)
    for file in small:
        try:
            if not pointers.decode(contents.get(file.name, b"")):
                found.append((file, ""))
        except PointerError as error:
            found.append((file, error.message))
    return found


def sizes(files: list[Staged], top: str | None = None) -> dict[bytes, int]:
    """Bytes of these files' objects, by object name."""
    if not files:
        return {}
    query = ("cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer")
    names = dict.fromkeys(file.name for file in files)
    answer = command.run(*query, cwd=top, data=b"\n".join(names) + b"\n")
    fields = [line.split() for line in answer.splitlines()]
    return {pair[0]: int(pair[1]) for pair in fields if pair[1].isdigit()}


def _regular(files: list[Staged]) -> list[Staged]:
    return [file for file in files if file.mode.startswith(REGULAR)]


def _rewrites(here: Repository, files: list[Staged]) -> bool:
    """Could the commit take rows from a file that is declared to only grow? Whether it does is for `append_check`."""
    paths = at_stake(files)
    for rev in merged(here.git_dir):
        paths += at_stake(differing(rev=rev))
    return append_only.are_mentioned(paths, here.common_dir) and bool(append_only.declared(paths))


def _no_pointers(here: Repository, files: list[Staged]) -> list[Staged]:
    """Without those that are seen to be pointers, of which nothing has to be asked, whatever the rules say."""
    read = loose.reader(here.common_dir)
    left = []
    for file in files:
        try:
            if not pointers.decode(read(file.name, pointers.MAX_BYTES) or b""):
                left.append(file)
        except PointerError:
            left.append(file)
    return left


def _limit() -> int | None:
    """TRACK_ABOVE where nothing is set; None: the settings must be read."""
    try:
        info = os.lstat(SETTINGS)
        if not stat.S_ISREG(info.st_mode) or info.st_size > SETTINGS_MAX_BYTES:
            return None  # never read: reading the settings ends in an error that says why
        with open(SETTINGS, "rb") as file:
            if b"above" in file.read(SETTINGS_MAX_BYTES):
                return None
    except FileNotFoundError:
        pass
    except OSError:
        return None
    return None if command.run("config", "--get", "gitblob.trackAbove", ok=(0, 1)) else TRACK_ABOVE
