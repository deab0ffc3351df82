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
        self.color = False  # from Python 3.14 on help would hold colours, which `gitblob help COMMAND` has to escape

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(message, f"`{self.prog} -h` shows the arguments")
