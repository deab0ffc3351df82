"""`gitblob store`, as a person types it."""

import json
import os
import re

import pytest
from inline_snapshot import snapshot


@pytest.fixture
def here(installed):
    return installed.repo()


def test_add_list_remove(sandbox, here):
    team = sandbox.root / "team"
    added = here.gitblob("store", "add", "team", team)
    assert added.stdout == f"made store team ({team}); it is the default\n"
    assert added.stderr == "commit .gitblob.yaml so that others find it\n"
    assert here.gitblob("store", "add", "mine", "stores/blob").stdout.startswith("made store mine (")
    assert here.gitblob("store", "list").stdout == "".join(
        line + "\n"
        for line in (
            f"{'name':<6}{'url':<{len(str(team)) + 2}}for",
            f"{'team':<6}{team}  default",
            "mine  stores/blob",
        )
    )
    assert here.gitblob("store", "remove", "team").stdout == (
        f"removed store team from .gitblob.yaml; its blobs are still at {team}\n"
    )
    assert os.listdir(team) == ["gitblob-store"]
    assert "team" not in here.gitblob("store", "list").stdout
    assert here.status() == "?? .gitblob.yaml\n"


def test_add_twice_and_with_another_url(sandbox, here):
    here.gitblob("store", "add", "team", sandbox.root / "team")
    before = here.read(".gitblob.yaml")
    assert here.gitblob("store", "add", "team", sandbox.root / "team").stdout.startswith("found store team")
    assert here.read(".gitblob.yaml") == before
    again = here.gitblob("store", "add", "team", sandbox.root / "other", ok=2)
    assert "there is a store 'team' already" in again.stderr
    assert not (sandbox.root / "other").exists()


def test_default(sandbox, here):
    here.gitblob("store", "add", "one", sandbox.root / "1")
    here.gitblob("store", "add", "two", sandbox.root / "2", "--default")
    assert [store["name"] for store in listed(here) if store["default"]] == ["two"]


def listed(repo):
    return json.loads(repo.gitblob("store", "list", "--json").stdout)


def test_json_and_the_store_of_a_remote(sandbox, here):
    bare = sandbox.bare()
    here.git("remote", "add", "origin", bare)
    assert listed(here) == [
        {
            "default": False,
            "name": "origin",
            "origin": True,
            "read_only": False,
            "remotes": ["origin"],
            "required": True,
            "trusted": True,
            "url": f"{bare}/gitblob",
        }
    ]
    assert "origin (" in here.gitblob("store", "check").stdout
    assert os.path.exists(bare / "gitblob") is False


def test_a_read_only_store_is_never_made(sandbox, here):
    team = sandbox.root / "team"
    team.mkdir()
    assert "is not a store" in here.gitblob("store", "add", "x", team, "--read-only", ok=15).stderr
    assert os.listdir(team) == []
    here.gitblob("store", "add", "mine", team)
    here.gitblob("store", "add", "theirs", team, "--read-only")
    assert f"  theirs: {{url: {team}, read_only: true}}" in here.read(".gitblob.yaml").decode()


def test_list_says_what_is_special(here):
    here.write(
        ".gitblob.yaml",
        "stores:\n  a: {url: /mnt/a, read_only: true}\n  b: {url: /mnt/b, required: false}\n  c: s3://bucket\n"
        "default: [a, b]\n",
    )
    shown = here.gitblob("store", "list").stdout.splitlines()
    assert [line.split("  ")[-1].strip() for line in shown[1:]] == [
        "default, read-only", "default, not required", "not approved",
    ]  # fmt: skip
    here.gitblob("store", "trust", "s3://bucket/elsewhere")
    assert "not approved" not in here.gitblob("store", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["s3://bucket", "--option", "regoin=x"], "did you mean 'region'?"),
        (
            ["s3://bucket", "--option", "secret_access_key=hunter2"],
            "would be a secret; credentials belong into the env",
        ),
        (["s3://bucket", "--option", "region=AKIA" + "ABCDEFGH" * 2], "looks like an AWS access key id"),
        (["s3://bucket?token=hunter2"], "it holds a secret"),
        (["ssh://me:hunter2@host/x"], "credentials belong into the ssh agent"),
        (["https+dav://me:hunter2@host/x"], "credentials belong into `git credential`"),
        (["s3://bucket", "--option", "region"], "needs a value"),
    ],
)
def test_what_a_user_must_not_type(here, arguments, reason):
    done = here.gitblob("store", "add", "x", *arguments, ok=2)
    assert reason in done.stderr
    assert "hunter2" not in done.stderr
    assert here.status() == ""


