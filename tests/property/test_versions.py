"""The same content is the same version, whatever the order, the history, the machine; any other content is another."""

import hashlib
import json
import random
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitblob import workspace
from gitblob.ml import tree, versions

DECLARED = "data:\n  set: {paths: [data], config: config.json, seed: 7}\nmodels:\n  net: {paths: [data], config: config.json}\n"
NAMES = st.text("ab-.é \udcff", min_size=1, max_size=4).filter(
    lambda name: name not in {".", ".."} and name == name.strip(" ")
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
FILES = st.dictionaries(PATHS, st.binary(max_size=20), min_size=2, max_size=6)
CONFIG = st.dictionaries(st.text("xy", min_size=1), st.integers() | st.floats(-1, 1) | st.text("z"), max_size=3)


def stub(data):
    return b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:%s\nsize: %d\n" % (
        hashlib.sha256(data).hexdigest().encode(),
        len(data),
    )


class Import:
    """A repository that git fast-import fills: a branch for each set of files, a commit for each file in its order."""

    def __init__(self, path, *options):
        subprocess.run(["git", "init", "-q", "-b", "main", *options, path], check=True)
        self.path = path
        self.branches = 0

    def ids(self, *sets):
        names = [f"refs/heads/{self.branches + number}" for number, _ in enumerate(sets)]
        self.branches += len(sets)
        stream = b"".join(
            b'commit %s\ncommitter A <a@b> %d +0000\ndata 1\nx\nM 100644 inline "%s"\ndata %d\n%s\n'
            % (name.encode(), 1_700_000_000 + n, _quoted(path), len(data), data)
            for name, files in zip(names, sets, strict=True)
            for n, (path, data) in enumerate(files)
        )
        subprocess.run(["git", "fast-import", "--quiet"], cwd=self.path, input=stream, check=True)
        here = workspace.open(str(self.path))
        found = [versions.at(here, tree.at(here, name)) for name in names]
        return [(one.data["set"].id, one.models["net"].fingerprint) for one in found]


def _quoted(path):
    return b"".join(b"\\%03o" % byte for byte in path.encode("utf-8", "surrogateescape"))


def fits(files):
    """No file is a folder of another one."""
    return not any(one != other and one.startswith(f"{other}/") for one in files for other in files)


@pytest.fixture(scope="module")
def repositories(tmp_path_factory):
    root = tmp_path_factory.mktemp("versions")
    return Import(root / "one"), Import(root / "two", "--object-format=sha256")


@settings(max_examples=6, deadline=None)
@given(files=FILES.filter(fits), config=CONFIG, source=st.randoms(use_true_random=False))
def test_content_is_all_that_counts(repositories, files, config, source: random.Random):
    one, two = repositories
    settings_ = [(".gitblob.yaml", DECLARED.encode()), ("config.json", json.dumps(config).encode())]
    data = [(f"data/{path}", content) for path, content in files.items()]
    spelled = json.dumps(dict(reversed(config.items())), indent=3).encode()
    other = [(".gitblob.yaml", b"# ours\n" + DECLARED.encode()), ("config.json", spelled), ("README", b"x"), *data]
    other = [
        (path, stub(content) if path.startswith("data/") and source.random() < 0.5 else content)
        for path, content in other
    ]
    source.shuffle(other)

    path, content = data[source.randrange(len(data))]
    rest = [one for one in data if one[0] != path]
    seeded = [(".gitblob.yaml", DECLARED.replace("7", "8").encode()), settings_[1]]
    changed = [settings_[0], ("config.json", json.dumps({**config, "q": 0}).encode())]
    others = (
        [*settings_, *rest, (path, content + b"!")],
        [*settings_, *rest],
        [*settings_, *rest, (f"{path}~", content)],
        [*settings_, *data, ("data/~", b"")],
        [*changed, *data],
        [*seeded, *data],
    )
    before, *found = one.ids([*settings_, *data], *others)
    assert two.ids(other) == [before]
    assert len({before[0], *(version for version, _ in found)}) == 1 + len(others)
    assert [fingerprint == before[1] for _, fingerprint in found] == [False] * 5 + [True]
