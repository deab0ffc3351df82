"""The table of commands: verb, module, one line of what it does, by groups as `gitblob help` shows them.

A command is a module `gitblob/cli/commands/<verb>.py` (a dash becomes an underscore) with

    add_arguments(parser: argparse.ArgumentParser) -> None     may also set parser.description and parser.epilog
    run(args: argparse.Namespace, console: Console) -> int     the exit code; errors are raised as GitblobError
"""

from __future__ import annotations

PLUMBING = "plumbing, called by git and ssh"
GROUPS: dict[str, dict[str, str]] = {
    "start": {
        "install": "tell git about gitblob: filter, diff and merge driver, hooks",
        "track": "let files that match a pattern become blobs",
        "store": "name the places that blobs are shared through, and check them",
        "untrack": "take a pattern back",
        "uninstall": "take back what install did",
    },
    "by hand, what hooks and filters do": {
        "push": "upload blobs to the store",
        "fetch": "download blobs into the cache",
        "pull": "fetch, then put content where pointers stand",
        "checkout": "put content from the cache where pointers stand",
        "restore": "bring files and folders back as they were in another commit, or by a date",
    },
    "look": {
        "status": "what is tracked, pending, modified, not yet on the store",
        "ls": "the pointers of a commit",
        "cat": "the content of one version of a file",
        "log": "the versions of one file",
        "cache-key": "one word for the content of a commit, for the cache of a CI system",
    },
    "training": {
        "version": "the versions of data and models in any commit: explain, find, check, bump",
        "params": "the params of any commit or of the work tree, and what differs",
        "metrics": "the same for metrics",
        "experiment": "record, check, compare and restore training runs",
    },
    "locks, where the store is a Git LFS server": {
        "lock": "keep others from pushing a file",
        "unlock": "let them again",
        "locks": "who has locked what",
    },
    "care": {
        "doctor": "is everything in place? with the remedy",
        "fsck": "do pointers parse, does content match its oid? with --repair, mend it",
        "prune": "free the cache of what the store has",
    },
    "more": {
        "help": "this list, a command's arguments, or a manual page",
        "completion": "the completion script for a shell",
    },
    PLUMBING: {
        "filter-process": "serve one git command: clean and smudge",
        "hook": "run one of git's hooks",
        "textconv": "show a pointer or its content as text for git diff",
        "merge-driver": "merge two versions of a tracked file",
        "serve-store": "serve a store to a gitblob on another host, which starts this by ssh",
    },
}
COMMANDS: dict[str, tuple[str, str]] = {
    verb: (f"gitblob.cli.commands.{verb.replace('-', '_')}", summary)
    for group in GROUPS.values()
    for verb, summary in group.items()
}


def overview(*, plumbing: bool = False) -> str:
    """The grouped list of commands that bare `gitblob` shows."""
    lines = ["usage: gitblob COMMAND [ARGUMENTS]", ""]
    lines += [
        "Large files through plain git: add, commit, push and checkout do the work; these commands do the rest.",
        "",
    ]
    for title, verbs in GROUPS.items():
        if title != PLUMBING or plumbing:
            lines += [title, *(f"   {verb:<15} {summary}" for verb, summary in verbs.items()), ""]
    lines.append("`gitblob COMMAND -h` shows a command's arguments, `gitblob help` also lists the manual pages.")
    return "\n".join(lines)
