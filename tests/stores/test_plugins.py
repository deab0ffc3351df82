"""The plug-in that `gitblob help plugins` shows, as a third party would install, test and use it."""

import os
import re
import subprocess
import sys
import textwrap

import pytest
from support import plugin

from gitblob.cli import topics
from gitblob.errors import StoreError
from gitblob.store import registry
from gitblob.store.access import Access


def code(which):
    """The block of code that starts with this line."""
    found = re.findall(r"(?:^    .*\n|^\n)+", topics.page("plugins"), re.MULTILINE)
    return next(text for text in map(textwrap.dedent, found) if text.lstrip("\n").startswith(which))


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = plugin.install(tmp_path / "site", "shelf", code("import hashlib"))
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("shelf", None)


def test_it_passes_the_suite_that_is_shown(site, tmp_path):
    (tmp_path / "test_shelf.py").write_text(code("import pytest"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "test_shelf.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 16


def test_the_entry_point_is_the_one_shown():
    assert 'shelf = "shelf:store"' in topics.page("plugins")
    assert f'[project.entry-points."{registry.GROUP}"]' in topics.page("plugins")


def test_options_are_those_that_it_names(site, tmp_path):
    registry.open("x", f"shelf://{tmp_path}/x.db", Access(), {"timeout": "5"})
    with pytest.raises(StoreError, match="takes no option 'colour'"):
        registry.open("x", f"shelf://{tmp_path}/x.db", Access(), {"colour": "blue"})
    assert not (tmp_path / "x.db").exists()


def test_a_push_and_a_clone(site, repo, remote, tmp_path):
    repo.sandbox.env["PYTHONPATH"] = f"{site}{os.pathsep}{repo.sandbox.env['PYTHONPATH']}"
    place = f"shelf://{tmp_path}/team.db"
    said = repo.gitblob("store", "add", "team", place, "--option", "timeout=30").stdout
    assert said == f"made store team ({tmp_path}/team.db); it is the default\n"
    assert f"team: {{url: {place}, timeout: '30'}}" in repo.read(".gitblob.yaml").decode()
    data = os.urandom(3 << 20)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    assert (tmp_path / "team.db").stat().st_size > len(data)
    assert repo.sandbox.clone(remote).read("a.bin") == data
    assert "ok" in repo.gitblob("store", "check", "team").stdout


def test_without_it_the_store_is_of_an_unknown_kind(repo, remote):
    repo.write(".gitblob.yaml", "stores: {team: {url: 'shelf:///x.db', timeout: 5}}\n")
    assert "does not know" in repo.gitblob("store", "check", ok=15).stderr
