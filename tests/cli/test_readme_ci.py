"""The README's workflow file for GitHub Actions, its commands run by a runner that is simulated as far as they need.

A job starts in a fresh clone of a home of its own without gitblob; checkout and cache are done as the two actions say.
What installs gitblob has a test of its own (test_install_script), so here the sandbox's program is put in place.
"""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from support.sandbox import Repo, Sandbox

from gitblob.model import pointer
from gitblob.ops import cache_key

README = Path(__file__).parents[2] / "README.md"
BASE = "main"


@pytest.fixture
def workflow():
    blocks = re.findall(r"^```yaml\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (found,) = (block for block in map(yaml.safe_load, blocks) if "jobs" in block)
    return found


@pytest.fixture
def author(tmp_path):
    """Somebody whose repository has content on the store `team`, and a branch with one commit more."""
    sandbox = Sandbox(tmp_path / "author")
    sandbox.run("gitblob", "install")
    origin = sandbox.bare()
    repo = sandbox.repo()
    repo.git("remote", "add", "origin", str(origin))
    repo.gitblob("track", "*.csv")
    repo.gitblob("store", "add", "team", str(tmp_path / "team"))
    repo.write("data/train/1.csv", b"1\n" * 3000)
    repo.write("data/test/1.csv", b"3\n" * 3000)
    repo.commit()
    repo.git("push", "-q", "-u", "origin", BASE)
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("data/train/2.csv", b"2\n" * 3000)
    repo.commit()
    repo.git("push", "-q", "origin", "topic")
    return repo


class Runner:
    """Runs the steps of the workflow's only job; `saved` are the caches by key, and `outputs` what steps have said."""

    def __init__(self, workflow, author, root):
        self.workflow, self.author, self.root = workflow, author, root
        self.saved, self.jobs = {}, 0

    def job(self, event, ok=0):
        """Output of the last step that ran, and its clone."""
        self.jobs += 1
        sandbox = Sandbox(self.root / f"job-{self.jobs}")
        (output := sandbox.home / "output").touch()
        self.outputs, self.restored, save = {}, None, None
        variables = {
            **self.workflow["env"],
            "GITHUB_OUTPUT": str(output),
            "GITHUB_BASE_REF": BASE,
            "RUNNER_TEMP": "/none",
        }
        clone = Repo(sandbox, sandbox.root / "clone")
        done = None
        for step in self.workflow["jobs"]["data"]["steps"]:
            if "if" in step and self._is_false(step["if"], event):
                continue
            given = {name: self._filled(str(value)) for name, value in step.get("with", {}).items()}
            if step.get("uses") == "actions/checkout@v4":
                self._checkout(sandbox, given)
            elif step.get("uses") == "actions/cache@v4":
                save = self._restore(clone, given)
            elif step.get("name") == "Install gitblob":
                assert step["run"].endswith('gitblob/install.sh"\n')
                sandbox.run("gitblob", "install")
            else:
                words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
                done = sandbox.run(*words, cwd=clone.path, env=variables, ok=None)
                if done.returncode:
                    break
                lines = output.read_text().splitlines()
                if "id" in step:
                    self.outputs[step["id"]] = dict(line.split("=", 1) for line in lines)
        assert done.returncode == ok, done.stderr
        if save and not done.returncode:
            key, path = save
            self.saved.setdefault(key, shutil.copytree(clone.path / path, self.root / f"saved-{self.jobs}"))
        return done, clone

    def _checkout(self, sandbox, given):
        assert given == {"fetch-depth": "0"}
        plain = {"GIT_CONFIG_GLOBAL": "/dev/null"}
        sandbox.run("git", "clone", "-q", self.author.sandbox.root / "origin.git", "clone", env=plain)
        sandbox.run("git", "checkout", "-q", "--detach", "origin/topic", cwd=sandbox.root / "clone", env=plain)

    def _restore(self, clone, given):
        assert set(given) == {"path", "key", "restore-keys"}
        found = [key for key in self.saved if key.startswith(given["restore-keys"])]
        self.restored = given["key"] if given["key"] in self.saved else found[-1] if found else None
        if self.restored:
            shutil.copytree(self.saved[self.restored], clone.path / given["path"], dirs_exist_ok=True)
        return given["key"], given["path"]

    def _is_false(self, condition, event):
        assert condition == "github.event_name == 'pull_request'"
        return event != "pull_request"

    def _filled(self, text):
        return re.sub(r"\$\{\{ steps\.(\w+)\.outputs\.(\w+) \}\}", lambda m: self.outputs[m[1]][m[2]], text)


def test_the_workflow(workflow, author, tmp_path):
    assert workflow[True] == {"pull_request": None, "push": {"branches": ["main"]}}  # YAML 1.1 reads `on` so
    runner = Runner(workflow, author, tmp_path)
    team = tmp_path / "team"

    done, clone = runner.job("pull_request")
    assert "store team: 3 of 3 blob(s) are there" in done.stderr
    assert clone.read("data/train/2.csv") == b"2\n" * 3000
    assert pointer.decode(clone.read("data/test/1.csv"))  # the job has not asked for it
    assert runner.restored is None
    ((key, saved),) = runner.saved.items()
    assert key.startswith(cache_key.PREFIX)
    assert len(list(Path(saved).glob("??/*"))) == 2

    team.rename(tmp_path / "away")  # content comes from the cache alone
    _, clone = runner.job("push")
    assert runner.restored == key
    assert clone.read("data/train/1.csv") == b"1\n" * 3000
    (tmp_path / "away").rename(team)

    author.write("data/train/3.csv", b"4\n" * 3000)
    author.commit()
    author.git("push", "-q", "origin", "topic")
    runner.job("pull_request")
    assert runner.restored == key  # by its prefix
    assert len(runner.saved) == 2

    (team / pointer.decode(author.stored("data/test/1.csv")).oid.key).unlink()
    done, _ = runner.job("pull_request", ok=1)
    assert "data/test/1.csv: store team lacks its content" in done.stdout
