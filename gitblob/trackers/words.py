"""The params of a snapshot as trackers take them: under one key each, without a list in a value."""

from __future__ import annotations

import json

from gitblob.api.snapshot import Scalar, Snapshot


def params(taken: Snapshot) -> dict[str, Scalar]:
    """Every value that is a number or text as it is, others as JSON."""
    return {
        key: value if isinstance(value, (str, int, float)) else json.dumps(value, ensure_ascii=False)
        for key, value in taken.params.items()
    }
