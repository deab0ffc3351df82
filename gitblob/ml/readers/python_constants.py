"""Python files: what is assigned to names as literals, at the top and in classes. Nothing is run.

Whatever is computed (`Path("data")`, `2 * LAYERS`) is passed over, and so is what an `if` or a loop assigns.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator

from gitblob.ml.readers.value import MAX_DEPTH, Value, checked, fail

MAX_BYTES = 1 << 20  # the syntax tree of one byte takes a hundred


class _NotConstant(Exception):
    """It has no counterpart in JSON."""


def read(text: str, path: str) -> Value:
    """The names and their values. Raises MlError with the line."""
    if len(text) > MAX_BYTES:
        fail(path, None, f"{len(text)} characters of Python; {MAX_BYTES} are the limit")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about its escapes and comparisons
            tree = ast.parse(text)
        return checked(_names(tree.body), path)
    except SyntaxError as error:
        fail(path, error.lineno or 1, f"not Python: {error.msg}")
    except (RecursionError, MemoryError):  # how the parser says that its stack ends
        fail(path, None, f"nested deeper than {MAX_DEPTH} levels")
    except ValueError as error:
        fail(path, None, f"not Python: {error}")


def _names(body: Iterable[ast.stmt]) -> dict[str, object]:
    found: dict[str, object] = {}
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            found |= {statement.name: inner} if (inner := _names(statement.body)) else {}
        for name, value in _assigned(statement):
            try:
                found[name] = _constant(value)
            except _NotConstant:
                found.pop(name, None)  # an earlier literal is no longer true
    return found


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement gives a value. What `+=` adds to is known no more."""
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
    elif isinstance(statement, ast.AugAssign):
        targets, value = [statement.target], statement.target
    else:
        return
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id, value


def _constant(node: ast.expr) -> Value:
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, (bool, int, float, str))):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_constant(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {_key(key): _constant(item) for key, item in zip(node.keys, node.values, strict=True)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        number = _constant(node.operand)
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            return -number if isinstance(node.op, ast.USub) else number
    raise _NotConstant


def _key(node: ast.expr | None) -> str:
    key = _constant(node) if node else None
    if isinstance(key, bool) or not isinstance(key, (str, int)):
        raise _NotConstant
    return str(key)
