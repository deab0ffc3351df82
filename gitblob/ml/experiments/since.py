"""Why is a data version or a component another one than was recorded? By a commit that has what was recorded."""

from __future__ import annotations

from collections.abc import Sequence

from gitblob.errors import MlError, SettingsError
from gitblob.ml import difference, finding
from gitblob.ml import tree as trees
from gitblob.ml.difference import Changed, Difference
from gitblob.ml.finding import Wanted
from gitblob.ml.fingerprint import SHORT
from gitblob.ml.tree import Tree
from gitblob.workspace import Workspace

NAMED = 3  # files and values that are named


def why(workspace: Workspace, tree: Tree, name: str, recorded: str) -> str:
    """In words: which files, which values of the config. recorded: hex digits of the version or fingerprint."""
    try:
        matches = finding.find(workspace, Wanted(name, recorded, None)).matches
        if not matches:
            return "no commit here has it: it changed after it was recorded and before it was committed"
        commit = matches[0].commit.name
        found = difference.between(workspace, trees.at(workspace, commit), tree, [name])
    except (MlError, SettingsError):
        return ""  # of other commits, which nobody has asked about
    return f"since {commit[:SHORT]}: {_words(found)}"


def _words(found: Sequence[Difference]) -> str:
    parts = [_file(one) for difference in found for one in difference.files]
    parts += [f"{setting.key} changed" for difference in found for setting in difference.config]
    more = f" and {len(parts) - NAMED} more" if len(parts) > NAMED else ""
    return f"{', '.join(parts[:NAMED])}{more}" if parts else "nothing but its declaration"


def _file(one: Changed) -> str:
    if one.old and one.new:
        return f"{one.old.path} became {one.new.path}" if one.old.path != one.new.path else f"{one.new.path} changed"
    return f"{one.new.path} added" if one.new else f"{one.old.path if one.old else ''} removed"
