"""Other repositories and work trees: clone, submodule, worktree, bundle."""

from support.matrix.scenario import scenario
from support.matrix.world import World

WHERE = "git clone obeys none of this"
APART = {"--git-dir and --work-tree": WHERE, "foreign GIT_INDEX_FILE": "the index of another repository"}


def clone(at: World, *options: str, source: str = "origin.git", name: str = "clone") -> None:
    """Clone, and look at the clone."""
    at.git("clone", "-q", *options, source, name, cwd=at.root)
    at.places.append(at.root / name)


@scenario(unless=APART)
def clone_plain(at: World):
    clone(at)


@scenario(unless=APART)
def clone_shallow(at: World):
    clone(at, "--depth", "1", source=f"file://{at.root}/origin.git")


@scenario(unless=APART)
def clone_without_blobs(at: World):
    at.ask("config", "uploadpack.allowFilter", "true", cwd=at.root / "origin.git")
    clone(at, "--filter=blob:none", source=f"file://{at.root}/origin.git")
    at.git("checkout", "-q", "topic", cwd=at.root / "clone")


@scenario(unless=APART)
def clone_with_reference(at: World):
    clone(at, "--reference", "repo", source=f"file://{at.root}/origin.git")


@scenario(
    unless=APART
    | {"core.worktree": "its .git is a file", "linked worktree": WHERE, "without cache": "the source has no content"}
)
def clone_shared(at: World):
    clone(at, "--shared", source="repo")


@scenario(unless=APART)
def clone_a_branch_without_checkout(at: World):
    clone(at, "--no-checkout", "--branch", "topic")
    at.git("checkout", "-q", "topic", cwd=at.root / "clone")


@scenario(unless=APART)
def clone_bare_and_mirror(at: World):
    clone(at, "--bare", name="bare.git")
    clone(at, "--mirror", name="mirror.git")
    at.git("worktree", "add", "-q", "../of-bare", "main", cwd=at.root / "bare.git")
    at.places.append(at.root / "of-bare")


@scenario(unless=APART)
def clone_of_a_clone(at: World):
    clone(at, name="first")
    clone(at, source="first", name="second")


@scenario(unless=APART | {"sha256": "a bundle header of git 2.30 names no format"})
def bundle(at: World):
    at.git("bundle", "create", "-q", at.root / "all.bundle", "--all")
    at.git("fetch", "-q", at.root / "all.bundle", "topic:from-bundle")
    at.git("checkout", "-q", "from-bundle")


def submodule(at: World, top: str) -> None:
    """A repository `top` with the submodule `sub`, whose content lies in origin.git."""
    kind = at.setup("rev-parse", "--show-object-format")
    at.setup("init", "-q", f"--object-format={kind}", top, cwd=at.root)
    at.setup("submodule", "--quiet", "add", "../origin.git", "sub", cwd=at.root / top)
    at.setup("commit", "-q", "-m", "with sub", cwd=at.root / top)


@scenario(unless=APART)
def submodule_update(at: World):
    submodule(at, "top")
    at.setup("-C", "sub", "checkout", "-q", "topic", cwd=at.root / "top")
    at.git("submodule", "--quiet", "update", "--force", cwd=at.root / "top")
    at.places += [at.root / "top", at.root / "top/sub"]


@scenario(unless=APART)
def submodules_in_submodules(at: World):
    submodule(at, "inner")
    at.setup("init", "-q", f"--object-format={at.setup('rev-parse', '--show-object-format')}", "top", cwd=at.root)
    at.setup("submodule", "--quiet", "add", "../inner", "inner", cwd=at.root / "top")
    at.setup("commit", "-q", "-m", "with inner", cwd=at.root / "top")
    at.git("clone", "-q", "--recurse-submodules", "top", "clone", cwd=at.root)
    at.git("submodule", "--quiet", "foreach", "--recursive", "git status --porcelain", cwd=at.root / "clone")
    at.places += [at.root / "clone", at.root / "clone/inner", at.root / "clone/inner/sub"]


@scenario(unless={"foreign GIT_INDEX_FILE": "one index for two work trees"})
def worktree_add_move_remove(at: World):
    at.git("worktree", "add", "-q", at.root / "second", "topic")
    at.git("worktree", "add", "-q", "--detach", at.root / "third", "other")
    at.git("worktree", "move", at.root / "second", at.root / "moved")
    at.git("worktree", "remove", at.root / "third")
    at.git("checkout", "-q", "ahead", cwd=at.root / "moved") if not at.options else None
    at.places.append(at.root / "moved")


@scenario(unless={"foreign GIT_INDEX_FILE": "one index for two work trees", "--git-dir and --work-tree": WHERE})
def worktree_with_an_edit(at: World):
    at.git("worktree", "add", "-q", at.root / "second", "topic")
    at.write(at.names.large, "large:7", at.root / "second")
    at.setup("commit", "-q", "-a", "-m", "there", cwd=at.root / "second")
    at.git("merge", "-q", "-m", "here", "topic~0", code=1)
    at.git("merge", "--abort")
    at.places.append(at.root / "second")
