"""--at DATE: what a branch was at a point in time."""

import json
import time
from datetime import date, datetime, timedelta, timezone

import pytest

from gitblob.cli import main
from gitblob.errors import UsageError
from gitblob.git import dates

DAY = 86400
NOON = 1767268800  # 2026-01-01T12:00:00Z


def commit(repo, at, path="x.bin", data=None):
    """Commit a file at this second of Unix time, by an author with another date."""
    repo.write(path, data or b"%d" % at * 300)
    repo.git("add", ".")
    env = {"GIT_COMMITTER_DATE": f"@{at} +0000", "GIT_AUTHOR_DATE": "@1000000000 +0000"}
    repo.git("commit", "-q", "-m", str(at), env=env)
    return repo.git("rev-parse", "HEAD").strip()


@pytest.fixture
def said(capfd):
    """What `gitblob ARGUMENTS`, or its error message, prints where one stands; the exit code has to be `ok`."""

    def run(*arguments, ok=0):
        assert main.main(list(arguments)) == ok
        return capfd.readouterr()[bool(ok)]

    return run


@pytest.fixture
def plain(sandbox):
    return sandbox.repo()


@pytest.fixture
def days(plain):
    """Three commits, at noon UTC of the first three days of 2026."""
    return plain, [commit(plain, NOON + day * DAY) for day in range(3)]


@pytest.fixture
def _berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.delenv("TZ")
    time.tzset()


@pytest.mark.usefixtures("_berlin")
@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("2026-01-01", NOON + 11 * 3600 - 1),  # to the end of the day, here
        ("2026-01-01T13:00", NOON + 59),
        ("2026-01-01 13:00:00", NOON),
        ("2026-01-01T13:00:00.999", NOON),
        ("2026-01-01T12:00:00Z", NOON),
        ("2026-01-01T12:00Z", NOON + 59),
        ("2026-01-01 17:30:00 +0530", NOON),
        ("2026-01-01T07:00:00-05:00", NOON),
        ("2026-07-01T14:00:00", 1782907200),  # summer time
        ("2026-10-25 02:30", 1792891859),  # clocks are put back: that minute ends twice
        ("2026-03-29 02:30", 1774747859),  # they are put forward: it is 3:30
        ("1969-12-31", 0),
        ("@1767268800", NOON),
        (" 2026-01-01T12:00:00Z ", NOON),
    ],
)
def test_what_a_date_means(text, second):
    assert dates.moment(text) == second


@pytest.mark.usefixtures("_berlin")
def test_dates_of_python():
    assert dates.moment(date(2026, 1, 1)) == dates.moment("2026-01-01")
    assert dates.moment(datetime(2026, 1, 1, 13)) == NOON  # noqa: DTZ001 local time
    assert dates.moment(datetime(2026, 1, 1, 7, tzinfo=timezone(timedelta(hours=-5)))) == NOON


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("now", -(10**9)),
        ("yesterday", DAY),
        ("2 weeks ago", 14 * DAY),
        ("3.days.ago", 3 * DAY),
        ("one day and 2 hours ago", 26 * 3600),
        ("1 day, 1 hour ago", 25 * 3600),
    ],
)
def test_words_count_back_from_now(text, ago):
    found, expected = dates.moment(text), int(time.time()) - ago
    assert found > expected if ago < 0 else abs(found - expected) <= 2


@pytest.mark.parametrize(
    "text", ["57 years ago", "3000 weeks ago", "30000 days ago", "999999 months ago", "60 Years ago"]
)
def test_before_1970_is_not_the_future(text):
    assert dates.moment(text) == 0


@pytest.mark.parametrize(
    "text",
    ["", "garbage", "5 bananas", "5", "never", "Jan 5 2026", "2026-13-01", "2026-02-30", "2026-01-01T25:00", "2026-1-1",
     "2026-01-01T12:00+25:00", "01/02/2026", "2026", "@", "--help", "last monday", "2 weeks", "9999999 years ago",
     "2026-01-01\n", "yesterday\n[x]"],
)  # fmt: skip
def test_what_is_no_date_is_said(text):
    if text.endswith("\n"):
        assert dates.moment(text) == dates.moment(text.strip())
        return
    with pytest.raises(UsageError, match="is no date") as raised:
        dates.moment(text)
    assert "2026-01-31" in raised.value.hint


def test_the_commit_of_a_branch_at_a_time(days):
    repo, (first, second, third) = days
    top = str(repo.path)
    assert dates.commit_at("2026-01-02T12:00:00Z", cwd=top) == second
    assert dates.commit_at("2026-01-02T11:59:59Z", cwd=top) == first
    assert dates.commit_at("2026-01-02T11:59Z", cwd=top) == first
    assert dates.commit_at("2099-01-01", cwd=top) == third
    assert dates.commit_at("2099-01-01", "main~1", cwd=top) == second
    repo.git("branch", "-q", "-f", "other", first)
    assert dates.commit_at("now", "other", cwd=top) == first


