"""Is everything in place? One examination after the other, each with findings and what to do about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gitblob.errors import GitblobError, NotARepository
from gitblob.git import command
from gitblob.git.repository import Repository
from gitblob.ops.doctor import driver, firing, places, rules, shared
from gitblob.ops.doctor.finding import OK, PROBLEM, WARNING, Finding

__all__ = ["OK", "PROBLEM", "WARNING", "Finding", "examine"]


def examine(program: str) -> Iterator[Finding]:
    """All findings for the current directory, as they are made. program: the gitblob that is running (absolute path).

    Nothing is changed, apart from what git's own start of the filter may set up. Outside a repository only the
    user's configuration is examined.
    """
    yield from _guarded("git", driver.git)
    try:
        repository = command.find()
    except NotARepository as error:
        yield from _guarded("driver", lambda: driver.configured(None, program))
        yield Finding("repository", WARNING, f"{error.message}: nothing more to examine", error.hint)
        return
    yield from _guarded("driver", lambda: driver.configured(repository.worktree, program))
    for check, examination in EXAMINATIONS.items():
        yield from _guarded(check, lambda run=examination: run(repository))  # type: ignore[misc]


EXAMINATIONS: dict[str, Callable[[Repository], Iterator[Finding]]] = {
    "hooks": firing.would_run,
    "attributes": rules.sane,
    "settings": places.valid,
    "store": places.reachable,
    "pending": places.complete,
    "leftovers": places.tidy,
    "cache": places.shared,
    "shared cache": shared.usable,
    "filter": driver.answers,  # last: the filter, once started, may repair what the others look at
}


def _guarded(check: str, examination: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings; an error that ends the examination is one more."""
    try:
        yield from examination()
    except GitblobError as error:
        yield Finding(check, PROBLEM, error.message, error.hint)
    except OSError as error:
        yield Finding(check, PROBLEM, f"{error.filename or check}: {error.strerror or error}")
