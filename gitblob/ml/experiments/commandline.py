"""The command line of a run, as it may be committed: without what goes by the name of a secret, or looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gitblob.store import secrets

HIDDEN = "***"
# `--max-tokens 512` and `--tokenizer bert` are none
NAME = re.compile(
    r"-{0,2}(?:.*[-_.])?(?:password|passwd|passphrase|secret|credentials?|(?:api|access|secret|private)[-_]?key"
    r"|(?:auth|access|api|bearer|refresh|hf|wandb|github)[-_]token)|-{1,2}token",
    re.IGNORECASE,
)


def shown(words: Iterable[str]) -> list[str]:
    """The program and its arguments, with *** in place of secrets."""
    found: list[str] = []
    hide = False
    for word in words:
        name, equals, value = word.partition("=")
        is_secret = NAME.fullmatch(name) is not None
        if (hide and not word.startswith("-")) or (not equals and secrets.look(word)):
            found.append(HIDDEN)
        elif equals and (is_secret or secrets.look(value)):
            found.append(f"{name}={HIDDEN}")
        else:
            found.append(word)
        hide = is_secret and not equals and name.startswith("-")
    return found
