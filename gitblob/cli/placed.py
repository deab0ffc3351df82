"""What pull and checkout say about the files they were asked for."""

from __future__ import annotations

import os

from gitblob.cli.console import Console
from gitblob.errors import PartialFailure
from gitblob.model.size import human
from gitblob.stub import Outcome, Stub


def report(outcome: Outcome, console: Console, *, as_json: bool = False) -> int:
    """Say what came back. Raises PartialFailure for what did not."""
    done = outcome.done
    if as_json:
        console.json({"done": _paths(done), "left": _paths(outcome.left)})
    elif done:
        size = sum(stub.pointer.size for stub in done)
        console.result(f"{len(done)} file(s) have their content again ({human(size)})")
    refuse(outcome, console)
    if not done and not as_json:
        console.talk("nothing to do: no pointer stands in for content here")
    return 0


def refuse(outcome: Outcome, console: Console) -> None:
    """Raise PartialFailure for pointers that still stand."""
    if outcome.unpatched:
        console.talk(
            "git's index was locked, so git calls them modified; `gitblob checkout` tells it that they are not"
        )
    failures = [(os.fsdecode(stub.path), f"{stub.pointer.oid.text} was not found") for stub in outcome.absent]
    failures += [(os.fsdecode(stub.path), reason) for stub, reason in outcome.failed]
    if failures:
        raise PartialFailure(
            f"{len(failures)} file(s) still are pointers",
            failures,
            "`gitblob store check` looks at the stores; `gitblob push` in a clone that has the blobs uploads them",
        )


def _paths(stubs: list[Stub]) -> list[str]:
    return [os.fsdecode(stub.path) for stub in stubs]
