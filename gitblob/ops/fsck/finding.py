"""What fsck found, one at a time, and how it was told to look."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gitblob.transfer.progress import SILENT, Progress

MALFORMED = "malformed-pointer"
RAW = "raw-file"
REWRITTEN = "rewritten"
MISSING = "missing"
CORRUPT = "corrupt"
STORE_MISSING = "store-missing"
STORE_CORRUPT = "store-corrupt"


class Finding(NamedTuple):
    """kind: one of the words above. where: a path, or an oid where no path is known. repaired: it is right now.

    commit: the one (hex) that brings it, where a range was asked about. remedy: what to type, where there is something.
    """

    kind: str
    where: str
    text: str
    repaired: bool = False
    commit: str = ""
    remedy: str = ""


class Way(NamedTuple):
    """How to look. repair: mend what can be mended. download: read the blobs whose digest a store cannot tell.

    tell: gets a line about what has been asked for, or has not been looked at.
    """

    tell: Callable[[str], None]
    repair: bool = False
    download: bool = False
    progress: Progress = SILENT
