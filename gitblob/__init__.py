"""gitblob: large files through plain Git."""

from __future__ import annotations

import os
import sys

__version__ = "0.1.0"


def _trusted(path: list[str], given: str) -> list[str]:
    """sys.path without what an empty or relative entry of PYTHONPATH stands for.

    Git starts us in the work tree, so a module in a commit would be imported from there. Python has made these entries
    absolute by now. Where this very package comes from one of them, it stays.
    """
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    planted = {os.path.abspath(entry) for entry in given.split(os.pathsep) if given and not os.path.isabs(entry)}
    return [entry for entry in path if os.path.isabs(entry) and (entry == home or entry not in planted)]


sys.path[:] = _trusted(sys.path, os.environ.get("PYTHONPATH", ""))