def test_no_store(here):
    assert listed(here) == []
    assert here.gitblob("store", "list").stdout == ""
    assert here.gitblob("store", "check", ok=15).stderr == snapshot("""\
gitblob: error: there is no store to check
  hint: `gitblob store add NAME DIRECTORY` makes one
""")


def test_check(sandbox, here):
    team = sandbox.root / "team"
    here.gitblob("store", "add", "team", team)
    shown = here.gitblob("store", "check", "team").stdout
    time, rate = r"[\d.]+ ms", r"1.0 MiB in [\d.]+ ms, [\d.]+ \wiB/s"
    assert re.fullmatch(
        rf"team \({team}\)\nok reach: {time}\nok write: {rate}\nok ask: {time}\nok list: {time}\n"
        rf"ok read: {rate}\nok delete: {time}\n",
        shown,
    )
    assert [n for _, _, names in os.walk(team) for n in names] == ["gitblob-store"]


def test_check_says_what_is_wrong_and_goes_on(sandbox, here):
    for name in ("gone", "good", "file", "photos"):
        here.gitblob("store", "add", name, sandbox.root / name)
    for name in ("gone", "file", "photos"):
        (sandbox.root / name / "gitblob-store").unlink()
    for name in ("gone", "file"):
        (sandbox.root / name).rmdir()
    (sandbox.root / "file").write_text("")
    (sandbox.root / "photos" / "cat.jpg").write_text("")
    done = here.gitblob("store", "check", ok=3)
    assert re.findall(r"^(?:problem|ok) \w+", done.stdout, re.MULTILINE) == [
        "problem reach", "ok reach", "ok write", "ok ask", "ok list", "ok read", "ok delete", "problem reach",
        "problem reach",
    ]  # fmt: skip
    assert "3 stores failed" in done.stderr
    for name, reason in {"gone": "is not there", "file": "is not a directory", "photos": "is not a store"}.items():
        assert reason in here.gitblob("store", "check", name, ok=15).stderr
        assert re.search(rf"{name}: .*{reason}", done.stderr)
    assert "did you mean 'good'?" in here.gitblob("store", "check", "goood", ok=15).stderr


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("../out", "must stay below"),
        ("~/blobs", "not expanded"),
        (".git/x", "belongs to git"),
        ("https://me:pw@h/x", "credentials"),
        ("a\nb", "line breaks"),
    ],
)
def test_urls_that_are_refused(here, url, reason):
    done = here.gitblob("store", "add", "x", url, ok=2)
    assert reason in done.stderr
    assert "pw" not in done.stderr
    assert here.status() == ""


def test_a_kind_that_is_not_known(here):
    assert "does not know" in here.gitblob("store", "add", "x", "later://bucket", ok=15).stderr
    assert here.status() == ""


def test_a_web_address(here):
    said = here.gitblob("store", "add", "team", "https://host/blobs", ok=15).stderr
    assert "  hint: a WebDAV folder is https+dav://host/blobs, a Git LFS server lfs+https://host/blobs\n" in said


def test_not_a_store(sandbox, here):
    (sandbox.root / "photos").mkdir()
    (sandbox.root / "photos" / "cat.jpg").write_text("")
    done = here.gitblob("store", "add", "x", sandbox.root / "photos", ok=15)
    assert "is not a store: it holds other files (cat.jpg)" in done.stderr
    assert here.status() == ""


def test_remove_unknown(here):
    assert "there is no store 'x'" in here.gitblob("store", "remove", "x", ok=2).stderr


def test_an_action_is_needed(here):
    assert "ACTION" in here.gitblob("store", ok=2).stderr


def test_outside_a_repository(sandbox):
    assert "not inside a git repository" in sandbox.run("gitblob", "store", "list", ok=10).stderr


def test_broken_settings(here):
    here.write(".gitblob.yaml", "stors: {}\n")
    assert here.gitblob("store", "list", ok=16).stderr.replace(str(here.path), "") == snapshot("""\
gitblob: error: /.gitblob.yaml:1: unknown key 'stors'
  hint: did you mean 'stores'?
""")
