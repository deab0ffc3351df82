r"""`.gitattributes`: what Git takes to be in force, and edits that leave every other byte of a file alone.

A rule is one line, `PATTERN ATTRIBUTE…` (gitattributes(5)). Patterns are written as Git LFS writes them: blanks as
`[[:space:]]`, a leading `#`, `!` or `"` behind a backslash, all other bytes (UTF-8 or not) as they are.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gitblob.git import append_only, command, tracking

FILE = b".gitattributes"
DRIVER = (b"filter=gitblob", b"diff=gitblob", b"merge=gitblob", b"-text")
LFS_DRIVER = (b"filter=lfs", b"diff=lfs", b"merge=lfs", b"-text")  # what `git lfs track` writes
UNION = b"merge=gitblob-union"  # in place of merge=gitblob: a merge unites lines that both sides have appended
APPEND_ONLY = append_only.ATTRIBUTE.encode()  # and a commit may not touch what is there
REWRITERS = ("working-tree-encoding", "ident", "eol")  # attributes that would change a pointer's bytes
QUERIED = ("filter", "diff", "merge", "text", *REWRITERS)
UNSPECIFIED, UNSET = "unspecified", "unset"
BLANKS = b" \t\r\n"
ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class Rule(NamedTuple):
    """One line that sets attributes: number (from 1), pattern as written but without C quotes, attributes."""

    number: int
    pattern: bytes
    attributes: tuple[bytes, ...]

    @property
    def driver(self) -> str | None:
        """Which of gitblob's drivers it hands its files to: `lfs` is one where gitblob stands in for git-lfs."""
        return next((name for name in tracking.DRIVERS if b"filter=" + name.encode() in self.attributes), None)

    @property
    def tracks(self) -> bool:
        """Does it hand its files to gitblob (or to the `lfs` driver, which gitblob can stand in for)?"""
        return self.driver is not None


def effective(
    paths: Iterable[bytes], names: Sequence[str] = QUERIED, cwd: str | None = None, cached: bool = False
) -> Iterator[tuple[bytes, dict[str, str]]]:
    """Each path (raw, relative to cwd) with the values in force for the attributes called `names`.

    The values are Git's: `set`, `unset`, `unspecified` or what the rule says. cached: as the index has it.
    """
    options = ["--cached"] if cached else []
    data = b"".join(path + b"\0" for path in paths)
    if not data:
        return
    fields = command.lines("check-attr", *options, "-z", "--stdin", *names, cwd=cwd, data=data)
    step = 3 * len(names)
    for at in range(0, len(fields), step):
        values = fields[at + 2 : at + step : 3]
        yield fields[at], dict(zip(names, (value.decode("utf-8", "replace") for value in values), strict=True))


def matching(pattern: bytes, folder: bytes, paths: Iterable[bytes], top: str) -> set[bytes]:
    """Those of the paths (raw, relative to the top, which need not exist) that a pattern matches.

    folder: where the .gitattributes of the pattern lies, with its final slash; b"" for the top. Git itself is asked,
    by a file of attributes that holds nothing but this pattern.
    """
    data = b"".join(path + b"\0" for path in paths)
    with tempfile.NamedTemporaryFile(prefix="gitblob-") as file:
        file.write(_below(pattern, folder) + b" gitblob-probe\n")
        file.flush()
        query = ("-c", f"core.attributesFile={file.name}", "check-attr", "-z", "--stdin", "gitblob-probe")
        fields = command.lines(*query, cwd=top, data=data) if data else []
    return {path for path, value in zip(fields[::3], fields[2::3], strict=True) if value == b"set"}


def sample(pattern: bytes) -> bytes:
    """A path, relative to the pattern's folder, that the pattern most likely matches."""
    text = re.sub(rb"\[\[:space:\]\]", b" ", pattern)
    text = re.sub(rb"\\(.)|\[[!^]?\]?([^]])[^]]*\]|(\*+|\?)", lambda m: m[1] or m[2] or b"x", text)
    return text.lstrip(b"/")


def rules(text: bytes) -> list[Rule]:
    """The rules of a file; comments, macros and what Git ignores are not among them."""
    return [rule for number, line in enumerate(text.split(b"\n"), 1) if (rule := _rule(number, line))]


def line(
    pattern: bytes, unset: Iterable[str] = (), union: bool = False, lfs: bool = False, grows: bool = False
) -> bytes:
    """The line, without its end, that hands a pattern to gitblob (lfs: as the `lfs` driver).

    unset: attributes to take back from other rules. union: see UNION; grows: see APPEND_ONLY, with union.
    """
    words = LFS_DRIVER if lfs else DRIVER
    driver = [UNION if (union or grows) and word.startswith(b"merge=") else word for word in words]
    driver += [APPEND_ONLY] if grows else []
    return b" ".join([pattern, *driver, *(b"!" + name.encode() for name in unset)])


