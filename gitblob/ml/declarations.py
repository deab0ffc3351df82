"""What `.gitblob.yaml` declares for training: params, metrics, data and models.

    params: [config/params.yaml, "config/train.toml:optimizer"]
    metrics: [config/performance.json, metrics.jsonl]
    data:
      processed: {paths: [data/processed/], config: "config/data.yaml:pipeline", seed: "config/data.yaml:sampling.seed"}
    models:
      image: {paths: [models/image/], config: "config/model.yaml:image", version: v2.1, needs: {data/processed: "*"}}

All paths are relative to the top of the repository, whatever they are called by; nothing here is read yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from gitblob import settings
from gitblob.errors import SettingsError
from gitblob.ml import reference
from gitblob.ml.reference import Reference
from gitblob.ml.tree import Tree
from gitblob.settings.document import Document

if TYPE_CHECKING:
    from yaml import Node

DATA = ("paths", "config", "seed")
MODEL = ("paths", "config", "version", "needs")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SEED = re.compile(r"-?[0-9]{1,40}")


class Data(NamedTuple):
    """A data set that is versioned. config: where its values are; seed: a number, or where it is. line: from 1."""

    name: str
    paths: tuple[str, ...]
    config: tuple[Reference, ...] = ()
    seed: Reference | int | None = None
    line: int = 1


class Model(NamedTuple):
    """A model component. version: as it is written. needs: component or `data/NAME` to a range of versions."""

    name: str
    paths: tuple[str, ...]
    config: tuple[Reference, ...] = ()
    version: str | None = None
    needs: Mapping[str, str] = {}
    line: int = 1


class Declarations(NamedTuple):
    """In the order of the file. path: of the file, for messages.

    lines: from 1, of each key and plain value, by the way to it: `("models", "image", "version", "v2.1")`.
    """

    params: tuple[Reference, ...] = ()
    metrics: tuple[Reference, ...] = ()
    data: Mapping[str, Data] = {}
    models: Mapping[str, Model] = {}
    path: str = settings.FILE
    lines: Mapping[tuple[str, ...], int] = {}

    def where(self, *way: str) -> str:
        """Where this stands, such as `.gitblob.yaml:7`."""
        return f"{self.path}:{self.line(*way)}"

    def line(self, *way: str) -> int:
        """The line of this, or of the nearest that it is part of."""
        return next((self.lines[way[:end]] for end in range(len(way), 0, -1) if way[:end] in self.lines), 1)

    def where_named(self, reference: Reference | str) -> str:
        """Where this file or value is named first."""
        found = (line for way, line in self.lines.items() if way[-1].rstrip("/") == str(reference))
        return f"{self.path}:{next(found, 1)}"


def load(tree: Tree) -> Declarations:
    """What the tree's own `.gitblob.yaml` declares; nothing where it has none. Raises SettingsError."""
    found = tree.read(settings.FILE, settings.MAX_BYTES)
    where = f"{tree.label}:{settings.FILE}" if tree.commit else settings.FILE
    return parse(found, where) if found else Declarations(path=where)


def parse(data: bytes, path: str) -> Declarations:
    """The declarations in these bytes. path: for messages. Raises SettingsError naming file and line."""
    document = Document(path)
    root = document.root(data)
    top = document.mapping(root, settings.KEYS) if root else {}
    sets = {name: _data(document, name, node) for name, node in document.entries(top.get("data"), _name).items()}
    models = {name: _model(document, name, node) for name, node in document.entries(top.get("models"), _name).items()}
    _refuse_overlaps(document, models)
    params, metrics = (_references(document, top.get(section)) for section in ("params", "metrics"))
    lines = dict(line for section in settings.SECTIONS if section in top for line in _lines((section,), top[section]))
    return Declarations(params, metrics, sets, models, path, lines)


def _data(document: Document, name: str, node: Node) -> Data:
    parts = document.mapping(node, DATA)
    seed = document.check(parts["seed"], _seed) if "seed" in parts else None
    return Data(name, _paths(document, node, parts), _references(document, parts.get("config")), seed, _line(node))


def _model(document: Document, name: str, node: Node) -> Model:
    parts = document.mapping(node, MODEL)
    version = document.text(parts["version"]) if "version" in parts else None
    needs = {other: document.text(range_) for other, range_ in document.entries(parts.get("needs")).items()}
    config = _references(document, parts.get("config"))
    return Model(name, _paths(document, node, parts), config, version, needs, _line(node))


def _refuse_overlaps(document: Document, models: Mapping[str, Model]) -> None:
    """A file of two components would make one change two versions."""
    owners: dict[str, str] = {}
    for model in models.values():
        owners.update(dict.fromkeys(model.paths, model.name))
    for model in models.values():
        for path in model.paths:
            parts = path.split("/")
            for end in range(1, len(parts) + 1):
                owner = owners.get("/".join(parts[:end]), model.name)
                if owner != model.name:
                    document.fail(model.line - 1, f"{path} belongs to two components, {owner} and {model.name}")


def _paths(document: Document, node: Node, parts: Mapping[str, Node]) -> tuple[str, ...]:
    if "paths" not in parts:
        document.fail(node, "here belongs `paths:`, the files and folders that this version is made of")
    found = [document.check(item, reference.inside) for item in document.items(parts["paths"])]
    if not found:
        document.fail(parts["paths"], "a list of at least one file or folder belongs here")
    return tuple(dict.fromkeys(found))


def _references(document: Document, node: Node | None) -> tuple[Reference, ...]:
    nodes = document.items(node) if node is not None and node.value != "" else []
    return tuple(dict.fromkeys(document.check(item, reference.parse) for item in nodes))


def _seed(text: str) -> Reference | int:
    return int(text) if SEED.fullmatch(text) else reference.parse(text)


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise SettingsError(f"{name!r} is no name: letters, digits, dots, dashes and underscores, at most 64")
    return name


def _lines(way: tuple[str, ...], node: Node) -> Iterator[tuple[tuple[str, ...], int]]:
    """The way to each key and plain value, with its line."""
    if isinstance(node.value, str):
        yield (*way, node.value), _line(node)
        return
    for item in node.value:
        if isinstance(item, tuple):
            key = (*way, str(item[0].value))
            yield key, _line(item[0])
            yield from _lines(key, item[1])
        else:
            yield from _lines(way, item)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
