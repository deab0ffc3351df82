"""The way down into a value: one value by its key, or all of them by their whole keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitblob.errors import MlError
from gitblob.ml.readers.value import Value

SHOWN = 8  # keys in a hint
LOOKED_AT = 1_000  # keys among which the nearest is looked for


def pick(value: Value, key: Sequence[str], path: str) -> Value:
    """The value under a key; items of lists go by their number. path: for messages. Raises MlError for no such key.

    A key that holds dots itself, as `train.loss` in what some tools write, is found by its parts, too.
    """
    found = next(_found(value, tuple(key)), None)
    if found is None:
        raise MlError(f"{path}: there is no key {'.'.join(key)!r}", _nearest(value, tuple(key)))
    return found[0]


def flat(value: Value) -> dict[str, Value]:
    """Every single value, None, empty list and empty mapping under its whole key, parts joined by dots.

    What is no mapping and no list has the key "".
    """
    return dict(_leaves(value, None))


def twice(value: Value) -> str | None:
    """A whole key that two values have: one with a dot in its own name, one further down. None as a rule."""
    seen: set[str] = set()
    for name, _ in _leaves(value, None):
        if name in seen:
            return name
        seen.add(name)
    return None


def _leaves(value: Value, name: str | None) -> Iterator[tuple[str, Value]]:
    if not value or not isinstance(value, (dict, list)):
        yield name or "", value
        return
    items = value.items() if isinstance(value, dict) else ((str(n), item) for n, item in enumerate(value))
    for part, item in items:
        yield from _leaves(item, f"{name}.{part}" if name is not None else part)


def _found(value: Value, key: tuple[str, ...]) -> Iterator[tuple[Value]]:
    """The values that a key may mean, the one with the most parts first."""
    if not key:
        yield (value,)
    elif isinstance(value, dict):
        for parts in range(1, len(key) + 1):
            word = ".".join(key[:parts])
            if word in value:
                yield from _found(value[word], key[parts:])
    elif isinstance(value, list) and (item := _item(value, key[0])) is not None:
        yield from _found(value[item], key[1:])


def _item(items: list[Value], word: str) -> int | None:
    number = int(word) if word.isascii() and word.isdecimal() and len(word) < 10 else -1
    return number if 0 <= number < len(items) and str(number) == word else None


def _nearest(value: Value, key: tuple[str, ...]) -> str | None:
    """A hint at the key that was probably meant, or at what there is."""
    from difflib import get_close_matches

    for end in range(len(key) - 1, -1, -1):
        inside = next(_found(value, key[:end]), None)
        if inside is not None:
            break
    place = ".".join(key[:end]) or "the file"
    if inside is None or not inside[0] or not isinstance(inside[0], (dict, list)):
        return f"{place} holds no keys"
    if isinstance(inside[0], list):
        return f"{place} is a list of {len(inside[0])} items, from 0"
    known = [".".join((*key[:end], name)) for name in list(inside[0])[:LOOKED_AT]]
    if near := get_close_matches(".".join(key), known, 1):
        return f"did you mean {near[0]!r}?"
    return f"known here: {', '.join(known[:SHOWN])}{', …' if len(known) > SHOWN else ''}"
