"""What reads: diff, log, archive, cat-file, difftool; and gc."""

import io
import tarfile
import zipfile

from support.matrix.content import told
from support.matrix.scenario import scenario
from support.matrix.world import World


@scenario(unless={"from a folder": "the archive of a folder knows no rule from above it: pointers"})
def archive_tar(at: World):
    at.git("archive", "-o", at.root / "a.tar", "HEAD")
    with tarfile.open(at.root / "a.tar") as archive:
        return {one.name: told(archive.extractfile(one).read()) for one in archive if one.isfile()}


@scenario()
def archive_zip(at: World):
    at.git("archive", "-o", at.root / "a.zip", "--worktree-attributes", "HEAD", cwd=at.repo)
    with zipfile.ZipFile(io.BytesIO((at.root / "a.zip").read_bytes())) as archive:
        return sorted(told(archive.read(one)) for one in archive.infolist() if not one.is_dir())


@scenario()
def cat_file_filters(at: World):
    shown = [
        at.ask("cat-file", "--filters", f"main:{getattr(at.names, role)}", cwd=at.repo) for role in at.names._fields[:4]
    ]
    return [told(data) for data in shown]


@scenario()
def difftool(at: World):
    at.setup("config", "difftool.sum.cmd", 'wc -c <"$LOCAL" >>"$SUMS"; wc -c <"$REMOTE" >>"$SUMS"')
    at.git("difftool", "-y", "-t", "sum", "base", "v2", "--", at.small, env={"SUMS": str(at.root / "sums")})
    return (at.root / "sums").read_text()


@scenario(
    cleans={**dict.fromkeys(("small", "large", "zoo", "run"), 1), "far": range(2)}, why="it has an index of its own"
)
def difftool_of_folders(at: World):
    at.setup("config", "difftool.look.cmd", 'cp -rL "$LOCAL" "$OUT/old"; cp -rL "$REMOTE" "$OUT/new"')
    out = at.root / "out"
    out.mkdir()
    at.git("difftool", "-d", "-y", "-t", "look", "base", "v2", cwd=at.repo, env={"OUT": str(out)})
    return at.folder(out)


@scenario()
def diff_and_log(at: World):
    names = [
        at.git("diff", "--name-status", "-z", "base", "main"),
        at.git("log", "-p", "--raw", "--format=%s", "--name-status", "-z", "--no-abbrev", "topic").count("\0"),
        at.git("diff", "--numstat", "main", "--", "text.txt"),
    ]
    return names[0], names[2]


@scenario(cleans={"large": range(2, 4)}, why="the edit is compared each time")
def diff_of_an_edit(at: World):
    at.write(at.names.large, "large:7")
    shown = at.git("diff", "--name-status", "-z")
    at.git("diff", "--exit-code", "--quiet", code=1)
    return shown


@scenario()
def gc(at: World):
    at.git("gc", "-q", "--prune=now")
    at.git("checkout", "-q", "topic")


@scenario()
def repack_and_prune(at: World):
    at.git("repack", "-q", "-a", "-d", "-f")
    at.git("prune")
    at.git("checkout", "-q", "base")


@scenario()
def blame_and_grep(at: World):
    at.git("blame", "--porcelain", "--", at.typed("text.txt"))
    at.git("grep", "-q", "text 3", "--", at.typed("text.txt"))
    return at.git("grep", "-c", "text", "HEAD", "--", at.typed("text.txt"))
