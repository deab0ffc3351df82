"""`gitblob help`: the commands, one command's arguments, or a manual page."""

from __future__ import annotations

import argparse

from gitblob.cli import pager, topics, verbs
from gitblob.cli.console import Console
from gitblob.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[-a] [WORD]."""
    parser.add_argument("word", nargs="?", metavar="COMMAND|TOPIC", help="what to show; nothing: the list of both")
    parser.add_argument("-a", "--all", action="store_true", help="list the commands that git calls, too")


def run(args: argparse.Namespace, console: Console) -> int:
    """Show it; through git's pager on a terminal."""
    if args.word is None:
        console.result(f"{verbs.overview(plumbing=args.all)}\n\n{_topics()}")
    elif args.word in topics.names():
        pager.show(topics.page(args.word))  # of a command that has a page, -h shows the arguments
    elif args.word in verbs.COMMANDS:
        from gitblob.cli import main

        console.result(main.parser_of(args.word).format_help().rstrip("\n"))
    else:
        raise _unknown(args.word)
    return 0


def _topics() -> str:
    lines = [f"   {name:<15} {topics.summary(name)}" for name in topics.names()]
    return "\n".join(["manual pages, `gitblob help TOPIC`", *lines])


def _unknown(word: str) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(word, [*verbs.COMMANDS, *topics.names()], 1)
    hint = f"did you mean `gitblob help {near[0]}`?" if near else "`gitblob help` lists them"
    return UsageError(f"there is no command and no manual page {word!r}", hint)
