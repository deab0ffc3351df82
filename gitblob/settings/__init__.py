"""`.gitblob.yaml`: the settings that are committed, and therefore come from people one may not know.

    version: 1
    stores:
      data: stores/blob          # a path in the work tree, an absolute path, or file:///path
      archive: {url: /mnt/archive, read_only: true}
      cloud: {url: s3://bucket/path, region: eu-west-1}  # options by kind of URL; `gitblob help stores`
    default: data                # where blobs go; the only store if there is one
    remotes: {backup: archive}   # ... when pushing to (fetching from) this Git remote; a list: to each of them
    track: {above: 10 MiB}       # larger files never enter Git raw; 0: no limit

Only these keys and the sections of the ML layer are known; no key names a program, and the file holds no secret. On
this machine alone `git config gitblob.store NAME` and `git config gitblob.trackAbove SIZE` come first.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping
from typing import NamedTuple

from gitblob.errors import SettingsError
from gitblob.git import command, staged
from gitblob.settings import places
from gitblob.settings.document import Document
from gitblob.settings.places import Place

# the same as in the quick check of each commit, which cannot afford to import this module
FILE = staged.SETTINGS
MAX_BYTES = staged.SETTINGS_MAX_BYTES
TRACK_ABOVE = staged.TRACK_ABOVE
SECTIONS = ("params", "metrics", "data", "models")  # of the ML layer, which reads them itself
KEYS = ("version", "stores", "default", "remotes", "track", *SECTIONS)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,18})?) ?(|B|[kK]B|MB|GB|TB|KiB|MiB|GiB|TiB)")
UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS |= {"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40}
LOCAL = r"^gitblob\.(store|trackabove|trust|concurrency|rate)$"  # of this machine's git config
MOST_CALLS = 256


class Settings(NamedTuple):
    """stores: by name, in the file's order. default: names. remotes: Git remote to names.

    track_above: bytes, 0 for no limit. concurrency: calls to a store at a time; rate: bytes per second; None: as the
    store can. trusted: places that this user has approved, see `trust`.
    """

    stores: Mapping[str, Place] = {}
    default: tuple[str, ...] = ()
    remotes: Mapping[str, tuple[str, ...]] = {}
    track_above: int = TRACK_ABOVE
    concurrency: int | None = None
    rate: int | None = None
    trusted: frozenset[str] = frozenset()

    def stores_for(self, remote: str) -> tuple[str, ...]:
        """The names of the stores for a Git remote ("": for none)."""
        only = tuple(self.stores) if len(self.stores) == 1 else ()
        return self.remotes.get(remote) or self.default or only


def load(worktree: str) -> Settings:
    """The settings of a work tree; the defaults where it has no file. Raises SettingsError."""
    path = f"{worktree}/{FILE}"
    data = read(path)
    return with_overrides(parse(data, path) if data else Settings(), worktree)


def read(path: str) -> bytes | None:
    """The file's bytes, or None. Raises SettingsError for a link, a special file and one that is too large."""
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(info.st_mode):
        raise SettingsError(f"{path} is not a regular file", "settings are never read through a link")
    if info.st_size > MAX_BYTES:
        raise SettingsError(f"{path} is larger than {MAX_BYTES} bytes")
    with open(path, "rb") as file:
        return file.read(MAX_BYTES)


def parse(data: bytes, path: str) -> Settings:
    """The settings that these bytes hold. path: for messages. Raises SettingsError naming file and line."""
    document = Document(path)
    root = document.root(data)
    if root is None:
        return Settings()
    top = document.mapping(root, KEYS)
    if "version" in top and document.text(top["version"]) != "1":
        document.fail(top["version"], "this version of gitblob knows `version: 1` only", "upgrade gitblob")
    named = document.entries(top.get("stores"), check_name)
    stores = {name: places.read(document, node) for name, node in named.items()}
    remotes = {
        remote: document.some_of(node, stores, "store") for remote, node in document.entries(top.get("remotes")).items()
    }
    default = document.some_of(top["default"], stores, "store") if "default" in top else ()
    track = document.mapping(top["track"], ("above",)) if "track" in top else {}
    above = document.check(track["above"], size) if "above" in track else TRACK_ABOVE
    return Settings(stores, default, remotes, above)


def with_overrides(settings: Settings, cwd: str) -> Settings:
    """The settings with what this machine's git config puts first."""
    output = command.run("config", "-z", "--get-regexp", LOCAL, cwd=cwd, ok=(0, 1))
    records = [os.fsdecode(record).partition("\n")[::2] for record in output.split(b"\0")[:-1]]
    settings = settings._replace(trusted=frozenset(value for key, value in records if key == "gitblob.trust"))
    values = dict(records)
    if store := values.get("gitblob.store"):
        if store not in settings.stores:
            raise SettingsError(
                f"git config gitblob.store names {store!r}, which is no store of this repository",
                "`gitblob store list` shows them; `git config --unset gitblob.store` takes it back",
            )
        settings = settings._replace(default=(store,))
    if above := values.get("gitblob.trackabove"):
        settings = settings._replace(track_above=_configured("trackAbove", above, size))
    if concurrency := values.get("gitblob.concurrency"):
        settings = settings._replace(concurrency=_configured("concurrency", concurrency, _calls))
    if rate := values.get("gitblob.rate"):
        settings = settings._replace(rate=_configured("rate", rate, size) or None)
    return settings


def _configured(key: str, text: str, read: Callable[[str], int]) -> int:
    try:
        return read(text)
    except SettingsError as error:
        raise SettingsError(f"git config gitblob.{key}: {error.message}") from None


def _calls(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_CALLS:
        raise SettingsError(f"{text!r} is not a number from 1 to {MOST_CALLS}")
    return int(text)


def set_track_above(worktree: str, text: str) -> None:
    """Write `track.above`. Raises SettingsError for what is no size."""
    from gitblob.settings import edit

    size(text)
    edit.track_above(worktree, text)


def size(text: str) -> int:
    """The bytes that `10MiB`, `50 MB` or `0` stand for. Raises SettingsError."""
    match = SIZE.fullmatch(text.strip())
    if not match:
        raise SettingsError(f"{text!r} is not a size; write it like 10MiB or 50 MB")
    return int(float(match[1]) * UNITS[match[2].upper()])


def check_name(name: str) -> str:
    """The name of a store. Raises SettingsError for one that could be taken for something else."""
    if not NAME.fullmatch(name):
        raise SettingsError(f"{name!r} is not a name: letters, digits, dots, dashes and underscores, at most 64")
    return name
