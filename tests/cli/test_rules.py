"""What track, untrack and status print, where, and with which exit code."""

from inline_snapshot import snapshot


def said(result):
    return result.stdout, result.stderr, result.returncode


def test_track_and_untrack(installed):
    repo = installed.repo()
    assert said(repo.gitblob("track")) == snapshot(
        ("", "nothing is tracked here; `gitblob track '*.csv'` is how to start\n", 0)
    )
    assert said(repo.gitblob("track", "*.bin", "data/")) == snapshot(
        (
            """\
tracking *.bin (.gitattributes)
tracking data/** (.gitattributes)
""",
            "",
            0,
        )
    )
    assert said(repo.gitblob("track", "*.bin")) == snapshot(("*.bin is tracked already (.gitattributes)\n", "", 0))
    assert said(repo.gitblob("track")) == snapshot(
        (
            """\
rule              pattern
.gitattributes:1  *.bin
.gitattributes:2  data/**
""",
            "",
            0,
        )
    )
    assert said(repo.gitblob("untrack", "*.bin", "*.csv")) == snapshot(
        (
            "no longer tracking *.bin (.gitattributes)\n",
            "gitblob: warning: no rule for *.csv in .gitattributes; `gitblob track` lists them\n",
            0,
        )
    )
    assert said(repo.gitblob("untrack", "*.csv", ok=1)) == snapshot(
        ("", "gitblob: warning: no rule for *.csv in .gitattributes; `gitblob track` lists them\n", 1)
    )
    assert said(repo.gitblob("untrack", ok=2)) == snapshot(
        (
            "",
            """\
gitblob: error: the following arguments are required: PATTERN
  hint: `gitblob untrack -h` shows the arguments
""",
            2,
        )
    )


def test_conversion(installed):
    repo = installed.repo()
    repo.write("a b.bin", b"x" * 2000)
    repo.write("-z\n.bin", b"y" * 2000)
    repo.commit()
    assert said(repo.gitblob("track", "*.bin")) == snapshot(
        (
            "tracking *.bin (.gitattributes)\n",
            """\
2 file(s) committed with their content, not as pointers:
  "-z\\n.bin"
  a b.bin
to stage them as pointers: gitblob track --convert -- '*.bin'
""",
            0,
        )
    )
    assert said(repo.gitblob("track", "--convert", "*.bin")) == snapshot(
        (
            """\
*.bin is tracked already (.gitattributes)
converted 2 file(s); `git commit` records it
""",
            """\
2 file(s) committed with their content, not as pointers:
  "-z\\n.bin"
  a b.bin
""",
            0,
        )
    )
    assert said(repo.gitblob("untrack", "*.bin")) == snapshot(
        (
            "no longer tracking *.bin (.gitattributes)\n",
            """\
2 file(s) still pointers in Git:
  "-z\\n.bin"
  a b.bin
to stage their content: gitblob untrack --convert -- '*.bin'
""",
            0,
        )
    )


def test_above(repo):
    assert said(repo.gitblob("track", "--above", "50MiB")) == snapshot(
        ("files above 50MiB that no rule covers become blobs when they are committed (.gitblob.yaml)\n", "", 0)
    )
    assert "above: 50MiB" in repo.read(".gitblob.yaml").decode()
    assert said(repo.gitblob("track", "--above", "many", ok=16)) == snapshot(
        ("", "gitblob: error: 'many' is not a size; write it like 10MiB or 50 MB\n", 16)
    )


def test_status(repo):
    repo.write("a.bin", b"x" * 2000)
    repo.write("b.bin", b"y" * 3000)
    repo.commit()
    repo.write("b.bin", b"z" * 4000)
    repo.write("c.bin", b"c" * 5000)
    repo.git("add", "c.bin")
    assert said(repo.gitblob("status")) == snapshot(
        (
            """\
rule *.bin (.gitattributes:1)
tracked: 3 files (9.8 KiB)
modified: 1 file
  b.bin
staged: 1 file (4.9 KiB); `git commit` records it
  c.bin
nowhere to push: this repository has neither a remote nor a store; blobs stay in this clone; `gitblob store add NAME URL` names a store
""",
            "",
            0,
        )
    )


def test_ls_and_log(repo):
    repo.write("a b.bin", b"x" * 2000)
    repo.sandbox.env["GIT_AUTHOR_DATE"] = "2020-02-02T20:20:20+00:00"
    repo.sandbox.env["GIT_COMMITTER_DATE"] = "2020-02-02T20:20:20+00:00"
    repo.commit("add")
    assert said(repo.gitblob("ls")) == snapshot(
        (
            """\
oid           size  in cache  in store  path
5c0e0ea42157  2000  yes       ?         a b.bin
""",
            "",
            0,
        )
    )
    _, *rest = repo.gitblob("log", "a b.bin").stdout.splitlines()[1].split()
    assert rest == snapshot(["2020-02-02T20:20:20+00:00", "A", "U", "Thor", "2000", "new", "5c0e0ea42157", "add"])
    assert said(repo.gitblob("ls", "nowhere", ok=2)) == snapshot(
        (
            "",
            """\
gitblob: error: nowhere names no commit here
  hint: `git log --all` shows what there is
""",
            2,
        )
    )
    assert said(repo.gitblob("cat", "a b.bin", ok=2)) == snapshot(
        (
            "",
            """\
gitblob: error: 'a b.bin' is not REV:PATH
  hint: `gitblob cat 'HEAD:a b.bin'` for the last commit's version
""",
            2,
        )
    )
