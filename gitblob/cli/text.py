"""Text on its way to a person: nothing in it may steer a terminal or break a line in two."""

from __future__ import annotations

ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def quoted(path: str) -> str:
    r"""A path on one line, as git shows it without -z: `"odd\nname\377"`; an ordinary path stays as it is.

    Letters beyond ASCII are shown (core.quotePath=false); bytes that are no UTF-8 become octal.
    """
    if path.isprintable() and '"' not in path and "\\" not in path:
        return path
    return '"' + "".join(_escaped(c) if c in '"\\' or not c.isprintable() else c for c in path) + '"'


def one_line(message: str) -> str:
    """A message that may quote a path as it is: every control character is escaped, newlines too."""
    return "".join(c if c.isprintable() else _escaped(c) for c in message)


def visible(text: str) -> str:
    """Text whose lines are kept and whose other control characters are escaped."""
    if text.isprintable():
        return text
    return "".join(c if c in "\n\t" or c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    if ord(character) in ESCAPES:
        return ESCAPES[ord(character)]
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))
