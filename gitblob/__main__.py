"""Three doors: the filter and an ordinary commit's check, for which git waits, and the command line for all else."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program with sys.argv; the exit code."""
    if sys.argv[1:2] == ["filter-process"]:
        from gitblob.filter import process

        return process.main(lfs="--pointer=lfs" in sys.argv[2:])
    if sys.argv[1:] == ["hook", "pre-commit"]:
        from gitblob.git import staged

        if staged.is_harmless():
            return 0
    from gitblob.cli import main as cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
