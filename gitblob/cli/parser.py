"""argparse as the rest of gitblob speaks: its errors are UsageErrors, its help keeps the line breaks it was given."""

from __future__ import annotations

import argparse
from typing import NoReturn

from gitblob.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose options cannot be abbreviated and whose `error` raises."""

    def __init__(self, *args: object, **options: object) -> None:
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*args, **options)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(message, f"`{self.prog} -h` shows the arguments")
