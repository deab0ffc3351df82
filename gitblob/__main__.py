"""Two doors: `filter-process` straight to the filter, all else to the command line."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program with sys.argv; the exit code."""
    if sys.argv[1:2] == ["filter-process"]:
        from gitblob.filter import process

        return process.main(lfs="--pointer=lfs" in sys.argv[2:])
    from gitblob.cli import main as cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
