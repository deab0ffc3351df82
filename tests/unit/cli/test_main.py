import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import gitblob
from gitblob.cli import main, verbs

HEAVY = {"rich", "yaml", "ruamel", "pygit2", "git", "shtab"}


@pytest.mark.parametrize("verb", verbs.COMMANDS)
def test_every_command_has_its_module(verb):
    module = import_module(verbs.COMMANDS[verb][0])
    assert callable(module.add_arguments)
    assert callable(module.run)
    assert main.parser_of(verb).format_help().startswith(f"usage: gitblob {verb}")


def test_every_command_is_in_the_table():
    folder = Path(gitblob.__file__).parent / "cli" / "commands"
    commands = {path.stem for path in folder.glob("*.py") if "\ndef run(" in path.read_text()}
    assert commands == {module.rpartition(".")[2] for module, _ in verbs.COMMANDS.values()}


def test_nothing_heavy_is_imported_at_the_top_of_a_cli_module():
    for path in (Path(gitblob.__file__).parent / "cli").rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not HEAVY & {name.split(".")[0] for name in names}, path


@pytest.mark.parametrize(("argv", "also"), [("['--version']", {"argparse", "typing", "json"}), ("['ls', '-h']", set())])
def test_little_is_loaded_before_a_command_runs(argv, also):
    code = f"import sys\nfrom gitblob.cli import main\nmain.main({argv})\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert not loaded & (HEAVY | also)
