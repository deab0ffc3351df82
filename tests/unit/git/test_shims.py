import subprocess
from pathlib import Path

import pytest

from gitblob.git import shims

SHIMS = (*shims.NAMES, shims.ANY_OTHER)


@pytest.mark.parametrize("name", SHIMS)
def test_a_shim_is_sh_with_our_mark(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(shims.render(name, "/opt/it's a place/gitblob", "'/x y/hook'"))
    script = path.read_bytes()
    assert script.startswith(b"#!/bin/sh\n# gitblob hook")
    assert b"\r" not in script
    assert b"@" not in script.replace(b'"$@"', b"")
    assert shims.is_ours(str(path))
    subprocess.run(["sh", "-n", str(path)], check=True)


@pytest.mark.parametrize("name", SHIMS)
def test_the_source_is_executable_sh_too(name):
    path = Path(shims._directory()) / name
    assert path.stat().st_mode & 0o111
    subprocess.run(["sh", "-n", str(path)], check=True)


def test_others_are_not_ours(tmp_path):
    path = tmp_path / "pre-push"
    assert not shims.is_ours(str(path))
    path.write_text('#!/bin/sh\ngit lfs pre-push "$@"\n')
    assert not shims.is_ours(str(path))


GIT_LFS = (
    "#!/bin/sh\n"
    'command -v git-lfs >/dev/null 2>&1 || { echo >&2 "\\ngit-lfs was not found\\n"; exit 2; }\n'
    'git lfs pre-push "$@"\n'
)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (GIT_LFS, True),
        (GIT_LFS.replace("echo", "printf"), True),
        ('#!/bin/sh\ngit lfs pre-push "$@"', True),
        (GIT_LFS + "make check\n", False),
        (GIT_LFS.replace("pre-push", "post-merge"), False),
        ("#!/bin/sh\n", False),
    ],
)
def test_the_hook_of_git_lfs_is_known_unless_somebody_has_added_to_it(script, found, tmp_path):
    for name in ("pre-push", "pre-push.before-gitblob"):
        (tmp_path / name).write_text(script)
        assert shims.is_of_git_lfs(str(tmp_path / name)) == found
