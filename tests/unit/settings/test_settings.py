"""`.gitblob.yaml` as an untrusted file."""

import pytest
from support.sandbox import Sandbox

from gitblob import settings
from gitblob.errors import SettingsError
from gitblob.settings import Settings
from gitblob.settings.places import Place

MINE = """\
# ours
version: 1
stores:
  data: stores/blob
  archive: {url: /mnt/archive}
default: data
remotes:
  backup: archive
track:
  above: 50 MB
params: {file: params.yaml, list: [1, 2]}
metrics:
data: {}
models: []
"""


def parse(text):
    return settings.parse(text.encode() if isinstance(text, str) else text, ".gitblob.yaml")


def test_all_that_it_can_say():
    assert parse(MINE) == Settings(
        {"data": Place("stores/blob"), "archive": Place("/mnt/archive")},
        ("data",),
        {"backup": ("archive",)},
        50_000_000,
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "version: 1\n", "stores:\n", "---\n", "\ufeffversion: 1\n"])
def test_next_to_nothing(text):
    assert parse(text) == Settings()


def test_which_store():
    both = parse(MINE)
    assert both.stores_for("origin") == ("data",)
    assert both.stores_for("backup") == ("archive",)
    assert both._replace(default=()).stores_for("origin") == ()
    assert parse("stores: {only: a}").stores_for("") == ("only",)
    assert Settings().stores_for("origin") == ()


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("version: 1\nstore: {a: b}", 2, "unknown key 'store'", "did you mean 'stores'?"),
        ("track: {abov: 1}", 1, "unknown key 'abov'", "did you mean 'above'?"),
        ("store:\n  a: b", 1, "unknown key 'store'", None),
        ("filter: rm -rf /", 1, "unknown key 'filter'", None),
        ("stores: {a: {url: x, command: y}}", 1, "unknown key 'command'", None),
        ("stores: {a: {}}", 1, "needs a `url:`", None),
        ("version: 2", 1, "`version: 1` only", "upgrade"),
        ("stores: {a: b}\nstores: {c: d}", 2, "'stores' stands here twice", None),
        ("params:\n  a: 1\n  a: 2", 3, "'a' stands here twice", None),
        ("stores: &x {a: b}", 1, "anchors and aliases", None),
        ("params: &x [1]\nmetrics: *x", 1, "anchors and aliases", None),
        ("stores: !!python/object:os.system {a: b}", 1, "tags", None),
        ("default: dta\nstores: {data: a}", 1, "there is no store 'dta'", "did you mean 'data'?"),
        ("remotes: {origin: nope}", 1, "there is no store 'nope'", None),
        ("stores: [a]", 1, "here belongs a mapping", None),
        ("- a", 1, "here belongs a mapping", None),
        ("just text", 1, "here belongs a mapping", None),
        ("stores: {a: [b]}", 1, "one plain value", None),
        ("stores: {? [a] : b}", 1, "one plain value", None),
        ("stores: {-a: b}", 1, "is not a name", None),
        ("stores: {'a b': c}", 1, "is not a name", None),
        ("track: {above: much}", 1, "is not a size", None),
        ("track: {above: -1}", 1, "is not a size", None),
        (f"track: {{above: {'9' * 400}}}", 1, "is not a size", None),
        ("stores: {a: ../b}", 1, "must stay below", None),
        ("version: 1\n\nstores: {a: b\n", 4, "not YAML", None),
        ("a: \x00", 1, "not YAML", None),
        ("params: " + "[" * 40 + "]" * 40, 1, "nested deeper", None),
    ],
)
def test_what_is_refused_is_said_with_file_and_line(text, line, message, hint):
    with pytest.raises(SettingsError) as caught:
        parse(text)
    assert caught.value.message.startswith(f".gitblob.yaml:{line}: ")
    assert message in caught.value.message
    assert hint is None or hint in caught.value.hint


def test_bytes_that_are_no_text():
    with pytest.raises(SettingsError, match=r"^\.gitblob\.yaml:1: not YAML"):
        parse(b"stores: {a: \xff\xfe}")


def test_a_secret_in_a_url_is_not_repeated():
    with pytest.raises(SettingsError) as caught:
        parse("stores: {a: 'https://me:hunter2@example.invalid/x'}")
    assert "credentials" in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("1", 1), ("10MiB", 10 << 20), ("50 MB", 50_000_000), ("1.5 GiB", 3 << 29), ("2kB", 2000),
        ("1KiB", 1024), ("7 B", 7), (" 3 TB ", 3 * 10**12),
    ],
)  # fmt: skip
def test_sizes(text, value):
    assert settings.size(text) == value


@pytest.mark.parametrize("text", ["", "MB", "10M", "1e3", "-1", "0x10", "10 mib", "1 . 5 MB", "\u0661MB"])
def test_no_sizes(text):
    with pytest.raises(SettingsError, match="is not a size"):
        settings.size(text)


@pytest.fixture
def top(sandbox: Sandbox):
    return sandbox.repo().path


def test_a_work_tree_without_the_file(top):
    assert settings.load(str(top)) == Settings()


def test_a_link_is_not_followed(top, tmp_path):
    (tmp_path / "elsewhere").write_text("version: 1\n")
    (top / ".gitblob.yaml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="not a regular file"):
        settings.load(str(top))


def test_a_directory_of_that_name(top):
    (top / ".gitblob.yaml").mkdir()
    with pytest.raises(SettingsError, match="not a regular file"):
        settings.load(str(top))


def test_a_huge_file(top):
    (top / ".gitblob.yaml").write_bytes(b"#" * (settings.MAX_BYTES + 1))
    with pytest.raises(SettingsError, match="larger than"):
        settings.load(str(top))


def test_what_this_machine_s_git_config_says_comes_first(top, sandbox):
    (top / ".gitblob.yaml").write_text(MINE)
    sandbox.run("git", "config", "gitblob.store", "archive", cwd=top)
    sandbox.run("git", "config", "gitblob.trackAbove", "1 GiB", cwd=top)
    sandbox.run("git", "config", "gitblob.concurrency", "4", cwd=top)
    sandbox.run("git", "config", "gitblob.rate", "2 MiB", cwd=top)
    loaded = settings.load(str(top))
    assert (loaded.stores_for("origin"), loaded.track_above) == (("archive",), 1 << 30)
    assert (loaded.concurrency, loaded.rate) == (4, 2 << 20)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("gitblob.store", "nope"),
        ("gitblob.trackAbove", "lots"),
        ("gitblob.concurrency", "0"),
        ("gitblob.concurrency", "many"),
        ("gitblob.rate", "fast"),
    ],
)
def test_git_config_that_says_nothing_valid(top, sandbox, key, value):
    sandbox.run("git", "config", key, value, cwd=top)
    with pytest.raises(SettingsError, match=key):
        settings.load(str(top))
