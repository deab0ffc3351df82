"""New commits from old ones: merge, pull, rebase, cherry-pick, revert, am, filter-branch, filter-repo, subtree."""

from support.matrix.scenario import TOP, scenario
from support.matrix.world import World

EDIT = "the edit is read once, as it is put aside"


@scenario()
def merge_fast_forward(at: World):
    at.git("merge", "-q", "ahead")


@scenario()
def merge_of_two_branches(at: World):
    at.git("merge", "-q", "-m", "merge", "topic")


@scenario()
def merge_with_a_conflict(at: World):
    at.git("merge", "-q", "clash", code=1)


@scenario()
def merge_abort(at: World):
    at.setup_code(1, "merge", "-q", "clash")
    at.git("merge", "--abort")


@scenario()
def merge_resolved_with_theirs(at: World):
    at.setup_code(1, "merge", "-q", "clash")
    at.setup("checkout", "--theirs", "--", at.large)
    at.git("add", "--", at.large)
    at.git("commit", "-q", "-m", "resolved")


@scenario()
def merge_octopus(at: World):
    at.git("merge", "-q", "-m", "octopus", "topic", "other")


@scenario()
def merge_strategy_option(at: World):
    """Git does not tell a merge driver of the option: a conflict, where plain Git takes theirs."""
    at.git("merge", "-q", "-m", "theirs", "-X", "theirs", "clash", code=1 if at.full else 0)
    if at.full:
        at.setup("checkout", "--theirs", "--", at.large)
        at.setup("commit", "-q", "-a", "-m", "theirs")


@scenario()
def merge_renormalize(at: World):
    at.git("merge", "-q", "-m", "merge", "-X", "renormalize", "topic")


@scenario()
def merge_squash(at: World):
    at.git("merge", "-q", "--squash", "topic")


@scenario()
def pull_merge(at: World):
    at.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "topic")


@scenario()
def pull_rebase(at: World):
    at.setup("checkout", "-q", "topic")
    at.git("pull", "-q", "--rebase", "origin", "ahead")


@scenario(cleans={"far": 1}, why=EDIT)
def pull_autostash(at: World):
    at.setup("checkout", "-q", "topic")
    at.write(at.names.far, "far:7")
    at.git("pull", "-q", "--rebase", "--autostash", "origin", "ahead")


@scenario()
def rebase_of_three_picks_of_one_file(at: World):
    at.git("rebase", "-q", "main", "topic")


@scenario()
def rebase_interactive_with_exec(at: World):
    at.setup("checkout", "-q", "topic")
    editor = "sed -i -e 's/^exec.*/exec git status --porcelain >>\"$OUT\"/' -e '3s/^pick/squash/'"
    out = at.root / "out"
    at.git("rebase", "-q", "-i", "-x", "true", "main",
           env={"GIT_SEQUENCE_EDITOR": editor, "GIT_EDITOR": "true", "OUT": str(out)})  # fmt: skip
    return out.read_text()


@scenario(cleans={"large": 1}, why=EDIT)
def rebase_autostash(at: World):
    at.setup("checkout", "-q", "topic")
    at.write(at.names.large, "large:7")
    at.git("rebase", "-q", "--autostash", "--onto", "other", "v2")


@scenario()
def rebase_abort(at: World):
    at.git("rebase", "-q", "main", "clash", code=1)
    at.seen_now()
    at.git("rebase", "--abort")


@scenario()
def rebase_continue(at: World):
    at.setup_code(1, "rebase", "-q", "main", "clash")
    at.setup("checkout", "--theirs", "--", at.large)
    at.git("add", "--", at.large)
    at.git("rebase", "--continue", env={"GIT_EDITOR": "true"})


@scenario()
def rebase_by_patches(at: World):
    at.git("rebase", "-q", "--apply", "main", "topic")


@scenario()
def cherry_pick_of_several(at: World):
    at.git("cherry-pick", "v2..topic", "other")


@scenario()
def cherry_pick_abort(at: World):
    at.git("cherry-pick", "clash", code=1)
    at.seen_now()
    at.git("cherry-pick", "--abort")


@scenario()
def revert_of_several(at: World):
    at.setup("checkout", "-q", "topic")
    at.git("revert", "--no-edit", "topic~2..topic")


@scenario()
def am(at: World):
    at.setup("format-patch", "-q", "--binary", "-o", at.root / "patches", "v2..topic")
    at.git("am", "-q", *sorted((at.root / "patches").iterdir()))


@scenario()
def am_three_way(at: World):
    at.setup("format-patch", "-q", "--binary", "-o", at.root / "patches", "v2..topic")
    at.git("am", "-q", "-3", *sorted((at.root / "patches").iterdir()))


def patch(at: World) -> object:
    """A file with what `ahead` and `topic` change."""
    made = at.root / "a.patch"
    made.write_text(at.setup("diff", "--binary", "--no-textconv", "--full-index", "main", "ahead") + "\n")
    return made


@scenario(cleans={"small": 1, "run": 1}, why="a patch applies to what Git keeps of the file", unless=TOP)
def apply_to_the_files(at: World):
    at.git("apply", patch(at))


@scenario(unless=TOP)
def apply_index(at: World):
    at.git("apply", "--index", patch(at))


@scenario(unless=TOP)
def apply_cached(at: World):
    at.git("apply", "--cached", patch(at))


@scenario(unless=TOP)
def filter_branch_of_trees(at: World):
    """The work tree is one of its own, deeper: there a relative remote leads nowhere, for `git fetch` as well."""
    at.setup("config", "remote.origin.url", at.root / "origin.git")
    at.setup("checkout", "-q", "topic")
    at.git("filter-branch", "-f", "--tree-filter", "rm -f text.txt", "v2..topic",
           env={"FILTER_BRANCH_SQUELCH_WARNING": "1"})  # fmt: skip


@scenario(unless=TOP)
def filter_branch_of_indexes(at: World):
    at.setup("checkout", "-q", "topic")
    at.git("filter-branch", "-f", "--index-filter", "git rm -q --cached --ignore-unmatch text.txt", "v2..topic",
           env={"FILTER_BRANCH_SQUELCH_WARNING": "1"})  # fmt: skip


@scenario(unless={"sha256": "git-filter-repo reads a name that has not 40 digits as a mark"})
def filter_repo(at: World):
    at.git(
        "filter-repo",
        "--force",
        "--quiet",
        "--partial",
        "--refs",
        "main",
        "ahead",
        "--invert-paths",
        "--path",
        "text.txt",
    )


@scenario()
def subtree_add_and_pull(at: World):
    first = at.setup("commit-tree", "-m", "elsewhere", "base^{tree}")
    second = at.setup("commit-tree", "-m", "elsewhere 2", "-p", first, "topic^{tree}")
    at.git("subtree", "add", "-q", "--prefix=under", first, cwd=at.repo)
    at.git("subtree", "merge", "-q", "--prefix=under", second, cwd=at.repo)


@scenario()
def subtree_split(at: World):
    """Without a .gitattributes of its own the part would have pointers: no rule, no filter."""
    at.write("dir/.gitattributes", (at.repo / ".gitattributes").read_text())
    at.setup("add", ".")
    at.setup("commit", "-q", "-m", "a rule for the part")
    at.git("subtree", "split", "-q", "--prefix=dir", "-b", "split", cwd=at.repo)
    at.git("checkout", "-q", "split")
