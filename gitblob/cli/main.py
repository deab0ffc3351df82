"""The command line: choose a command, run it, and turn what goes wrong into an exit code.

Only the chosen command's module is imported, and nothing heavy before that.
"""

from __future__ import annotations

import os
import sys

from gitblob.cli.verbs import COMMANDS, overview

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

USAGE, READER_GONE = 2, 141


def main(argv: list[str]) -> int:
    """Run `gitblob ARGV`; the exit code (see `gitblob help exit-codes`)."""
    _open_streams()
    try:
        code = _dispatch(argv)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 the one handler of all errors
        return _failed(error)
    return code


def parser_of(verb: str) -> argparse.ArgumentParser:
    """The argument parser of one command, with its arguments."""
    from gitblob.cli.parser import Parser

    summary = COMMANDS[verb][1]
    parser = Parser(prog=f"gitblob {verb}", description=f"{summary[0].upper()}{summary[1:]}.")
    load(verb).add_arguments(parser)
    return parser


def load(verb: str) -> Any:
    """The module of one command."""
    from importlib import import_module

    return import_module(COMMANDS[verb][0])


def _dispatch(argv: list[str]) -> int:
    if not argv or argv[0] in {"-h", "--help"}:
        sys.stdout.write(overview() + "\n")
        return 0 if argv else USAGE
    if argv[0] in {"--version", "-V"}:
        from gitblob import __version__

        sys.stdout.write(f"gitblob {__version__}\n")
        return 0
    if argv[0] not in COMMANDS:
        raise _unknown(argv[0])
    from gitblob.cli.console import Console

    try:
        args = parser_of(argv[0]).parse_args(argv[1:])
    except SystemExit:
        return 0  # argparse has printed the help; its errors are UsageErrors
    code: int = load(argv[0]).run(args, Console())
    return code


def _unknown(word: str) -> Exception:
    from difflib import get_close_matches

    from gitblob.errors import UsageError

    near = get_close_matches(word, COMMANDS, 1)
    kind = "option" if word.startswith("-") else "command"
    hint = f"did you mean `gitblob {near[0]}`?" if near else "`gitblob help` lists the commands"
    return UsageError(f"there is no {kind} {word!r}", hint)


def _failed(error: BaseException) -> int:
    """Report the error; a reader of our stdout that has gone away (`| head`) is none."""
    from gitblob.cli import failure
    from gitblob.cli.console import Console

    gone = isinstance(error, BrokenPipeError) and _reader_is_gone()
    _flush_or_drop()
    try:
        return READER_GONE if gone else failure.report(error, Console())
    except BrokenPipeError:
        return READER_GONE  # of stderr, too


def _reader_is_gone() -> bool:
    """Is it our own stdout that broke, and not a pipe to some store?"""
    import select

    poll = select.poll()
    poll.register(1, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _flush_or_drop() -> None:
    """Let what is left in the buffer go to nobody if stdout cannot take it: Python would complain when it exits."""
    try:
        sys.stdout.flush()
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)


def _open_streams() -> None:
    """Paths may hold any bytes; and a standard stream that the caller has closed must not swallow another file."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 for the whole process
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="surrogateescape" if stream is sys.stdout else "backslashreplace")
