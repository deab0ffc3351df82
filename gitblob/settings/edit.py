"""Changes to `.gitblob.yaml` that keep the user's comments, order and indentation."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gitblob import filesystem, settings
from gitblob.settings.places import Place

if TYPE_CHECKING:
    from ruamel.yaml.comments import CommentedMap
    from yaml import Node, ScalarNode

HEADER = (
    "# Settings of gitblob for everyone who has this repository; `gitblob help stores` explains them.\nversion: 1\n"
)
SECTION = r"^[^\s#-][^\n]*:[ ]*(?:#[^\n]*)?\n(?:[ ]*(?:#[^\n]*)?\n)*"  # a key alone on its line, then comments
NESTED = re.compile(SECTION + r"( +)[^\s#-]", re.MULTILINE)
LISTED = re.compile(SECTION + r"( *)- ", re.MULTILINE)
ANY_WIDTH = 1 << 16  # columns: no line of the user's is folded


def add_store(worktree: str, name: str, place: Place, default: bool) -> str:
    """Name a store (in place of one of the same name), as the default if asked; the file's path."""

    def change(top: CommentedMap) -> None:
        _section(top, "stores")[name] = _value(place)
        if default:
            top["default"] = name

    return _edit(worktree, change)


def remove_store(worktree: str, name: str) -> str:
    """Forget a store, and that it is anybody's; the file's path."""

    def change(top: CommentedMap) -> None:
        del top["stores"][name]
        _forget(top, "default", name)
        for remote in list(top.get("remotes") or ()):
            _forget(top["remotes"], remote, name)
        for section in ("stores", "remotes"):
            if section in top and not top[section]:
                del top[section]

    return _edit(worktree, change)


def track_above(worktree: str, size: str) -> str:
    """Set the size (such as 50MiB) from which files never enter Git raw; the file's path."""

    def change(top: CommentedMap) -> None:
        _section(top, "track")["above"] = size

    return _edit(worktree, change)


def component_version(worktree: str, name: str, version: str) -> str:
    """Write the version of a component that is declared; the file's path. Where one stands, nothing else changes."""
    import yaml

    path = f"{worktree}/{settings.FILE}"
    text = (settings.read(path) or b"").decode("utf-8-sig")
    node = _at(yaml.compose(text, yaml.SafeLoader), ("models", name, "version"))  # libyaml's marks may count bytes
    if node is None:
        return _edit(worktree, lambda top: top["models"][name].__setitem__("version", version))
    quote = node.style if node.style in ("'", '"') else ""
    new = f"{text[: node.start_mark.index]}{quote}{version}{quote}{text[node.end_mark.index :]}".encode()
    settings.parse(new, path)
    filesystem.write_new(path, new, stat.S_IMODE(os.stat(path).st_mode))
    return path


def _at(node: Node | None, keys: Sequence[str]) -> ScalarNode | None:
    """The plain value that these keys lead to."""
    import yaml

    for key in keys:
        inside = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for word, value in inside if word.value == key), None)
    return node if isinstance(node, yaml.ScalarNode) else None


def _forget(section: CommentedMap, key: str, name: str) -> None:
    """Take a name out of a value that is a name or a list of names."""
    if isinstance(section.get(key), list) and name in section[key]:
        section[key].remove(name)
    if section.get(key) == name or section.get(key) == []:
        del section[key]


def _value(place: Place) -> str | CommentedMap:
    """The URL alone, or a mapping on one line where there is more to say."""
    from ruamel.yaml.comments import CommentedMap

    flags = {"read_only": True} if place.read_only else {}
    flags |= {} if place.required else {"required": False}
    if not place.options and not flags:
        return place.url
    value = CommentedMap({"url": place.url, **place.options, **flags})
    value.fa.set_flow_style()
    return value


def _section(top: CommentedMap, key: str) -> CommentedMap:
    from ruamel.yaml.comments import CommentedMap

    if top.get(key) is None:
        top[key] = CommentedMap()
    section: CommentedMap = top[key]
    return section


def _edit(worktree: str, change: Callable[[CommentedMap], None]) -> str:
    """Read, change, check and replace the file. Raises SettingsError, and changes nothing, where it is not valid."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    path = f"{worktree}/{settings.FILE}"
    data = settings.read(path)
    settings.parse(data or b"", path)
    text = HEADER if data is None else data.decode("utf-8-sig")
    offset = _indent(text, LISTED, 0)
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = ANY_WIDTH
    yaml.indent(mapping=_indent(text, NESTED, 2), sequence=offset + 2, offset=offset)
    top = yaml.load(text)
    kept = "" if top is not None else text  # comments alone, which belong to no node
    top = CommentedMap() if top is None else top
    change(top)
    out = io.StringIO()
    if top:
        yaml.dump(top, out)
    new = (kept + out.getvalue()).encode()
    new += b"" if new.endswith(b"\n") else b"\n"
    settings.parse(new, path)
    mode = 0o666 if data is None else stat.S_IMODE(os.stat(path).st_mode)
    filesystem.write_new(path, new, mode)
    return path


def _indent(text: str, pattern: re.Pattern[str], otherwise: int) -> int:
    """How far the user indents what stands below a top-level key."""
    found = pattern.search(text)
    return len(found[1]) if found else otherwise
