"""`gitblob doctor` where all is well, and where one thing after another is not."""

import json
import os
import shutil
import time

import pytest

from gitblob.git import config_hooks


def findings(repo, ok=0, **options) -> "dict[str, list[tuple[str, str]]]":
    """Level and text by check."""
    done = repo.gitblob("doctor", "--json", ok=ok, **options)
    assert done.stderr == ""
    found = {}
    for finding in json.loads(done.stdout)["findings"]:
        assert finding["level"] == "ok" or finding["remedy"] or finding["check"] == "repository", finding
        found.setdefault(finding["check"], []).append((finding["level"], finding["text"]))
    return found


def levels(found) -> "dict[str, set[str]]":
    return {check: {level for level, _ in results} for check, results in found.items()}


def text_of(found, check, level) -> str:
    return "\n".join(text for l, text in found[check] if l == level)  # noqa: E741


def test_all_is_well(repo, remote):
    repo.write("a.bin", b"x" * 5000)
    repo.commit("data")
    found = findings(repo)
    assert all(level == {"ok"} for level in levels(found).values()), found
    assert {"git", "driver", "program", "hooks", "attributes", "store", "pending", "cache", "filter"} <= set(found)
    assert "1 file in the index is" in text_of(found, "attributes", "ok")
    assert "waits" in text_of(found, "filter", "ok")


def test_for_people(repo, remote):
    shown = repo.gitblob("doctor")
    assert shown.stderr == ""
    assert all(line.startswith("ok      ") for line in shown.stdout.splitlines()), shown.stdout


def test_it_leaves_nothing_behind(repo, remote):
    before = sorted(repo.path.rglob("*"))
    repo.gitblob("doctor")
    assert sorted(repo.path.rglob("*")) == before
    assert repo.status() == ""


def test_nothing_is_installed(sandbox):
    repo = sandbox.repo()
    found = findings(repo, ok=1)
    assert levels(found)["driver"] == {"problem"}
    shown = repo.gitblob("doctor", ok=1).stdout
    assert (
        "problem git has no filter driver gitblob (filter.gitblob.process)\n        remedy: gitblob install\n" in shown
    )


def test_outside_a_repository(installed):
    done = installed.run("gitblob", "doctor")
    assert "warning " in done.stdout
    assert "is not inside a git repository" in done.stdout
    assert "ok      filter driver in git's global configuration" in done.stdout


def test_in_a_bare_repository(installed):
    installed.run("gitblob", "doctor", cwd=installed.bare())


@pytest.mark.parametrize("how", ["bare", "mirror", "no-checkout"])
def test_in_a_clone_without_a_checkout(installed, repo, remote, how):
    clone = installed.clone(remote, "clone", f"--{how}")
    level, text = findings(clone)["hooks"][0]
    if has_config_hooks(installed):
        assert level == "ok"
        return
    assert (level, text[:17]) == ("warning", "no hooks here yet")
    clone.gitblob("install")
    assert levels(findings(clone))["hooks"] == {"ok"}
    repo.write("a.bin", b"x" * 5000)
    repo.commit()
    repo.git("push", "-q")
    clone.git("fetch", "-q", "origin", "main:other")
    other = installed.bare("other.git")
    clone.git("push", "-q", str(other), "other:main")
    assert list((other / "gitblob").glob("??/*"))


def test_a_driver_that_is_not_required(repo, remote):
    repo.git("config", "filter.gitblob.required", "false")
    assert "required" in text_of(findings(repo, ok=1), "driver", "problem")


@pytest.mark.parametrize(
    ("process", "reason"),
    [
        ("exec '/nowhere/gitblob' filter-process", "/nowhere/gitblob, which git is told to start, does not exist"),
        ("exec '{file}' filter-process", "not executable"),
        ("'", "names no program"),
    ],
)
def test_a_program_that_git_cannot_start(repo, remote, process, reason):
    file = repo.write("../plain-file", b"")
    repo.git("config", "filter.gitblob.process", process.format(file=file))
    found = findings(repo, ok=1)
    assert reason in text_of(found, "program", "problem")
    assert levels(found)["filter"] == {"problem"}


def test_another_gitblob_than_this_one(repo, remote, sandbox):
    other = repo.write("../other/gitblob", (sandbox.home / "bin" / "gitblob").read_bytes())
    other.chmod(0o755)
    repo.git("config", "filter.gitblob.process", f"exec '{other}' filter-process")
    found = findings(repo)
    assert f"git starts {other}, but this is" in text_of(found, "program", "warning")
    assert levels(found)["filter"] == {"ok"}


