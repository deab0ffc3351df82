"""Three doors: the filter and an ordinary commit's check, for which git waits, and the command line for all else."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the program with sys.argv; the exit code."""
    try:
        return _run()
    except KeyboardInterrupt:  # while modules were being loaded: nothing has begun
        return 130


def _run() -> int:
    if sys.argv[1:2] == ["filter-process"]:
        from gitblob.filter import process

        _leave(process.main(lfs="--pointer=lfs" in sys.argv[2:]))
    if sys.argv[1:] == ["hook", "pre-commit"]:
        from gitblob.git import hookmark, repository, staged

        if staged.is_harmless() and not hookmark.is_outdated(repository.here()):
            _leave(0)
    from gitblob.cli import main as cli

    code = cli.main(sys.argv[1:])
    if _has_threads():
        sys.stdout.flush()
        sys.stderr.flush()
        _leave(code)
    return code


def _has_threads() -> bool:
    """Does a transfer that was given up still hang in a library, which must not wake in half an interpreter?"""
    threading = sys.modules.get("threading")
    return threading is not None and threading.active_count() > 1


def _leave(code: int) -> None:
    """End without taking the interpreter apart, for which git would wait 2 ms. Nothing is in a Python buffer here."""
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
