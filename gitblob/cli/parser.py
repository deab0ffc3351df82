"""argparse as the rest of gitblob speaks: its errors are UsageErrors, its help keeps the line breaks it was given."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from gitblob.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose options cannot be abbreviated and whose `error` raises.

    default_action: of the subcommands the one that a first word which names none is meant for. dashed: options whose
    value may begin with a dash, which argparse takes for another option.
    """

    default_action: str | None = None
    dashed: frozenset[str] = frozenset()

    def __init__(self, *args: object, **options: object) -> None:
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.color = False  # from Python 3.14 on help would hold colours, which `gitblob help COMMAND` has to escape

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it, with the default action in front where none is named."""
        words = list(sys.argv[1:] if args is None else args)
        first = next((at for at, word in enumerate(words) if not word.startswith("-")), None)
        if self.default_action and first is not None and words[first] not in self._subcommands():
            words.insert(first, self.default_action)
        return super().parse_known_args(self._joined(words), namespace)

    def _joined(self, words: list[str]) -> list[str]:
        """`--sort -acc` as `--sort=-acc`."""
        found: list[str] = []
        for word in words:
            if found and found[-1] in self.dashed and "--" not in found:
                found[-1] = f"{found[-1]}={word}"
            else:
                found.append(word)
        return found

    def _subcommands(self) -> set[str]:
        return {word for action in self._actions if action.nargs == argparse.PARSER for word in action.choices or ()}

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(message, f"`{self.prog} -h` shows the arguments")
