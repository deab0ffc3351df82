"""What fsck found, one at a time."""

from __future__ import annotations

from typing import NamedTuple

MALFORMED = "malformed-pointer"
RAW = "raw-file"
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
