"""Between commits: checkout, switch, restore, reset, read-tree, sparse-checkout, bisect."""

from support.matrix.scenario import TOP, scenario
from support.matrix.world import World


@scenario()
def checkout_a_branch(at: World):
    at.git("checkout", "-q", "ahead")
    at.git("checkout", "-q", "topic")
    at.git("checkout", "-q", "other")
    at.git("checkout", "-q", "main")


@scenario()
def checkout_a_branch_and_keep_an_edit(at: World):
    at.write("text.txt", "an edit\n")
    at.git("checkout", "-q", "ahead")


@scenario()
def checkout_refuses_to_overwrite_an_edit(at: World):
    at.write(at.names.large, "large:7")
    at.git("checkout", "-q", "v2", code=1)
    at.setup("checkout", "-q", "-f", "main")


@scenario()
def checkout_of_paths(at: World):
    at.delete(at.names.large, at.names.zoo, at.names.small, at.names.run)
    at.git("checkout", "--", at.large, at.zoo, at.small, at.run)


@scenario()
def checkout_of_a_path_from_another_commit(at: World):
    at.git("checkout", "base", "--", at.large, at.zoo, at.small, at.run)


@scenario(cleans={"large": range(2, 6), "small": range(2, 6)}, why="Git compares the edited files to make hunks")
def checkout_p(at: World):
    at.write(at.names.large, "large:7")
    at.write(at.names.small, "small:7")
    at.git(
        "checkout", *(["-p"] if at.full else ["--", at.typed(".")]), data="y\n" * 9
    )  # plain Git has no hunks of binaries


@scenario()
def checkout_f(at: World):
    at.write(at.names.large, "large:7")
    at.write(at.names.zoo, "zoo:7")
    at.delete(at.names.run)
    at.git("checkout", "-q", "-f")
    at.write(at.names.large, "large:7")
    at.git("checkout", "-q", "-f", "topic")


@scenario()
def checkout_ours_and_theirs(at: World):
    at.setup_code(1, "merge", "-q", "clash")
    at.git("checkout", "--theirs", "--", at.large)
    at.seen_now()
    at.git("checkout", "--ours", "--", at.large)


@scenario(unless=dict.fromkeys(("names of any length", "names of any bytes"), "there the file lies in no folder"))
def checkout_a_file_where_a_folder_was(at: World):
    at.setup("checkout", "-q", "other")
    at.setup("rm", "-q", at.deep)
    at.setup("commit", "-q", "-m", "removed")
    at.write(at.names.deep.partition("/")[0], "text\n")
    at.setup("add", "--", at.typed(at.names.deep.partition("/")[0]))
    at.setup("commit", "-q", "-m", "a file")
    at.git("checkout", "-q", "HEAD~2")
    at.git("checkout", "-q", "other")


@scenario()
def checkout_an_unborn_branch_and_back(at: World):
    at.git("checkout", "-q", "--orphan", "fresh")
    at.git("rm", "-r", "-q", "-f", at.typed("."))
    at.git("checkout", "-q", "main")


@scenario()
def switch_and_back(at: World):
    at.git("switch", "-q", "other")
    at.git("switch", "-q", "-")
    at.git("switch", "-q", "-c", "new", "base")
    at.git("switch", "-q", "--detach", "topic")


@scenario(cleans={"far": range(2)}, why="outside of a sparse checkout the edited file is looked at")
def switch_with_merge(at: World):
    at.write(at.names.far, "far:7")
    at.git("switch", "-q", "--merge", "ahead")
    at.git("checkout", "-q", "--", at.far)


@scenario()
def restore_worktree(at: World):
    at.write(at.names.large, "large:7")
    at.delete(at.names.zoo)
    at.git("restore", "--", at.large, at.zoo)


@scenario()
def restore_staged(at: World):
    at.write(at.names.large, "large:7")
    at.setup("add", at.large)
    at.git("restore", "-S", "--", at.large)


@scenario()
def restore_worktree_from_a_tree(at: World):
    at.git("restore", "-W", "-s", "base", "--", at.large, at.zoo, at.small)


@scenario()
def restore_both_from_a_tree(at: World):
    at.git("restore", "-S", "-W", "-s", "base", "--", at.large, at.zoo, at.small, at.run)


@scenario()
def reset_hard(at: World):
    at.write(at.names.large, "large:7")
    at.git("reset", "-q", "--hard", "base")


@scenario()
def reset_merge(at: World):
    at.write("text.txt", "an edit\n")
    at.setup("checkout", "-q", "ahead")
    at.git("reset", "-q", "--merge", "main")


@scenario()
def reset_keep(at: World):
    at.setup("checkout", "-q", "ahead")
    at.write("text.txt", "an edit\n")
    at.git("reset", "-q", "--keep", "main")


@scenario(cleans={role: range(2) for role in ("large", "zoo", "small", "run", "far")}, why="Git compares what stays")
def reset_mixed(at: World):
    at.git("reset", "-q", "base")


@scenario()
def read_tree_with_update(at: World):
    at.git("read-tree", "-u", "-m", "HEAD", "ahead")
    at.git("read-tree", "-u", "--reset", "HEAD")


@scenario()
def checkout_index(at: World):
    at.delete(at.names.large, at.names.zoo, at.names.small, at.names.run)
    at.git("checkout-index", "-a", "-u")
    at.git("checkout-index", "-a", f"--prefix={at.root}/exported/")
    return at.folder(at.root / "exported")


@scenario(unless={"sparse index": "it is sparse already"} | TOP)
def sparse_checkout_with_cone(at: World):
    at.git("sparse-checkout", "init", "--cone")
    at.git("sparse-checkout", "set", "new")
    at.seen_now()
    at.git("sparse-checkout", "set", "dir")
    at.git("checkout", "-q", "topic")
    at.git("sparse-checkout", "disable")


@scenario(unless={"sparse index": "it is sparse already"} | TOP)
def sparse_checkout_by_pattern(at: World):
    at.git("sparse-checkout", "init", "--no-cone")
    at.git("sparse-checkout", "set", "/*.txt", "/dir/")
    at.seen_now()
    at.git("checkout", "-q", "ahead")
    at.git("sparse-checkout", "disable")


@scenario(unless={"sparse index": "it is sparse already"} | TOP)
def sparse_checkout_reapply(at: World):
    at.setup("sparse-checkout", "init", "--cone")
    at.setup("sparse-checkout", "set", "dir")
    at.git("sparse-checkout", "reapply")
    at.git("sparse-checkout", "add", "far")


@scenario(unless=TOP)
def bisect_run(at: World):
    at.setup("checkout", "-q", "topic")
    good = at.root / "good"
    good.write_text("#!/bin/sh\n! git show -s --format=%s | grep -q 'topic 6'\n")
    good.chmod(0o755)
    at.git("bisect", "start", "topic", "base")
    at.git("bisect", "run", good)
    at.seen_now()
    at.git("bisect", "reset")