def is_lfs(text: bytes) -> bool:
    """Does this file hand files to the `lfs` driver, and none to gitblob by its own name?"""
    return {rule.driver for rule in rules(text)} - {None} == {tracking.LFS}


def exemption(pattern: bytes) -> bytes:
    """The line that takes a pattern's files out of an earlier rule."""
    return b" ".join([pattern, *(b"!" + name for name in (b"filter", b"diff", b"merge", b"text"))])


def add(text: bytes, new: bytes) -> bytes:
    """The file with this line, which replaces the rule that tracked its pattern or goes to the end.

    A file where it is the last word on its pattern already stays as it is. Line ends are those that the file has.
    """
    rule = _rule(1, new)
    assert rule
    lines = text.split(b"\n")
    same = [r for r in rules(text) if r.pattern == rule.pattern]
    if same and same[-1].attributes == rule.attributes:
        return text
    if same and same[-1].tracks:
        at = same[-1].number - 1
        lines[at] = new + (b"\r" if lines[at].endswith(b"\r") else b"")
        return b"\n".join(lines)
    end = b"\r\n" if b"\r\n" in text else b"\n"
    joint = b"" if not text or text.endswith(b"\n") else end
    return text + joint + new + end


def remove(text: bytes, pattern: bytes) -> bytes:
    """The file without what gitblob's lines say about a pattern; other attributes on such a line stay."""
    lines = text.split(b"\n")
    gone = set()
    for rule in rules(text):
        if rule.pattern != pattern or not (rule.tracks or rule.attributes == _exempted()):
            continue
        ours = {*DRIVER, *LFS_DRIVER, UNION, APPEND_ONLY, *_exempted()}
        ours |= {sign + name.encode() for name in REWRITERS for sign in (b"!", b"-")}
        rest = [attribute for attribute in rule.attributes if attribute not in ours]
        at = rule.number - 1
        if rest:
            head = lines[at][: len(lines[at]) - len(lines[at].lstrip(BLANKS))]
            lines[at] = head + b" ".join([_written(lines[at]), *rest]) + (b"\r" if lines[at].endswith(b"\r") else b"")
        else:
            gone.add(at)
    return b"\n".join(kept for at, kept in enumerate(lines) if at not in gone)


def quoted(pattern: bytes) -> bytes:
    """A glob pattern as a `.gitattributes` line can hold it: one word that is neither a comment nor a quotation."""
    word = re.sub(rb"[ \t\r\n]", b"[[:space:]]", pattern)
    return b"\\" + word if word.startswith((b"#", b"!", b'"', b"[attr]")) else word


def exact(path: bytes) -> bytes:
    """The pattern that matches this path, relative to the file's directory, and no other but for kinds of blanks."""
    word = quoted(re.sub(rb"([\\*?\[\]])", rb"\\\1", path))
    return word if b"/" in path else b"/" + word.removeprefix(b"\\") if path[:1] in b'#!"' else b"/" + word


def _rule(number: int, text: bytes) -> Rule | None:
    words = text.strip(BLANKS)
    if not words or words.startswith((b"#", b"[attr]", b"!")):
        return None
    written = _written(words)
    pattern = _unquoted(written) if written.startswith(b'"') else written
    return Rule(number, pattern, tuple(words[len(written) :].split()))


def _below(pattern: bytes, folder: bytes) -> bytes:
    """The pattern as the .gitattributes at the top would have to say it."""
    if not folder:
        return pattern
    start = b"/" + exact(folder)
    return start + (pattern.lstrip(b"/") if b"/" in pattern else b"**/" + pattern)


def _written(text: bytes) -> bytes:
    """The first word of a line, with its quotes if it has some."""
    words = text.strip(BLANKS)
    closed = re.match(rb'"(?:[^"\\]|\\.)*"', words)
    return closed[0] if closed else re.split(rb"[ \t\r\n]", words, maxsplit=1)[0]


def _unquoted(text: bytes) -> bytes:
    """What a C-quoted word stands for (git's quote.c)."""

    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8) & 255]) if code.isdigit() else ESCAPES.get(code, code)

    return re.sub(rb"\\([0-3][0-7]{2}|.)", plain, text[1:-1]) if text.endswith(b'"') and len(text) > 1 else text


def _exempted() -> tuple[bytes, ...]:
    return tuple(exemption(b"").split())
