"""TOML 1.0; its dates are text."""

from __future__ import annotations

import re
import sys

from gitblob.ml.readers.value import MAX_DEPTH, Value, checked, fail

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PLACE = re.compile(r" \(at (?:line ([0-9]+), column [0-9]+|end of document)\)$")
WORD = r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'"""
MARK = re.compile(
    rf"""
      (?: \"\"\" (?:[^"\\]|\\.|"(?!""))* (?:\"\"\"|\Z) | \'\'\' (?:[^']|'(?!''))* (?:\'\'\'|\Z) | \#[^\n]* )
    | (?:{WORD}) [ \t]* (?P<dot> \. [ \t]*)?
    | ["'] [^\n]* | [^"'#A-Za-z0-9_-]+""",
    re.VERBOSE | re.DOTALL,
)


def read(text: str, path: str) -> Value:
    """The value of a document. Raises MlError with the line."""
    if any(line.count(".") > MAX_DEPTH for line in text.split("\n")):
        _refuse_long_keys(text, path)
    try:
        return checked(tomllib.loads(text), path)
    except RecursionError:
        fail(path, None, f"nested deeper than {MAX_DEPTH} levels")
    except tomllib.TOMLDecodeError as error:
        place = PLACE.search(str(error))
        line = int(place[1] or text.count("\n") + 1) if place else 1
        fail(path, line, f"not TOML: {PLACE.sub('', str(error))}")
    except ValueError:
        fail(path, None, "a whole number of more than 4,300 digits")


def _refuse_long_keys(text: str, path: str) -> None:
    """Before the parser reads them, which takes time by the square of a key's length."""
    parts = 0
    for match in MARK.finditer(text):
        parts = parts + 1 if match["dot"] else 0
        if parts > MAX_DEPTH:
            fail(path, text.count("\n", 0, match.start()) + 1, f"nested deeper than {MAX_DEPTH} levels")
