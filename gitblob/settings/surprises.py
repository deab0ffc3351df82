"""YAML without what can surprise: no aliases, no tags, no second document, no bottomless nesting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from yaml import Event

Fail = Callable[[int, str, str | None], NoReturn]  # raises the caller's error: a line (from 0), what is wrong, a hint


def events(data: bytes | str, deepest: int, fail: Fail) -> Iterator[Event]:
    """What the parser comes across. Calls `fail` for what is no YAML and for what can surprise.

    deepest: levels of nesting.
    """
    import yaml

    depth = documents = 0
    try:
        for event in yaml.parse(data, loader()):
            line = event.start_mark.line if event.start_mark else 0
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                fail(line, "anchors and aliases (& and *) are not used here", "write the value out")
            if getattr(event, "tag", None):
                fail(line, "tags (!) are not used here", None)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > deepest:
                fail(line, f"nested deeper than {deepest} levels", None)
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                fail(line, "a second document begins here; one belongs in a file", None)
            yield event
    except yaml.MarkedYAMLError as error:
        fail(error.problem_mark.line if error.problem_mark else 0, f"not YAML: {error.problem}", None)
    except yaml.reader.ReaderError as error:
        head = data[: error.position]
        fail(head.count("\n") if isinstance(head, str) else head.count(b"\n"), f"not YAML: {error.reason}", None)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        fail(0, f"not YAML: {' '.join(str(error).split())}", None)


def loader() -> type:
    """PyYAML's safe loader; libyaml's, which is ten times as fast, where it was built with it."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
