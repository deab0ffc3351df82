"""What stands beside a store's URL: known names, no secrets."""

import subprocess
import sys

import pytest

from gitblob import settings
from gitblob.errors import SettingsError, StoreError
from gitblob.settings import edit
from gitblob.settings.places import Place
from gitblob.store import registry
from gitblob.store.access import Access

KEY_ID = "AKIA" + "ABCDEFGH" * 2


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    known = {
        "s3": registry.Kind("nowhere:store", frozenset({"endpoint", "region"})),
        "az": registry.Kind("nowhere:store", frozenset({"account"})),
        "ssh": registry.Kind("nowhere:store"),
    }
    monkeypatch.setattr(registry, "KINDS", known)


def place(text):
    return settings.parse(f"stores: {{team: {text}}}".encode(), ".gitblob.yaml").stores["team"]


def test_options_and_flags():
    assert place("{url: s3://b/x, endpoint: 'https://h:1', region: eu-west-1}") == Place(
        "s3://b/x", {"endpoint": "https://h:1", "region": "eu-west-1"}
    )
    assert place("{url: /mnt/x, read_only: true, required: false}") == Place("/mnt/x", {}, True, False)
    assert place("{url: later://h, colour: blue}").options == {"colour": "blue"}  # the plug-in says, once it is loaded


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{url: s3://b, regio: x}", "unknown key 'regio'"),
        ("{url: /mnt/x, region: x}", "unknown key 'region'"),
        ("{url: s3://b, read_only: yes}", "neither true nor false"),
        ("{url: s3://b, region: ''}", "is empty"),
        ("{url: s3://b, region: evil.example/#}", "is not the name of a region"),
        ("{url: s3://b, endpoint: 'https://evil.example\\x.amazonaws.com'}", "is not an endpoint"),
        ("{url: s3://b, endpoint: 'https://good.example@evil.example'}", "is not an endpoint"),
        ("{url: s3://b, endpoint: 'https://h/?a=b'}", "is not an endpoint"),
        ("{url: s3://b, endpoint: 'ftp://h'}", "is not an endpoint"),
        ("{url: az://c, account: evil.example/x}", "is not the name of an account"),
        ("{url: s3://b, region: [a]}", "one plain value"),
        ("{url: s3://b, secret_access_key: x}", "would be a secret; credentials belong into the environment (AWS_"),
        ("{url: s3://b, access_key_id: x}", "would be a secret"),
        ("{url: 'ssh://h/x', password: x}", "would be a secret; credentials belong into the ssh agent"),
        ("{url: later://h, token: x}", "would be a secret; credentials belong into `git credential`"),
        (f"{{url: s3://b, region: {KEY_ID}}}", "looks like an AWS access key id"),
        ("{url: s3://b, endpoint: 'https://me:hunter2@h'}", "looks like a password"),
        ("{url: 's3://b?AccountKey=hunter2'}", "it holds a secret; credentials belong"),
        ("{url: s3://me:hunter2@b}", "it holds a user or password; credentials belong into the environment"),
    ],
)
def test_refused(text, message):
    with pytest.raises(SettingsError) as caught:
        place(text)
    assert message in caught.value.message
    assert caught.value.message.startswith(".gitblob.yaml:1: ")
    for secret in ("hunter2", KEY_ID):
        assert secret not in caught.value.message


def test_written_beside_the_url(tmp_path):
    edit.add_store(str(tmp_path), "team", Place("s3://b", {"region": "eu"}, read_only=True), True)
    assert "  team: {url: s3://b, region: eu, read_only: true}\n" in (tmp_path / ".gitblob.yaml").read_text()


def test_options_of_a_kind_that_nobody_knows_the_options_of(monkeypatch):
    with pytest.raises(StoreError, match="does not know"):
        registry.open("x", "later://h", Access(), {"colour": "blue"})
    monkeypatch.setattr(registry, "factory", lambda url: lambda *given: given)
    with pytest.raises(StoreError, match="takes no option 'colour'"):
        registry.open("x", "later://h", Access(), {"colour": "blue"})


def test_reading_settings_loads_no_library(tmp_path):
    (tmp_path / ".gitblob.yaml").write_text("stores: {a: {url: s3://b, region: x}, b: 'https+dav://h/x'}\n")
    code = (
        "import sys; from gitblob import settings\n"
        f"data = settings.read({str(tmp_path / '.gitblob.yaml')!r}); settings.parse(data, '')\n"
        "print([name for name in ('opendal', 'botocore', 'urllib3', 'ssl') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
