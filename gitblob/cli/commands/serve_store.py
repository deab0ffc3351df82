"""`gitblob serve-store`: what ssh starts on the host that has the store."""

from __future__ import annotations

import argparse

from gitblob.cli.console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which directory, and whether to write there."""
    parser.description = "Serve a store over stdin and stdout, to a gitblob that has started this through ssh."
    parser.epilog = "`gitblob help ssh` has the line for authorized_keys that lets a key do this and nothing else."
    parser.add_argument("--git", action="store_true", help="PATH is a git repository: serve the store in its directory")
    parser.add_argument("--read-only", action="store_true", help="refuse whatever changes the store")
    parser.add_argument("path", metavar="PATH")


def run(args: argparse.Namespace, console: Console) -> int:  # noqa: ARG001 stdout belongs to the client
    """Serve until the client closes."""
    from gitblob.ops import serve

    serve.run(args.path, 0, 1, in_git=args.git, read_only=args.read_only)
    return 0
