"""The Python that a run was made with: its version, the platform, and the packages that matter.

In the process that trains those are the packages it has imported. Seen from outside, those that the repository's Python
files import and those that its requirements name, as far as that interpreter has them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from gitblob.errors import MlError
from gitblob.git import command
from gitblob.git.pipe import Pipe
from gitblob.ml import readers
from gitblob.ml.readers import Value
from gitblob.ml.tree import Tree

REQUIREMENTS, PROJECT = "requirements.txt", "pyproject.toml"
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
IMPORT = re.compile(r"\s*(?:from\s+(?P<one>\w+)[\w.]*\s+import\b|import\s+(?P<several>[\w., ]+))")
IMPORTS = ("grep", "--untracked", "-h", "-I", "-E", r"^[[:space:]]*(import|from)[[:space:]]+[[:alpha:]_]", "--", "*.py")
QUESTION = """
import json, platform, importlib.metadata
packages, modules = {}, {}
for one in importlib.metadata.distributions():
    about = one.metadata
    name = about["Name"]
    if name:
        packages[name] = about["Version"]
        tops = (one.read_text("top_level.txt") or "").split()
        tops = tops or {str(file).split("/")[0].split(".")[0] for file in one.files or () if str(file)[-3:] == ".py"}
        for top in tops:
            modules.setdefault(top, []).append(name)
print(json.dumps({"python": platform.python_version(), "platform": platform.platform(), "packages": packages,
                  "modules": modules}))
"""


def of_process() -> dict[str, Value]:
    """That of this very process."""
    import platform

    from gitblob.ml.experiments import imported

    return _described(platform.python_version(), platform.platform(), imported.packages())


def of_program(python: str, tree: Tree, top: str) -> dict[str, Value]:
    """That of another interpreter, by its path; {} where it gives no answer.

    tree: where requirements are read from. top: the work tree whose Python files count.
    """
    try:
        answer = json.loads(_asked(python))
    except (OSError, ValueError):
        return {}
    wanted = {_normal(name) for name in _required(tree)}
    wanted |= {_normal(name) for module in _imported(top) for name in answer["modules"].get(module, ())}
    installed: Mapping[str, str] = answer["packages"]
    packages = {name: installed[name] for name in sorted(installed, key=str.lower) if _normal(name) in wanted}
    return _described(answer["python"], answer["platform"], packages)


def _imported(top: str) -> set[str]:
    """The modules that Python files import, as their lines say it."""
    lines = command.run(*IMPORTS, cwd=top, ok=(0, 1)).decode(errors="replace").split("\n")
    found: set[str] = set()
    for match in filter(None, map(IMPORT.match, lines)):
        words = [match["one"]] if match["one"] else match["several"].split(",")
        found.update(word.split()[0].partition(".")[0] for word in words if word.strip())
    return found


def _described(python: str, platform: str, packages: Mapping[str, str]) -> dict[str, Value]:
    return {"python": python, "platform": platform, "packages": dict(packages)}


def _asked(python: str) -> bytes:
    """What the interpreter answers. It runs at the root: it would import modules from where it stands."""
    program = Pipe([python, "-c", QUESTION], cwd=os.sep)
    try:
        return program.stdout.read()
    finally:
        program.close()


def _required(tree: Tree) -> Iterator[str]:
    """The packages that the repository names, as it spells them."""
    tree.expect([REQUIREMENTS, PROJECT])
    with suppress(MlError):
        lines = (tree.read(REQUIREMENTS, readers.MAX_BYTES) or b"").decode(errors="replace").splitlines()
        yield from (match[0] for line in lines if (match := NAME.match(line.strip())))
    with suppress(MlError):
        found = readers.read(tree.read(PROJECT, readers.MAX_BYTES) or b"", PROJECT)
        project = found.get("project") if isinstance(found, dict) else None
        listed = project.get("dependencies") if isinstance(project, dict) else None
        words = (word for word in listed or () if isinstance(word, str)) if isinstance(listed, list) else ()
        yield from (match[0] for word in words if (match := NAME.match(word.strip())))


def _normal(name: str) -> str:
    """Names of packages that are the same (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
