"""Logins by `git credential`, with real helpers: asked for once, kept when they work, forgotten when they do not."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gitblob.errors import StoreError
from gitblob.git import http
from gitblob.git.credentials import GitCredentials
from gitblob.model.host import Http, Login

URL = "https://blobs.example/team/data"
HELPER = """#!/bin/sh
echo "$1" >> {log}
cat >> {log}
[ "$1" = get ] || exit 0
{sleep}
echo username=u
echo password=p
echo password_expiry_utc=4102444800
"""


@pytest.fixture
def helper(sandbox):
    """A credential helper that writes down what it is told; the file."""
    log, script = sandbox.home / "log", sandbox.home / "bin" / "helper"
    script.write_text(HELPER.format(log=log, sleep="sleep 0.3"))
    script.chmod(0o755)
    sandbox.run("git", "config", "--global", "credential.helper", str(script))
    return log


def asked(log, what="get"):
    return log.read_text().splitlines().count(what)


def test_a_helper_is_asked_once_for_a_host_whatever_the_number_of_threads(helper):
    logins = GitCredentials()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: logins.fill(f"{URL}/{n}"), range(16)))
    assert set(found) == {Login("u", "p")}
    assert asked(helper) == 1
    assert "path=" not in helper.read_text()
    logins.fill("https://other.example/")
    assert asked(helper) == 2


def test_with_usehttppath_each_path_has_a_login(sandbox, helper):
    sandbox.run("git", "config", "--global", "credential.https://blobs.example.useHttpPath", "true")
    logins = GitCredentials()
    for path in ("a", "b", "a"):
        logins.fill(f"https://blobs.example/{path}")
    assert asked(helper) == 2
    assert "path=a" in helper.read_text()


def test_what_worked_is_stored_with_all_that_the_helper_said(helper):
    logins = GitCredentials()
    logins.approve(URL, logins.fill(URL))
    assert asked(helper, "store") == 1
    assert helper.read_text().rpartition("store\n")[2].count("password=p\n") == 1


def test_what_did_not_work_is_erased_and_not_asked_for_again(helper):
    logins = GitCredentials()
    login = logins.fill(URL)
    logins.reject(URL, login)
    logins.reject(URL, login)
    assert asked(helper, "erase") == 1
    assert logins.fill(URL) is None
    assert asked(helper) == 1
    assert GitCredentials().fill(URL) == login


def test_the_store_helper_of_git(sandbox):
    """What is approved by hand is found; a user in the URL chooses among several."""
    sandbox.run("git", "config", "--global", "credential.helper", "store")
    for user in ("one", "two"):
        answer = f"protocol=https\nhost=blobs.example:8443\nusername={user}\npassword={user} ü=:\n\n"
        sandbox.run("git", "credential", "approve", data=answer)
    logins = GitCredentials()
    assert logins.fill("https://two@blobs.example:8443/x") == Login("two", "two ü=:")
    assert logins.fill("https://one@blobs.example:8443/x") == Login("one", "one ü=:")
    assert logins.fill("https://blobs.example/x") is None


def test_nobody_knows_and_nobody_can_be_asked(sandbox):
    """GIT_TERMINAL_PROMPT=0, as in the sandbox: no login, and no waiting."""
    assert GitCredentials().fill(URL) is None


def test_the_question_goes_to_askpass(sandbox, monkeypatch):
    askpass = sandbox.home / "bin" / "askpass"
    askpass.write_text('#!/bin/sh\ncase "$1" in Username*) echo me;; *) echo word;; esac\n')
    askpass.chmod(0o755)
    monkeypatch.setenv("GIT_ASKPASS", str(askpass))
    assert GitCredentials().fill(URL) == Login("me", "word")


@pytest.mark.parametrize("url", ["https://a%0ahost=evil@blobs.example/", "https:///x", "https://u%00@blobs.example/x"])
def test_a_url_that_could_ask_for_another_host_is_refused(sandbox, url):
    with pytest.raises(StoreError, match="control characters"):
        GitCredentials().fill(url)


def test_what_git_is_told_about_a_host(sandbox, monkeypatch):
    """Only for that host, and the environment as git takes it."""
    for key, value in {
        "http.https://blobs.example/.extraHeader": "AUTHORIZATION: basic c2VjcmV0",
        "http.https://blobs.example/.sslCAInfo": "~/ca.pem",
        "http.https://blobs.example/.proxy": "http://proxy.example:3128",
        "http.sslVerify": "false",
    }.items():
        sandbox.run("git", "config", "--global", key, value)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    headers = (("AUTHORIZATION", "basic c2VjcmV0"),)
    ca_info = str(sandbox.home / "ca.pem")
    assert http.settings(URL) == Http(ca_info, False, "http://proxy.example:3128", headers)
    assert http.settings("https://other.example/x") == Http(verify=False)
    monkeypatch.setenv("https_proxy", "http://corner.example:8080")
    monkeypatch.setenv("no_proxy", "inside.example")
    monkeypatch.setenv("GIT_SSL_CAINFO", "/ca")
    assert http.settings("https://other.example/x") == Http("/ca", False, "http://corner.example:8080")
    assert http.settings("https://inside.example/x").proxy is None
    assert http.settings("http://other.example/x").proxy is None


def test_no_secret_is_a_word_of_a_program(sandbox, monkeypatch):
    """As everybody on a machine sees the programs that run there, and GIT_TRACE writes them down."""
    trace = sandbox.root / "trace"
    monkeypatch.setenv("GIT_TRACE", str(trace))
    http.settings("https://me:hunter2@blobs.example/x?X-Amz-Signature=c2VjcmV0#c2VjcmV0")
    text = trace.read_text()
    assert "https://me@blobs.example/x" in text
    assert "hunter2" not in text
    assert "c2VjcmV0" not in text