def test_what_a_merge_brings_counts_from_the_merge_on(days):
    repo, (_, _, third) = days
    repo.git("checkout", "-q", "-b", "side", "main~2")
    commit(repo, NOON + 10 * DAY, "side.bin")
    repo.git("checkout", "-q", "main")
    at = f"@{NOON + 20 * DAY} +0000"
    repo.git("merge", "-q", "-m", "merged", "side", env={"GIT_COMMITTER_DATE": at})
    merge = repo.git("rev-parse", "HEAD").strip()
    assert dates.commit_at("2026-01-15", cwd=str(repo.path)) == third
    assert dates.commit_at("2026-01-25", cwd=str(repo.path)) == merge


def test_where_clocks_were_wrong_the_order_of_history_decides(plain):
    """Git's walk must neither stop at a commit from the future nor be lost behind one from the past."""
    found = [commit(plain, NOON + day * DAY) for day in (0, 1000, 1, 2)]
    top = str(plain.path)
    assert dates.commit_at("2026-01-02T13:00:00Z", cwd=top) == found[2]
    assert dates.commit_at("2026-01-01T13:00:00Z", cwd=top) == found[0]
    assert dates.commit_at("2040-01-01", cwd=top) == found[3]


def test_after_2038(plain):
    first, late = commit(plain, NOON), commit(plain, 2**31 + 5 * DAY)
    assert dates.commit_at("2038-01-19", cwd=str(plain.path)) == first
    assert dates.commit_at("2038-02-01", cwd=str(plain.path)) == late


def test_too_early_and_nothing_there(days, sandbox):
    repo, (first, _, _) = days
    with pytest.raises(UsageError, match=rf"2025-12-31 is before the first commit of main, .*\({first[:12]}\)"):
        dates.commit_at("2025-12-31", "main", cwd=str(repo.path))
    with pytest.raises(UsageError, match="names no commit"):
        dates.commit_at("now", "nowhere", cwd=str(repo.path))
    with pytest.raises(UsageError, match="there is no commit yet"):
        dates.commit_at("now", cwd=str(sandbox.repo("empty").path))


def test_a_shallow_clone_says_what_it_cannot_see(days, sandbox):
    repo, (_, second, third) = days
    clone = sandbox.clone(f"file://{repo.path}", "clone", "--depth=2")
    top = str(clone.path)
    assert dates.commit_at("2026-01-03", cwd=top) == third
    assert dates.commit_at("2026-01-02", cwd=top) == second
    with pytest.raises(UsageError, match=rf"is shallow: what HEAD was at 2026-01-01 .*\({second[:12]}\)") as raised:
        dates.commit_at("2026-01-01", cwd=top)
    assert "--unshallow" in raised.value.hint


def test_the_commands_that_take_a_date(plain, said, monkeypatch):
    plain.write(".gitattributes", "*.bin filter=gitblob\n")
    text = "# gitblob v1: run `gitblob pull` to get this file\noid: sha256:{:064x}\nsize: {}\n"
    old, new = (
        commit(plain, NOON + day * DAY, "sub/x.bin", text.format(day, size).encode())
        for day, size in enumerate((1500, 2700))
    )
    commit(plain, NOON + 2 * DAY, "sub/y.txt", b"newest")
    at = "2026-01-01T20:00:00Z"
    monkeypatch.chdir(plain.path)

    def listed(*words):
        return json.loads(said(*words))

    assert [entry["size"] for entry in listed("ls", "--json", "--at", at)] == [1500]
    assert [entry["size"] for entry in listed("ls", "--json", "--at", at, "main", "sub")] == [1500]
    assert [version["commit"] for version in listed("log", "--json", "--at", at, "sub/x.bin")] == [old]
    assert said("cache-key", "--at", at) == said("cache-key", old) != said("cache-key", new)
    for words in (["cat", "sub/x.bin"], ["ls"], ["log", "sub/x.bin"], ["cache-key"], ["fetch"]):
        assert "is no date" in said(*words, "--at", "tomorrow", ok=2)
        assert "is no date" in said(*words, "--at", "", ok=2)


def test_content_of_a_date(repo, said, monkeypatch):
    commit(repo, NOON, "sub/x.bin", b"old" * 500)
    new = commit(repo, NOON + DAY, "sub/x.bin", b"new" * 900)
    at = "2026-01-01T20:00:00Z"
    assert repo.gitblob("fetch", "--at", at).returncode == 0
    monkeypatch.chdir(repo.path / "sub")
    assert said("cat", "--at", at, "x.bin") == "old" * 500
    assert said("cat", "--at", at, "--rev", "main", "x.bin") == "old" * 500
    assert said("cat", "--rev", new, "x.bin") == "new" * 900


def test_a_bare_repository(plain, said, monkeypatch):
    commit(plain, NOON, "sub/x.txt", b"old\n")
    plain.sandbox.run("git", "clone", "-q", "--bare", plain.path, "bare.git")
    monkeypatch.chdir(plain.sandbox.root / "bare.git")
    assert said("cat", "--at", "2026-02-01", "sub/x.txt") == "old\n"
