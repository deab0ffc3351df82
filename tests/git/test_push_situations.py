"""Every way to push: no ref moves without its content. Judged by the remote's refs and by what its store holds."""

import hashlib
import os
import shutil

import pytest


def digest(data):
    return hashlib.sha256(data).hexdigest()


def blobs(git_dir):
    return {path.parent.name + path.name for path in (git_dir / "gitblob").glob("[0-9a-f][0-9a-f]/*")}


def save(repo, name="a.bin"):
    """A commit with new bytes in a file; the digest."""
    data = os.urandom(3000)
    repo.write(name, data)
    repo.commit()
    return digest(data)


def refs(repo, remote):
    """The remote's refs, without refs/."""
    lines = repo.sandbox.run("git", "for-each-ref", "--format=%(refname)", cwd=remote).stdout.split()
    return {line.removeprefix("refs/") for line in lines}


def name_of(repo, rev):
    return repo.git("rev-parse", rev).strip()


@pytest.mark.parametrize("kind", ["light", "annotated", "tag of a tag", "tag of a tree", "tag of a blob"])
def test_tags(repo, remote, kind):
    oid = save(repo, "d/a.bin")
    target = {"tag of a tree": "HEAD:d", "tag of a blob": "HEAD:d/a.bin"}.get(kind, "HEAD")
    repo.git("tag", *([] if kind == "light" else ["-m", "x", "-a"]), "v1", target)
    if kind == "tag of a tag":
        repo.git("tag", "-a", "-m", "again", "v2", "v1")
        repo.git("tag", "-d", "v1")
    repo.git("push", "-q", "origin", "v2" if kind == "tag of a tag" else "v1")
    assert len(refs(repo, remote)) == 2
    assert blobs(remote) == {oid}


@pytest.mark.parametrize("source", ["HEAD", "HEAD~1", "name", "main^{/change}", "@"])
def test_a_source_that_is_no_branch(repo, remote, source):
    first = save(repo)
    second = save(repo)
    repo.git("push", "-q", "origin", f"{name_of(repo, 'HEAD~1') if source == 'name' else source}:refs/heads/x")
    assert refs(repo, remote) == {"heads/main", "heads/x"}
    assert blobs(remote) == ({first} if source in {"HEAD~1", "name"} else {first, second})


def test_an_update_a_new_ref_and_a_deletion_at_once(repo, remote):
    repo.git("push", "-q", "origin", "main:old")
    first = save(repo)
    repo.git("switch", "-q", "-c", "topic", "HEAD~1")
    second = save(repo)
    repo.git("tag", "v1", "topic")
    repo.git("push", "-q", "origin", "main", "v1", ":old", "topic:refs/notes/odd")
    assert refs(repo, remote) == {"heads/main", "tags/v1", "notes/odd"}
    assert blobs(remote) == {first, second}


def test_a_push_of_nothing_but_deletions_asks_no_store(repo, remote):
    repo.git("push", "-q", "origin", "main:one", "main:two")
    repo.write(".gitblob.yaml", "stores: {gone: /nowhere}\n")
    repo.git("push", "-q", "origin", "--delete", "one", "two")
    assert refs(repo, remote) == {"heads/main"}


def test_a_mirror(repo, remote, installed):
    repo.git("switch", "-q", "-c", "topic")
    oids = {save(repo)}
    repo.git("update-ref", "refs/odd/one", "HEAD")
    oids.add(save(repo))
    path = installed.bare("mirror.git")
    repo.git("push", "-q", "--mirror", str(path))
    assert refs(repo, path) == {"heads/main", "heads/topic", "remotes/origin/main", "odd/one"}
    assert blobs(path) == oids


def test_a_forced_update(repo, remote):
    first = save(repo)
    repo.git("push", "-q", "origin", "main")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    second = save(repo)
    assert repo.git_result("push", "-q", "origin", "main", ok=1).stderr
    for option in ("--force-with-lease", "--force"):
        repo.git("push", "-q", option, "origin", "main")
    assert blobs(remote) == {first, second}
    assert name_of(repo, "origin/main") == name_of(repo, "main")


def test_a_forced_update_over_a_commit_that_is_not_here(repo, remote, installed):
    clone = installed.clone(remote)
    theirs = save(clone)
    clone.git("push", "-q")
    ours = save(repo)
    repo.git("push", "-q", "--force", "origin", "main")
    assert blobs(remote) == {theirs, ours}


def test_an_unrelated_history(repo, remote):
    repo.git("switch", "-q", "--orphan", "pages")
    repo.write(".gitattributes", "*.bin filter=gitblob diff=gitblob merge=gitblob -text\n")
    oids = {save(repo), save(repo)}
    repo.git("push", "-q", "origin", "pages")
    assert blobs(remote) == oids


