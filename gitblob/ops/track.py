"""Rules: which files are blobs. `track` and `untrack` edit the `.gitattributes` of the folder one stands in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from gitblob import filesystem
from gitblob.errors import UsageError
from gitblob.git import attributes, command, history, tracking
from gitblob.git.repository import Repository
from gitblob.model import gitfile
from gitblob.ops import conversion, place, rulefile

EXEMPT = b".git*"  # Git's own small text files, and ours
NOT_IN_FORCE = {attributes.UNSPECIFIED, attributes.UNSET}


class Listed(NamedTuple):
    """A rule: file and line it stands in, its pattern."""

    file: str
    line: int
    pattern: str


class Changed(NamedTuple):
    """What an edit did: patterns whose lines were written or removed, patterns that needed nothing, files to convert.

    file: the .gitattributes, relative to the top. unset: attributes of other rules that were taken back. overridden:
    files that match but that a stronger rule keeps away from gitblob. Paths are relative to the top.
    """

    file: str
    written: list[str]
    kept: list[str]
    unset: list[str]
    raw: list[str]
    overridden: list[str]


def listed(repository: Repository) -> list[Listed]:
    """Every rule that hands files to gitblob, in the order of the files."""
    top = place.worktree(repository)
    names = ("--", attributes.FILE, b":(glob)**/" + attributes.FILE)
    files = sorted(set(command.lines("ls-files", "-z", "-c", "-o", "--exclude-standard", *names, cwd=top)))
    drivers = tracking.names(top)
    found: list[Listed] = []
    for name in [*files, os.fsencode(os.path.join(repository.common_dir, "info", "attributes"))]:
        rules = attributes.rules(rulefile.read(os.path.join(os.fsencode(top), name)))
        ours = (rule for rule in rules if rule.driver in drivers)
        found.extend(Listed(os.fsdecode(name), rule.number, os.fsdecode(rule.pattern)) for rule in ours)
    return found


def track(
    repository: Repository,
    patterns: Sequence[str],
    cwd: str | None = None,
    exact: bool = False,
    *,
    union: bool = False,
    append_only: bool = False,
    lfs: bool = False,
) -> Changed:
    """Write a rule for each pattern. exact: they are paths, in which no character has a special meaning.

    union: a merge unites lines that both sides have appended. append_only: and commits may not touch what is there.
    lfs: the rule names the `lfs` driver. A pattern that has one of these keeps it.
    """
    top, folder = place.worktree(repository), place.folder(repository, cwd)
    file = folder + attributes.FILE
    before = text = rulefile.read(os.path.join(os.fsencode(top), file))
    files = _files(top)
    written: list[str] = []
    kept: list[str] = []
    unset: set[str] = set()
    matching: set[bytes] = set()
    for given in patterns:
        pattern = _pattern(given, os.path.join(os.fsencode(top), folder), exact)
        matched = attributes.matching(pattern, folder, [*files, *_samples(pattern, folder)], top)
        rewritten = sorted({*_rewriters(matched, top), *_taken_back(text, pattern)}, key=attributes.REWRITERS.index)
        lfs_too = lfs or _is_lfs(text, pattern, top)
        union_too = union or _says(text, pattern, attributes.UNION)
        grows = append_only or _says(text, pattern, attributes.APPEND_ONLY)
        new = attributes.add(text, attributes.line(pattern, rewritten, union_too, lfs_too, grows))
        (kept if new == text else written).append(os.fsdecode(pattern))
        if new != text:
            unset.update(rewritten)
            text = _exempting(new) if any(map(gitfile.is_one, matched)) else new
        matching.update(matched.intersection(files))
    if text != before:
        filesystem.write_new(os.fsdecode(os.path.join(os.fsencode(top), file)), text)
    unknown = lfs and not tracking.stands_in(top)  # then git cannot say whether gitblob has these files
    covered = matching if unknown else tracking.tracked(sorted(matching), top)
    overridden = {path for path in matching - covered if not gitfile.is_one(path)}
    return Changed(
        os.fsdecode(file), written, kept, sorted(unset), _shown(conversion.raw(top, covered)), _shown(overridden)
    )


def untrack(repository: Repository, patterns: Sequence[str], cwd: str | None = None, exact: bool = False) -> Changed:
    """Remove the rule of each pattern. `raw` are the files that match, are pointers in Git, and under no rule now."""
    top, folder = place.worktree(repository), place.folder(repository, cwd)
    file = folder + attributes.FILE
    before = text = rulefile.read(os.path.join(os.fsencode(top), file))
    written: list[str] = []
    kept: list[str] = []
    files, matching = _files(top, others=False), set()
    for given in patterns:
        pattern = _pattern(given, os.path.join(os.fsencode(top), folder), exact)
        new = attributes.remove(text, pattern)
        (kept if new == text else written).append(os.fsdecode(pattern))
        text = new
        matching |= attributes.matching(pattern, folder, files, top)
    if written and not any(_takes_git_files(rule, folder, top) for rule in attributes.rules(text)):
        text = attributes.remove(text, EXEMPT)
    if text != before:
        filesystem.write_new(os.fsdecode(os.path.join(os.fsencode(top), file)), text)
    freed = matching - tracking.tracked(sorted(matching), top)
    pointed = {found.path for found in history.pointers_in_index(top)} if freed else set()
    return Changed(os.fsdecode(file), written, kept, [], _shown(freed & pointed), [])


def _pattern(given: str, folder: bytes, exact: bool) -> bytes:
    """The pattern to write. Raises UsageError for one that Git would never match."""
    path = os.fsencode(given)
    while path.startswith(b"./"):
        path = path[2:]
    if not path or path.startswith(b"../") or path == b"..":
        raise UsageError(f"{given!r} does not lie below this folder", "change to the folder that holds the files")
    if os.path.isabs(path) and os.path.lexists(path):
        raise UsageError(f"{given} is an absolute path", "patterns are relative to the folder one stands in")
    if path.endswith(b"/") or (b"*" not in path and os.path.isdir(os.path.join(folder, path))):
        path = path.rstrip(b"/")
        return (attributes.exact(path) if exact else attributes.quoted(path)) + b"/**"
    return attributes.exact(path) if exact else attributes.quoted(path)


def _samples(pattern: bytes, folder: bytes) -> list[bytes]:
    """Paths to ask about before any file exists: one that the pattern matches, and Git's own files beside it."""
    example = folder + attributes.sample(pattern)
    beside = example.rpartition(b"/")[0]
    ours = [] if folder else gitfile.MERGED
    return [example, *((beside + b"/" if beside else b"") + name for name in gitfile.NAMES), *ours]


