"""Long text through the pager that git would use: on a terminal only."""

from __future__ import annotations

import os
import sys

from gitblob.errors import GitblobError


def show(text: str) -> None:
    """Write text, which ends in a newline, to stdout; on a terminal by way of the pager that git is set to."""
    if not sys.stdout.isatty():
        sys.stdout.write(text)
        return
    import pydoc
    from contextlib import suppress

    from gitblob.git import command

    with suppress(GitblobError):  # without git, by pydoc's own choice
        os.environ["MANPAGER"] = command.text("var", "GIT_PAGER") or "cat"  # what pydoc looks at first
    os.environ.setdefault("LESS", "FRX")  # as git does: a short text stays on the screen
    os.environ.setdefault("LV", "-c")
    pydoc.pager(text)