def test_from_a_linked_work_tree(repo, remote):
    repo.git("worktree", "add", "-q", "-b", "side", "../side")
    side = type(repo)(repo.sandbox, repo.sandbox.root / "side")
    oid = save(side)
    (side.path / "sub").mkdir()
    side.git("-C", "sub", "push", "-q", "origin", "side")
    assert refs(repo, remote) == {"heads/main", "heads/side"}
    assert blobs(remote) == {oid}


def test_from_outside_of_the_work_tree(repo, remote):
    oid = save(repo)
    place = ["--git-dir", str(repo.path / ".git"), "--work-tree", str(repo.path)]
    repo.sandbox.run("git", *place, "push", "-q", "origin", "main")
    assert blobs(remote) == {oid}


@pytest.mark.parametrize("how", ["--bare", "--mirror"])
def test_from_a_bare_clone(repo, remote, installed, how):
    oid = save(repo)
    repo.git("push", "-q", "origin", "main")
    bare = installed.root / "copy.git"
    installed.run("git", "clone", "-q", how, remote, bare)
    installed.run("gitblob", "install", cwd=bare)
    path = installed.bare("third.git")
    installed.run("git", "push", "-q", path, "main", cwd=bare)
    assert blobs(path) == {oid}


@pytest.mark.parametrize("options", [("--depth", "1"), ("--filter=blob:none",), ("--filter=tree:0",), ("--shared",)])
def test_from_a_clone_that_lacks_objects(repo, remote, installed, options):
    repo.git("-C", str(remote), "config", "uploadpack.allowFilter", "true")
    old = {save(repo), save(repo, "b.bin")}
    repo.git("push", "-q")
    clone = installed.clone(remote if options == ("--shared",) else f"file://{remote}", "clone", *options)
    new = {save(clone, "c.bin"), save(clone, "c.bin")}
    clone.git("push", "-q")
    assert blobs(remote) == {*old, *new}
    new.add(save(clone, "a.bin"))
    clone.git("push", "-q")
    assert blobs(remote) == {*old, *new}
    assert clone.git("fsck", "--connectivity-only", ok=None) is not None


def test_an_atomic_push_that_the_remote_refuses(repo, remote, installed):
    repo.git("push", "-q", "origin", "main:other")
    hook = remote / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/other ]\n')
    hook.chmod(0o755)
    before = repo.git("ls-remote", "origin")
    oid = save(repo)
    refused = repo.git_result("push", "-q", "--atomic", "origin", "main", "main:other", ok=1).stderr
    assert "rejected" in refused
    assert repo.git("ls-remote", "origin") == before
    hook.unlink()
    repo.git("push", "-q", "--atomic", "origin", "main", "main:other")
    assert blobs(remote) == {oid}


def test_an_atomic_push_with_one_ref_without_content_moves_none(repo, remote):
    save(repo)
    repo.git("branch", "fine")
    lost = save(repo, "lost.bin")
    (repo.path / ".git/gitblob" / lost[:2] / lost[2:]).unlink()
    before = repo.git("ls-remote", "origin")
    for options in ((), ("--atomic",)):
        assert "lost.bin" in repo.git_result("push", *options, "origin", "fine", "main", ok=1).stderr
        assert repo.git("ls-remote", "origin") == before


def test_a_dry_run_moves_nothing_and_says_what_would_stop_the_push(repo, remote):
    before = repo.git("ls-remote", "origin")
    oid = save(repo)
    repo.git("push", "-q", "--dry-run", "origin", "main")
    assert repo.git("ls-remote", "origin") == before
    repo.git("push", "-q", "origin", "main")
    assert blobs(remote) == {oid}
    lost = save(repo, "lost.bin")
    (repo.path / ".git/gitblob" / lost[:2] / lost[2:]).unlink()
    assert "lost.bin" in repo.git_result("push", "--dry-run", "origin", "main", ok=1).stderr


def test_two_push_urls_and_content_that_only_the_first_could_have(repo, remote, installed):
    """The hook runs twice; after the first time the tracking refs have all of it (trap 5.2)."""
    second = installed.bare("second.git")
    oids = {save(repo)}
    repo.git("push", "-q", "origin", "main")
    for path in (remote, second):
        repo.git("remote", "set-url", "--add", "--push", "origin", str(path))
    oids |= {save(repo), save(repo, "b.bin")}
    repo.git("push", "-q", "origin", "main")
    assert blobs(remote) == blobs(second) == oids


def test_a_url_and_a_name_for_one_remote(repo, remote):
    oids = {save(repo)}
    repo.git("push", "-q", str(remote), "main")
    oids |= {save(repo)}
    repo.git("push", "-q", f"file://{remote}", "main")
    oids |= {save(repo)}
    repo.git("push", "-q", "origin", "main")
    assert blobs(remote) == oids


