"""The cache that several clones share (`gitblob.cacheDir`): is it there, and can those who share it use it?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from gitblob.git import cache_dir
from gitblob.git.repository import Repository
from gitblob.ops.doctor.finding import OK, WARNING, Finding


def usable(repository: Repository) -> Iterator[Finding]:
    """Nothing where the setting is not in force. Raises SettingsError for a value that is no absolute path."""
    place = cache_dir.configured(repository)
    if place:
        yield _judged(place)


def _judged(place: str) -> Finding:
    try:
        info = os.stat(place)
    except OSError as error:
        text = f"the shared cache {place} is not there ({error.strerror}): this repository's own is used instead"
        return Finding("shared cache", WARNING, text, f"is it mounted? else mkdir -m 2775 {place}, chgrp GROUP {place}")
    mode = stat.S_IMODE(info.st_mode)
    if not stat.S_ISDIR(info.st_mode):
        return Finding("shared cache", WARNING, f"gitblob.cacheDir names {place}, which is not a directory")
    if not os.access(place, os.R_OK | os.X_OK):
        return Finding("shared cache", WARNING, f"you may not read the shared cache {place}", "ask its owner")
    if mode & stat.S_IWOTH:
        text = f"every user of this machine may write to the shared cache {place}, and its seals are believed"
        return Finding("shared cache", WARNING, text, f"chmod o-w {place}")
    if not os.access(place, os.W_OK):
        text = f"you may not write to the shared cache {place}: what is there is used, the rest goes to your own"
        return Finding("shared cache", OK, text)
    if mode & stat.S_IWGRP and not mode & stat.S_ISGID:
        text = f"the shared cache {place} has no set-group-id bit: others may not be able to use what you add"
        return Finding("shared cache", WARNING, text, f"chmod g+s {place}")
    return Finding("shared cache", OK, f"blobs lie in the shared cache {place}")
