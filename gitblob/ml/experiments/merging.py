"""What a merge does with two records: a line in `.gitattributes` names the driver, `gitblob install` configures it.

A merge is no run until it is recorded, so ours stays. Where commits are replayed (rebase, cherry-pick), theirs is the
record of the run that is being replayed, and goes with it.
"""

from __future__ import annotations

import os
import shutil

from gitblob import filesystem
from gitblob.git import attributes, command
from gitblob.ml.experiments.document import FILE
from gitblob.ops import rulefile
from gitblob.workspace import Workspace

DRIVER = "gitblob-experiment"
RULE = f"{FILE} merge={DRIVER}".encode()
OF_BLOBS = ("gitblob", "gitblob-union", "lfs")  # a rule for everything; a record is no blob, whatever it says
ATTRIBUTES = os.fsdecode(attributes.FILE)


def ensure(workspace: Workspace) -> list[str]:
    """Name the driver in `.gitattributes` where nobody has named one for records; the files to stage for that.

    A `.gitattributes` that the user is editing is not staged for him.
    """
    top = workspace.top
    values = next(attributes.effective([os.fsencode(FILE)], ("merge",), top))[1]
    if values["merge"] not in (attributes.UNSPECIFIED, *OF_BLOBS):
        return []
    path = os.path.join(top, ATTRIBUTES)
    is_edited = os.path.lexists(path) and not _is_as_staged(top)
    filesystem.write_new(path, attributes.add(rulefile.read(os.fsencode(path)), RULE))
    return [] if is_edited else [ATTRIBUTES]


def choose(ours: str, theirs: str, is_merge: bool) -> bool:
    """Leave in the file `ours` the record that stays; True where the other one was given up.

    git calls a driver only where both sides have another file than their base has.
    """
    with open(ours, "rb") as mine, open(theirs, "rb") as other:
        if mine.read() == other.read():
            return False
    if not is_merge:
        shutil.copyfile(theirs, ours)
    return is_merge


def _is_as_staged(top: str) -> bool:
    staged = command.lines("ls-files", "-z", "--", ATTRIBUTES, cwd=top)
    return bool(staged) and command.succeeds("diff-files", "--quiet", "--", ATTRIBUTES, cwd=top)
