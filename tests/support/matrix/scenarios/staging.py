"""From the files to the index and to commits: add, commit, stash, rm, mv, clean."""

from support.matrix.scenario import TOP, scenario
from support.matrix.world import World

ADDED = "what is added is read, once"
MOVED = "a rename or a chmod changes ctime, so Git looks at the content; unless both are of one second"
STASHED = "the edit is read once, as it is put aside"


@scenario(cleans={"large": 1, "small": 1, "zoo": 1}, why=ADDED)
def add(at: World):
    for role in ("large", "small", "zoo"):
        at.write(getattr(at.names, role), f"{role}:7")
    at.git("add", at.typed("."))


@scenario(cleans={"large": range(2, 5)}, why="Git makes hunks of it, then stages them")
def add_p(at: World):
    at.write(at.names.large, "large:7")
    at.git("add", "-p" if at.full else "-u", data="y\n" * 9)  # plain Git has no hunks of binaries


@scenario()
def add_n_and_then_add(at: World):
    at.write(at.names.deep, "deep:7")
    at.git("add", "-N", "--", at.deep)
    at.seen_now()
    at.git("add", "--", at.deep)


@scenario(cleans={**dict.fromkeys(("large", "small", "zoo", "run"), 1), "far": range(2)}, why="that is what it is for")
def add_renormalize(at: World):
    at.git("add", "--renormalize", at.typed("."))


@scenario(cleans={"large": 1}, why=ADDED)
def add_u_with_a_deletion_and_a_type_change(at: World):
    at.write(at.names.large, "large:7")
    at.delete(at.names.zoo, at.names.small)
    (at.repo / at.names.small).symlink_to("text.txt")
    at.git("add", "-u")


@scenario(cleans={"large": range(2)}, why=MOVED)
def chmod(at: World):
    (at.repo / at.names.large).chmod(0o755)
    at.git("update-index", "--chmod=+x", at.small)
    at.git("-c", "core.fileMode=false", "status", "--porcelain")
    at.setup("checkout", "-q", "-f")


@scenario(cleans={"large": 1, "small": 1}, why=ADDED)
def commit_all(at: World):
    at.write(at.names.large, "large:7")
    at.write(at.names.small, "small:7")
    at.delete(at.names.run)
    at.git("commit", "-q", "-a", "-m", "all")


@scenario(
    cleans={"large": 2, "small": 1}, why="Git makes two indexes: what is committed, and what is staged afterwards"
)
def commit_of_a_path(at: World):
    at.write(at.names.large, "large:7")
    at.write(at.names.small, "small:7")
    at.setup("add", at.small)
    at.git("commit", "-q", "-m", "one path", "--", at.large)


@scenario(cleans={"large": 1}, why=ADDED)
def commit_amend(at: World):
    at.write(at.names.large, "large:7")
    at.git("commit", "-q", "--amend", "-a", "--no-edit")


@scenario(
    cleans={"large": range(1, 4)},
    why=STASHED + "; newer gits make hunks of it first",
    unless={"sparse index": "with -p Git writes the files outside of the cone, too"},
)
def stash_push_and_pop(at: World):
    at.write(at.names.large, "large:7")
    at.delete(at.names.run)
    at.git("stash", "push", "-q")
    at.seen_now()
    at.git("stash", "pop", "-q")


@scenario(cleans={"large": 1, "deep": 1}, why=STASHED)
def stash_with_untracked_files(at: World):
    at.write(at.names.large, "large:7")
    at.write(at.names.deep, "deep:7")
    at.git("stash", "push", "-q", "-u")
    at.seen_now()
    at.git("stash", "pop", "-q")


@scenario(
    cleans={"large": range(1, 4)},
    why=STASHED + "; newer gits make hunks of it first",
    unless={"sparse index": "with -p Git writes the files outside of the cone, too"},
)
def stash_p(at: World):
    at.write(at.names.large, "large:7")
    at.git("stash", "push", "-q", *(["-p"] if at.full else []), data="y\n" * 9)  # no hunks of binaries in plain Git
    at.seen_now()
    at.git("stash", "pop", "-q")


@scenario(cleans={"zoo": 1}, why=STASHED)
def stash_apply_index(at: World):
    at.write(at.names.large, "large:7")
    at.setup("add", at.large)
    at.write(at.names.zoo, "zoo:7")
    at.git("stash", "push", "-q")
    at.git("stash", "apply", "-q", "--index")
    at.git("stash", "drop", "-q")


@scenario()
def rm(at: World):
    at.git("rm", "-q", "--", at.large, at.small)
    at.git("rm", "-q", "--cached", "--", at.zoo)
    at.setup("commit", "-q", "-m", "removed")


@scenario(cleans={"moved.bin": range(2)}, why=MOVED)
def mv(at: World):
    at.git("mv", "--", at.large, at.typed("moved.bin"))
    at.git("mv", "--", at.zoo, at.typed("zoo.txt"), code=0)
    at.setup("reset", "-q", "--hard")


@scenario(cleans={"moved.bin": range(2)}, why=MOVED)
def mv_and_commit(at: World):
    at.git("mv", "--", at.large, at.typed("moved.bin"))
    at.git("commit", "-q", "-m", "moved")


@scenario()
def clean_fdx(at: World):
    at.write(at.names.deep, "deep:7")
    at.write(".gitignore", "*.tmp\n")
    at.write("x.tmp", "ignored\n")
    at.git("clean", "-q", "-f", "-d", "-x")


@scenario(cleans={"large": 1}, why="content that is not the file's is hashed as if it were", unless=TOP)
def hash_object(at: World):
    """--path is no pathspec: Git gives it to the filter as it is typed."""
    at.git("hash-object", "-w", f"--path={at.names.large}", "--stdin", data=b"\0other")
    at.git("checkout", "-q", "base")


@scenario()
def touched_files(at: World):
    for role in ("large", "small"):
        (at.repo / getattr(at.names, role)).touch()
    at.setup("update-index", "-q", "--refresh")
    at.git("checkout", "-q", "ahead")
