"""Numbers of bytes for people."""

from __future__ import annotations


def human(size: int) -> str:
    """`812 B`, `19.5 KiB`, `2.0 GiB`."""
    value = float(size)
    if size < 1024:
        return f"{size} B"
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        value /= 1024
        if value < 1023.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1024:.1f} EiB"
