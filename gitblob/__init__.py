"""gitblob: large files through plain Git."""

from __future__ import annotations

__version__ = "0.1.0"
