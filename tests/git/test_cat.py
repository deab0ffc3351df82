"""gitblob cat: any version's bytes, whole and unchanged."""

import os
import shutil
import subprocess

import pytest


def cat(repo, name, ok=0, **options):
    result = subprocess.run(
        ["gitblob", "cat", "--", name],
        cwd=options.get("cwd", repo.path),
        env=repo.sandbox.env,
        capture_output=True,
        check=False,
    )
    assert result.returncode == ok, result.stderr
    return result.stdout if ok == 0 else result.stderr.decode()


@pytest.mark.parametrize(
    "path", ["x.bin", "a b/ü.bin", "-dash.bin", "new\nline.bin", "co:lon.bin", "odd\udce9.bin"], ids=ascii
)
def test_every_version(repo, path):
    old, new = os.urandom(70000), bytes(range(256)) * 40
    repo.write(path, old)
    repo.commit()
    repo.write(path, new)
    repo.commit()
    repo.write(path, b"not committed")
    assert cat(repo, f"HEAD~1:{path}") == old
    assert cat(repo, f"HEAD:{path}") == new
    assert cat(repo, f":{path}") == new


def test_raw_files_and_empty_ones(repo):
    raw = os.urandom(3 << 20)
    repo.write("raw", raw)
    repo.write("small", b"\r\n\0")
    repo.write("empty.bin", b"")
    repo.commit()
    assert cat(repo, "HEAD:raw") == raw
    assert cat(repo, "HEAD:small") == b"\r\n\0"
    assert cat(repo, "HEAD:empty.bin") == b""


def test_relative_to_a_folder(repo):
    repo.write("sub/x.bin", b"below" * 500)
    repo.commit()
    assert cat(repo, "HEAD:./x.bin", cwd=repo.path / "sub") == b"below" * 500


def test_absent_content_is_fetched(repo, remote):
    data = os.urandom(5 << 20)
    repo.write("x.bin", data)
    repo.commit()
    repo.write("x.bin", b"newer" * 1000)
    repo.commit()
    repo.git("push", "-q")
    clone = repo.sandbox.clone(remote)
    assert cat(clone, "HEAD~1:x.bin") == data
    shutil.rmtree(clone.path / ".git" / "gitblob")
    shutil.rmtree(remote / "gitblob")
    assert "x.bin" in cat(clone, "HEAD~1:x.bin", ok=13)


def test_names_that_lead_nowhere(repo):
    repo.write("sub/x.bin", b"x" * 2000)
    repo.write("bad", b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:../../x\nsize: 1\n")
    repo.commit()
    assert "HEAD:x" in cat(repo, "x", ok=2)
    assert "names no file" in cat(repo, "HEAD:absent", ok=2)
    assert "names no file" in cat(repo, "nowhere:x", ok=2)
    assert "is no file" in cat(repo, "HEAD:sub", ok=2)
    assert "oid" in cat(repo, "HEAD:bad", ok=14)


def test_a_reader_that_goes_away(repo):
    repo.write("x.bin", os.urandom(8 << 20))
    repo.commit()
    command = "gitblob cat HEAD:x.bin | head -c 10 | wc -c"
    result = repo.sandbox.run("sh", "-c", command, cwd=repo.path)
    assert result.stdout.strip() == "10"
    assert result.stderr == ""
