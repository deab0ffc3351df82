"""Which paths were under a rule in a commit: Git answers from an index that holds that commit's `.gitattributes`.

`check-attr --source` would do the same with git 2.40 and newer. The user's own attributes (core.attributesFile, the
system's) count for nothing, so that every machine answers alike.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping

from gitblob.git import append_only as growing
from gitblob.git import bulk, command, tracking
from gitblob.git.attributes import FILE
from gitblob.git.pathspecs import PLAIN_INDEX

ABSENT = (b"missing", b"ambiguous")

Ask = Callable[[list[bytes], dict[str, str]], set[bytes]]  # paths, an environment with an index: some of the paths
Rules = tuple[tuple[bytes, bytes], ...]  # path and name (hex) of each .gitattributes that decides


def tracked(paths: Mapping[bytes, Iterable[bytes]], cwd: str | None = None) -> dict[bytes, set[bytes]]:
    """For each commit (hex) those of its paths (raw) that its tree's rules hand to gitblob."""
    return _by_rules(paths, cwd, lambda some, env: tracking.tracked(some, cwd, cached=True, env=env))


def append_only(paths: Mapping[bytes, Iterable[bytes]], cwd: str | None = None) -> dict[bytes, set[bytes]]:
    """For each commit (hex) those of its paths (raw) that its tree's rules declare to only grow."""
    return _by_rules(paths, cwd, lambda some, env: growing.declared(some, cwd, env))


def _by_rules(paths: Mapping[bytes, Iterable[bytes]], cwd: str | None, ask: Ask) -> dict[bytes, set[bytes]]:
    wanted = {commit: set(of_commit) for commit, of_commit in paths.items()}
    alike: dict[Rules, list[bytes]] = {}
    for commit, rules in _rules(wanted, cwd).items():
        alike.setdefault(rules, []).append(commit)
    found: dict[bytes, set[bytes]] = {}
    for rules, commits in alike.items():
        under = _under(rules, set().union(*(wanted[commit] for commit in commits)), cwd, ask)
        found.update((commit, wanted[commit] & under) for commit in commits)
    return found


def _rules(wanted: Mapping[bytes, set[bytes]], cwd: str | None) -> dict[bytes, Rules]:
    """The .gitattributes of each commit, in the folders that its paths lie in."""
    asked = [(commit, folder + FILE) for commit, paths in wanted.items() for folder in sorted(_folders(paths))]
    names = _named([commit + b":" + path for commit, path in asked], cwd)
    found: dict[bytes, list[tuple[bytes, bytes]]] = {commit: [] for commit in wanted}
    for (commit, path), name in zip(asked, names, strict=True):
        if name:
            found[commit].append((path, name))
    return {commit: tuple(rules) for commit, rules in found.items()}


def _folders(paths: Iterable[bytes]) -> set[bytes]:
    """Every folder above these paths, with its final slash; b"" for the top."""
    folders = {b""}
    for path in paths:
        at = path.rfind(b"/")
        while at > 0 and path[: at + 1] not in folders:
            folders.add(path[: at + 1])
            at = path.rfind(b"/", 0, at)
    return folders


def _named(objects: list[bytes], cwd: str | None) -> list[bytes | None]:
    """The name (hex) of each `COMMIT:path`, None where there is no such file. A path is one line for git."""
    lines = [b"" if b"\n" in one else one for one in objects]
    query = ("cat-file", "--batch-check=%(objectname)", "--buffer")
    answers = command.run(*query, cwd=cwd, data=b"".join(line + b"\n" for line in lines), env=bulk.as_sent())
    return [
        _one(one, cwd) if b"\n" in one else None if answer.endswith(ABSENT) else answer
        for one, answer in zip(objects, answers.split(b"\n"), strict=False)
    ]


def _one(spec: bytes, cwd: str | None) -> bytes | None:
    query = ("rev-parse", "--verify", "--quiet", "--end-of-options", spec)
    return command.run(*query, cwd=cwd, env=bulk.as_sent(), ok=(0, 1, 128)).strip() or None


def _under(rules: Rules, paths: set[bytes], cwd: str | None, ask: Ask) -> set[bytes]:
    """Those of the paths for which these files of rules answer what is asked."""
    with tempfile.TemporaryDirectory(prefix="gitblob-") as folder:
        env = {**bulk.as_sent(), "GIT_INDEX_FILE": f"{folder}/index", "GIT_ATTR_NOSYSTEM": "1"}
        data = b"".join(b"100644 %s 0\t%s\0" % (name, path) for path, name in rules)
        command.run(*PLAIN_INDEX, "update-index", "-z", "--index-info", cwd=cwd, data=data, env=env)
        return ask(sorted(paths), env)