def test_a_filter_that_does_not_answer(repo, remote):
    broken = repo.write("../other/gitblob", "#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    repo.git("config", "filter.gitblob.process", f"exec '{broken}' filter-process")
    assert "no answer" in text_of(findings(repo, ok=1), "filter", "problem")


def has_config_hooks(sandbox) -> bool:
    words = sandbox.run("git", "version").stdout.split()
    return tuple(map(int, words[2].split(".")[:2])) >= config_hooks.SINCE


@pytest.fixture
def hooks(repo, remote, sandbox):
    """The directory with the hooks of `repo`. Skips where git has them in its configuration."""
    if has_config_hooks(sandbox):
        pytest.skip("this git has hooks in its configuration")
    repo.gitblob("install")
    return repo.path / repo.git("rev-parse", "--git-path", "hooks").strip()


def test_a_hook_that_is_not_executable(repo, hooks):
    (hooks / "pre-push").chmod(0o644)
    assert "hook pre-push would not run" in text_of(findings(repo, ok=1), "hooks", "problem")


def test_a_hook_that_someone_has_replaced(repo, hooks):
    (hooks / "pre-push").unlink()
    (hooks / "pre-push").write_text("#!/bin/sh\n")
    (hooks / "pre-push").chmod(0o755)
    assert "does not lead to gitblob" in text_of(findings(repo, ok=1), "hooks", "problem")


def test_hooks_elsewhere(repo, hooks):
    repo.git("config", "core.hooksPath", "/nowhere")
    assert "there is no /nowhere/pre-push" in text_of(findings(repo, ok=1), "hooks", "problem")


def test_a_hook_behind_the_pre_commit_framework(repo, hooks):
    (hooks / "pre-push").rename(hooks / "pre-push.legacy")
    (hooks / "pre-push").write_text("#!/bin/sh\n# File generated by pre-commit\n")
    (hooks / "pre-push").chmod(0o755)
    assert levels(findings(repo))["hooks"] == {"ok"}


def test_a_hook_whose_program_is_gone(repo, hooks, sandbox):
    program = sandbox.home / "bin" / "gitblob"
    moved = sandbox.root / "elsewhere" / "gitblob"
    moved.parent.mkdir()
    program.rename(moved)
    (sandbox.home / "bin" / "git-blob").unlink()
    path = os.pathsep.join(
        folder for folder in sandbox.env["PATH"].split(os.pathsep) if not shutil.which("gitblob", path=folder)
    )
    done = sandbox.run(moved, "doctor", "--json", cwd=repo.path, env={"PATH": path}, ok=1)
    texts = [f["text"] for f in json.loads(done.stdout)["findings"] if f["check"] == "hooks"]
    assert texts[0] == f"hook pre-commit would not run: {program}, which it starts, is not there"


def test_a_configured_hook_that_is_disabled(repo, remote, sandbox):
    if not has_config_hooks(sandbox):
        pytest.skip("this git has no hooks in its configuration")
    repo.git("config", "hook.gitblob-pre-push.enabled", "false")
    assert "git does not list gitblob-pre-push" in text_of(findings(repo, ok=1), "hooks", "problem")


def test_hooks_are_off(repo, remote):
    repo.git("config", "gitblob.hooks", "false")
    assert "a push uploads nothing" in text_of(findings(repo), "hooks", "warning")


def test_attributes_that_do_not_go_with_pointers(repo, remote):
    repo.write("a.bin", b"x" * 5000)
    repo.commit("data")
    with (repo.path / ".gitattributes").open("a") as file:
        file.write("* filter=gitblob\n*.bin working-tree-encoding=UTF-16 !merge\n")
    found = findings(repo, ok=1)
    assert "working-tree-encoding applies to a.bin" in text_of(found, "attributes", "problem")
    assert "merge=gitblob is missing for a.bin" in text_of(found, "attributes", "warning")
    assert "a pattern covers .gitattributes" in text_of(found, "attributes", "warning")


def test_a_union_is_a_merge_driver_of_ours(repo, remote):
    repo.gitblob("track", "--union", "*.csv")
    repo.write("a.csv", b"id\n1\n")
    repo.commit("data")
    assert "missing for" not in text_of(findings(repo), "attributes", "ok")


def test_a_file_that_still_is_a_pointer(repo, remote):
    repo.write("a.bin", b"x" * 5000)
    repo.commit("data")
    repo.write("a.bin", repo.stored("a.bin"))
    assert "1 file (4.9 KiB) still stands as a pointer" in text_of(findings(repo), "pending", "warning")


def test_leftovers_and_quarantine(repo, remote):
    repo.write("a.bin", b"x" * 5000)
    repo.commit("data")
    cache = repo.path / ".git" / "gitblob"
    (cache / "tmp").mkdir(exist_ok=True)
    old = cache / "tmp" / ".gitblob-tmp-1-1"
    old.write_bytes(b"y" * 2048)
    (cache / "tmp" / ".gitblob-tmp-2-2").write_bytes(b"now")
    os.utime(old, (time.time() - 2 * 86400,) * 2)
    (cache / "quarantine").mkdir()
    (cache / "quarantine" / "x").write_bytes(b"")
    found = findings(repo)
    assert "1 unfinished file (2.0 KiB)" in text_of(found, "leftovers", "warning")
    assert "1 damaged blob lies in" in text_of(found, "quarantine", "warning")


def test_settings_that_are_not_valid(repo, remote):
    repo.write(".gitblob.yaml", "stroes: {}\n")
    assert levels(findings(repo, ok=1))["settings"] == {"problem"}


def test_a_store_that_is_not_there(repo, remote):
    repo.write(".gitblob.yaml", "version: 1\nstores:\n  team: /nowhere/blobs\n")
    assert "/nowhere/blobs" in text_of(findings(repo, ok=1), "store", "problem")


def test_no_store_at_all(repo):
    assert "blobs stay in the cache" in text_of(findings(repo), "store", "warning")