def _exempting(text: bytes) -> bytes:
    """The file with a line that takes Git's own files out of the rules before it; how ours are merged comes last."""
    text = attributes.add(attributes.remove(text, EXEMPT), attributes.exemption(EXEMPT))
    lines = text.split(b"\n")
    last = {rule.number - 1 for rule in attributes.rules(text) if _merges_ours(rule)}
    kept = [line for at, line in enumerate(lines) if at not in last]
    return b"\n".join([*kept[:-1], *(lines[at] for at in sorted(last)), kept[-1]])


def _merges_ours(rule: attributes.Rule) -> bool:
    is_ours = rule.pattern.removeprefix(b"/") in gitfile.MERGED
    return is_ours and not rule.tracks and any(word.startswith(b"merge=") for word in rule.attributes)


def _takes_git_files(rule: attributes.Rule, folder: bytes, top: str) -> bool:
    matched = attributes.matching(rule.pattern, folder, _samples(rule.pattern, folder), top) if rule.tracks else set()
    return any(map(gitfile.is_one, matched))


def _rewriters(paths: set[bytes], top: str) -> list[str]:
    """The attributes in force on these paths that would change a pointer's bytes."""
    values = attributes.effective(sorted(paths), attributes.REWRITERS, top)
    found = {name for _, value in values for name in value if value[name] not in NOT_IN_FORCE}
    return [name for name in attributes.REWRITERS if name in found]


def _taken_back(text: bytes, pattern: bytes) -> list[str]:
    """The attributes that the pattern's own line unsets already."""
    said = {word for rule in attributes.rules(text) if rule.pattern == pattern for word in rule.attributes}
    return [name for name in attributes.REWRITERS if b"!" + name.encode() in said]


def _says(text: bytes, pattern: bytes, attribute: bytes) -> bool:
    return any(attribute in rule.attributes for rule in attributes.rules(text) if rule.pattern == pattern)


def _is_lfs(text: bytes, pattern: bytes, top: str) -> bool:
    found = [rule.driver for rule in attributes.rules(text) if rule.pattern == pattern and rule.tracks]
    return found[-1:] == [tracking.LFS] and tracking.stands_in(top)


def _files(top: str, others: bool = True) -> list[bytes]:
    kinds = ["-c", "-o", "--exclude-standard"] if others else ["-c"]
    return list(dict.fromkeys(command.lines("ls-files", "-z", *kinds, cwd=top)))


def _shown(paths: set[bytes]) -> list[str]:
    return [os.fsdecode(path) for path in sorted(paths)]
