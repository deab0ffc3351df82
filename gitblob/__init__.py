"""gitblob: large files through plain Git. What a program imports from here: `gitblob help api`."""

from __future__ import annotations

import os
import sys

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitblob import trackers as trackers
    from gitblob.api.declared import versions as versions
    from gitblob.api.experiment import Experiment as Experiment
    from gitblob.api.files import Entry as Entry
    from gitblob.api.files import list as list  # noqa: A004 read as gitblob.list
    from gitblob.api.files import open as open  # noqa: A004 read as gitblob.open
    from gitblob.api.files import read as read
    from gitblob.api.paths import NoSuchFile as NoSuchFile
    from gitblob.api.snapshot import Snapshot as Snapshot
    from gitblob.api.snapshot import snapshot as snapshot
    from gitblob.api.stubs import guard as guard
    from gitblob.api.version import DataVersion as DataVersion
    from gitblob.api.version import ModelVersion as ModelVersion
    from gitblob.errors import GitblobError as GitblobError

# What is offered, and the module that it comes from when it is first used: the filter, for which git waits, loads none.
_OFFERED = {
    "DataVersion": "gitblob.api.version",
    "Entry": "gitblob.api.files",
    "Experiment": "gitblob.api.experiment",
    "GitblobError": "gitblob.errors",
    "ModelVersion": "gitblob.api.version",
    "NoSuchFile": "gitblob.api.paths",
    "Snapshot": "gitblob.api.snapshot",
    "guard": "gitblob.api.stubs",
    "list": "gitblob.api.files",
    "open": "gitblob.api.files",
    "read": "gitblob.api.files",
    "snapshot": "gitblob.api.snapshot",
    "trackers": "gitblob.trackers",
    "versions": "gitblob.api.declared",
}


def __getattr__(name: str) -> Any:
    if name not in _OFFERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module(_OFFERED[name])
    value = module if _OFFERED[name] == f"{__name__}.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> Iterable[str]:
    return sorted({*globals(), *_OFFERED})


def _trusted(path: Iterable[str], given: str) -> Iterable[str]:
    """sys.path without what an empty or relative entry of PYTHONPATH stands for.

    Git starts us in the work tree, so a module in a commit would be imported from there. Python has made these entries
    absolute by now. Where this very package comes from one of them, it stays.
    """
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    planted = {os.path.abspath(entry) for entry in given.split(os.pathsep) if given and not os.path.isabs(entry)}
    return [entry for entry in path if os.path.isabs(entry) and (entry == home or entry not in planted)]


sys.path[:] = _trusted(sys.path, os.environ.get("PYTHONPATH", ""))
