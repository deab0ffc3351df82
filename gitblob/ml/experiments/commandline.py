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

# a header as curl takes it, and keys of services that a training program calls
INSIDE = re.compile(
    r"(?:authorization|(?:api|access|auth|private)[-_]?(?:key|token))\s*:\s*\S"
    r"|\bsk-(?:(?:ant|proj)-[\w-]{16}|[0-9a-z]{32})|\bxox[abp]-[\w-]{10}",
    re.IGNORECASE,
)
# within a line for a shell
ASSIGNED = re.compile(r"\b[A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY)=\S[^ ]* ")


def without_secrets(text: str) -> str:
    """What a program has said, with *** in place of words that look like a secret."""
    return re.sub(r"\S+", lambda word: HIDDEN if secrets.look(word[0]) else word[0], text)


def shown(words: Iterable[str]) -> list[str]:
    """The program and its arguments, with *** in place of secrets."""
    found: list[str] = []
    hide = False
    for word in words:
        name, equals, value = word.partition("=")
        is_secret = NAME.fullmatch(name) is not None
        if (hide and not word.startswith("-")) or ASSIGNED.search(word) or (not equals and _is_secret(word)):
            found.append(HIDDEN)
        elif equals and (is_secret or _is_secret(value)):
            found.append(f"{name}={HIDDEN}")
        else:
            found.append(word)
        hide = is_secret and not equals and name.startswith("-")
    return found


def _is_secret(text: str) -> bool:
    return secrets.look(text) is not None or INSIDE.search(text) is not None
