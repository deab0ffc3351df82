"""`gitblob completion`: print a script that teaches a shell to complete gitblob's commands and options."""

from __future__ import annotations

import argparse

from gitblob.cli import topics, verbs
from gitblob.cli.console import Console

SHELLS = ("bash", "zsh", "fish")
PATHS = {"path", "paths"}  # arguments that the shell completes with file names
# git's own completion calls _git_blob for `git blob`; __git_cmd_idx is where `blob` stands (git 2.31 and newer)
GIT_BLOB = """
_git_blob() {
  local at=${__git_cmd_idx:-1}
  local line=("${COMP_WORDS[@]:at+1}")
  local COMP_WORDS=(gitblob "${line[@]}") COMP_CWORD=$((COMP_CWORD - at))
  _shtab_gitblob
}
complete -o bashdefault -F _shtab_gitblob git-blob
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """SHELL."""
    parser.add_argument("shell", choices=SHELLS)
    parser.epilog = 'bash: put `eval "$(gitblob completion bash)"` into ~/.bashrc; zsh and fish alike.'


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the script."""
    import shtab

    script = shtab.complete(_whole_parser(), args.shell)
    console.result((script + GIT_BLOB if args.shell == "bash" else script).rstrip("\n"))
    return 0


def _whole_parser() -> argparse.ArgumentParser:
    """All commands in one parser."""
    from gitblob.cli import main
    from gitblob.cli.parser import Parser

    whole = Parser(prog="gitblob")
    whole.add_argument("--version", action="store_true", help="print the version")
    choices = whole.add_subparsers(metavar="COMMAND")
    for title, group in verbs.GROUPS.items():
        for verb, summary in group.items():
            if title != verbs.PLUMBING:
                command = choices.add_parser(verb, help=summary)
                main.load(verb).add_arguments(command)
                _mark_paths(command)
    return whole


def _mark_paths(parser: argparse.ArgumentParser) -> None:
    import shtab

    for action in parser._actions:  # noqa: SLF001 argparse has no public list of them
        if action.dest in PATHS:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.dest == "word":
            action.choices = [*verbs.COMMANDS, *topics.names()]
