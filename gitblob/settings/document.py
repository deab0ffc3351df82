"""One YAML document, taken apart node by node, so that whatever is wrong is said with file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NoReturn, TypeVar

from gitblob.errors import SettingsError
from gitblob.settings import surprises

if TYPE_CHECKING:
    from yaml import MappingNode, Node

MAX_DEPTH = 32

Value = TypeVar("Value")


class Document:
    """Reads nodes of the document at `path`. Each method raises SettingsError for a node that is something else."""

    def __init__(self, path: str) -> None:
        self.path = path

    def fail(self, node: Node | int, message: str, hint: str | None = None) -> NoReturn:
        """Raise SettingsError at a node (or line, counted from 0)."""
        line = node if isinstance(node, int) else node.start_mark.line
        raise SettingsError(f"{self.path}:{line + 1}: {message}", hint)

    def root(self, data: bytes) -> Node | None:
        """The document's node, None for an empty one. Refuses what can surprise: aliases, tags, depth, duplicates."""
        import yaml

        for _ in surprises.events(data, MAX_DEPTH, self.fail):
            pass
        root = yaml.compose(data, surprises.loader())
        if root:
            self._refuse_duplicates(root)
        return root

    def mapping(self, node: Node, keys: Collection[str]) -> dict[str, Node]:
        """The values of a mapping with these keys only."""

        def known(word: str) -> str:
            if word not in keys:
                raise SettingsError(f"unknown key {word!r}", nearest(word, keys))
            return word

        return self.entries(node, known)

    def entries(self, node: Node | None, check: Callable[[str], str] = str) -> dict[str, Node]:
        """The values of a mapping, whose keys go through `check`; none for no node or an empty one."""
        import yaml

        if node is None or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")):
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, "here belongs a mapping: `name: value` lines")
        return {self.check(key, check): value for key, value in node.value}

    def text(self, node: Node) -> str:
        """A plain value as it is written."""
        import yaml

        if not isinstance(node, yaml.ScalarNode) or node.tag.endswith(":null"):
            self.fail(node, "here belongs one plain value")
        return str(node.value)

    def check(self, node: Node, convert: Callable[[str], Value]) -> Value:
        """The node's plain value through a function that raises SettingsError, to which the line is added."""
        text = self.text(node)
        try:
            return convert(text)
        except SettingsError as error:
            self.fail(node, error.message, error.hint)

    def is_mapping(self, node: Node) -> bool:
        """Does the node hold `name: value` lines?"""
        import yaml

        return isinstance(node, yaml.MappingNode)

    def one_of(self, node: Node, known: Collection[str], what: str) -> str:
        """A plain value that is one of the known ones."""
        word = self.text(node)
        if word not in known:
            self.fail(node, f"there is no {what} {word!r}", nearest(word, known))
        return word

    def some_of(self, node: Node, known: Collection[str], what: str) -> tuple[str, ...]:
        """One of the known values, or a list of them, each once."""
        return tuple(dict.fromkeys(self.one_of(item, known, what) for item in self.items(node)))

    def items(self, node: Node) -> list[Node]:
        """The items of a list; what is no list is its own only item."""
        import yaml

        return node.value if isinstance(node, yaml.SequenceNode) else [node]

    def _refuse_duplicates(self, node: Node) -> None:
        import yaml

        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._refuse_duplicates(item)
        if isinstance(node, yaml.MappingNode):
            self._refuse_twice(node)
            for _, value in node.value:
                self._refuse_duplicates(value)

    def _refuse_twice(self, node: MappingNode) -> None:
        seen: set[str] = set()
        for key, _ in node.value:
            word = self.text(key)
            if word in seen:
                self.fail(key, f"{word!r} stands here twice")
            seen.add(word)


def nearest(word: str, known: Collection[str]) -> str | None:
    """A hint at the known word that was probably meant."""
    from difflib import get_close_matches

    near = get_close_matches(word, known, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known here: {', '.join(known)}" if known else None
