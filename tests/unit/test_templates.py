"""A copied template is what the commands would have made in that place."""

from pathlib import Path
from types import SimpleNamespace

from support import templates as made_by
from support.sandbox import Sandbox

from gitblob.git import hookmark


def files(root: Path) -> dict[str, str]:
    """All files but objects, with their text but for times, inodes and the names of commits."""
    found = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if path.is_file() and "/objects/" not in name:
            found[f"{name} {path.stat().st_mode:o}"] = path.read_text(errors="replace").replace(str(root), "ROOT")
    for name in list(found):
        if any(part in name for part in ("/refs/", "/logs/", "/index ", "/hooks-installed ")):
            found[name] = ""
    return {name.replace(notes(root), "NOTE"): text for name, text in found.items()}


def notes(root: Path) -> str:
    """The name of the note about the push."""
    return next((root / "work/repo/.git/gitblob/confirmed").iterdir()).name


def folders(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_dir() and "/objects" not in str(path)}


def test_a_copy_is_what_the_commands_make(sandbox, tmp_path, repo, remote, monkeypatch):
    other = Sandbox(tmp_path / "other")
    made_by.install(other)
    assert made_by.push(other, made_by.begin(other)).name == remote.name
    root = tmp_path / "this"
    root.mkdir()
    for name in ("home", "work"):
        (tmp_path / name).rename(root / name)
    ours = {name: text.replace(str(tmp_path), "ROOT") for name, text in files(root).items()}
    assert ours == files(tmp_path / "other")
    assert folders(root) == folders(tmp_path / "other")


def test_a_copy_needs_no_second_look(repo, remote):
    """Git knows its files, gitblob where its hooks are and what was pushed."""
    folder = str(repo.path / ".git")
    assert hookmark.is_current(SimpleNamespace(common_dir=folder, git_dir=folder))
    assert repo.git("diff-files") == ""
    assert repo.git("status", "--porcelain", "--branch") == "## main...origin/main\n"
    assert repo.git_result("push", "--dry-run").stderr == "Everything up-to-date\n"


def test_what_was_changed_before_is_kept(installed, request):
    """The commands are run then."""
    installed.run("git", "config", "--global", "user.name", "Somebody")
    repo = request.getfixturevalue("repo")
    assert repo.git("log", "--format=%an") == "Somebody\n"
    repo.git("commit", "-q", "--allow-empty", "-m", "another")
    remote = request.getfixturevalue("remote")
    assert installed.run("git", "rev-list", "--count", "main", cwd=remote).stdout == "2\n"