@pytest.mark.parametrize("names", ["sha1", "sha256"])
def test_both_kinds_of_object_names(installed, names):
    repo = installed.repo("r", f"--object-format={names}")
    repo.gitblob("track", "*.bin")
    installed.run("git", "init", "-q", "--bare", f"--object-format={names}", "o.git")
    repo.git("remote", "add", "origin", "../o.git")
    oids = {save(repo), save(repo)}
    repo.git("push", "-q", "origin", "main")
    oids.add(save(repo))
    repo.git("push", "-q", "origin", "main", "main:x")
    repo.git("push", "-q", "origin", ":x")
    assert blobs(installed.root / "o.git") == oids


def test_a_push_of_submodules_on_demand(repo, remote, installed):
    inner = installed.bare("inner.git")
    seed = installed.repo("seed")
    seed.gitblob("track", "*.bin")
    seed.commit()
    seed.git("push", "-q", str(inner), "main")
    repo.git("submodule", "add", "-q", str(inner), "inner")
    module = type(repo)(repo.sandbox, repo.path / "inner")
    within = save(module)
    outer = save(repo)
    repo.git("push", "-q", "--recurse-submodules=on-demand", "origin", "main")
    assert (blobs(inner), blobs(remote)) == ({within}, {outer})


def test_without_the_hook_the_ref_moves_and_two_commands_find_what_is_missing(repo, remote):
    oid = save(repo)
    repo.git("push", "-q", "--no-verify", "origin", "main")
    assert blobs(remote) == set()
    assert oid in repo.gitblob("fsck", "--store", "origin", ok=1).stdout
    assert "sent 1" in repo.gitblob("push", "--all").stdout
    assert blobs(remote) == {oid}


def test_with_the_path_of_a_graphical_client(repo, remote):
    """It starts git with next to nothing in the environment."""
    sandbox = repo.sandbox
    path = os.pathsep.join([*filter(None, [os.environ.get("GITBLOB_TEST_GIT")]), "/usr/bin", "/bin"])
    bare = {"PATH": path, "HOME": str(sandbox.home), "PYTHONPATH": sandbox.env["PYTHONPATH"]}
    data = os.urandom(5 << 20)
    repo.write("a.bin", data)
    for argv in (
        ["add", "."],
        ["commit", "-q", "-m", "x"],
        ["push", "-q", "origin", "main"],
        ["checkout", "-q", "HEAD~1"],
    ):
        sandbox.run("env", "-i", *(f"{key}={value}" for key, value in bare.items()), "git", *argv, cwd=repo.path)
    assert blobs(remote) == {digest(data)}
    sandbox.run(
        "env", "-i", *(f"{key}={value}" for key, value in bare.items()), "git", "switch", "-q", "main", cwd=repo.path
    )
    assert repo.read("a.bin") == data


@pytest.mark.parametrize("how", ["init.templateDir", "--template"])
def test_hooks_of_a_template(repo, remote, installed, how):
    """A template gives new clones a hook; it runs before ours."""
    if how == "init.templateDir" and "GITBLOB_TEST_GIT" in os.environ:
        pytest.skip("this git is started by a script that sets GIT_TEMPLATE_DIR, which wins")
    template = installed.home / "mine"
    said = installed.home / "said"
    (template / "hooks").mkdir(parents=True)
    (template / "hooks/pre-push").write_text(f"#!/bin/sh\ncat >{said}\n")
    (template / "hooks/pre-push").chmod(0o755)
    del installed.env["GIT_TEMPLATE_DIR"]
    if how == "init.templateDir":
        installed.run("git", "config", "--global", "init.templateDir", template)
    save(repo)
    repo.git("push", "-q")
    clone = installed.clone(remote, "clone", *([f"--template={template}"] if how == "--template" else []))
    assert len(clone.read("a.bin")) == 3000
    oid = save(clone, "b.bin")
    clone.git("push", "-q", "origin", "main")
    assert said.read_text().startswith("refs/heads/main ")
    assert oid in blobs(remote)


def test_a_remote_that_was_made_anew_gets_the_history_from_any_clone(repo, remote, installed):
    oids = {save(repo), save(repo)}
    repo.git("push", "-q")
    clone = installed.clone(remote)
    clone.git("checkout", "-q", "HEAD~1")  # to have the older content here
    clone.git("switch", "-q", "main")
    shutil.rmtree(remote)
    installed.bare("origin.git")
    oids.add(save(clone))
    clone.git("push", "-q", "origin", "main")
    assert blobs(remote) == oids


def test_a_branch_with_a_name_in_latin_1(repo, remote):
    oids = {save(repo)}
    name = os.fsdecode(b"b\xe4r")
    repo.git("push", "-q", "origin", f"HEAD:refs/heads/{name}")
    repo.git("push", "-q", "origin", f":{name}")
    repo.git("update-ref", f"refs/remotes/origin/{name}", "HEAD")
    oids.add(save(repo))
    repo.git("push", "-q", "origin", f"HEAD:refs/heads/{name}")
    assert blobs(remote) == oids
