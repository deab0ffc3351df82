"""Where ssh goes, as git reads it."""

import pytest

from gitblob.model.address import Address, parse


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("ssh://host/p", Address("host", None, "/p")),
        ("ssh://me@host:2222/a%20b.git", Address("me@host", 2222, "/a b.git")),
        ("ssh://host/~/p", Address("host", None, "~/p")),
        ("ssh://host/~you/p", Address("host", None, "~you/p")),
        ("SSH://Host/p", Address("Host", None, "/p")),
        ("git+ssh://host/p", Address("host", None, "/p")),
        ("sftp://host/p", Address("host", None, "/p")),
        ("ssh://me@[::1]:22/p", Address("me@::1", 22, "/p")),
        ("host:p/q.git", Address("host", None, "p/q.git")),
        ("me@host:/p", Address("me@host", None, "/p")),
        ("me@host:~/p", Address("me@host", None, "~/p")),
        ("[::1]:p", Address("::1", None, "p")),
        ("https://host/p", None),
        ("ext::sh -c x", None),
        ("/a/b:c", None),
        ("./a:b", None),
        ("host:", None),
        ("ssh:///p", None),
    ],
)
def test_addresses(url, address):
    assert parse(url) == address


@pytest.mark.parametrize("url", ["ssh://host/p", "ssh://me@host:22/p", "ssh://host/~/p", "ssh://me@[::1]/p"])
def test_the_long_form_names_the_same_place(url):
    assert parse(parse(url).url) == parse(url)


def test_the_long_form_of_a_short_one():
    assert parse("me@host:p.git").url == "ssh://me@host/~/p.git"


def test_a_port_that_is_none():
    with pytest.raises(ValueError, match=r"[Pp]ort"):
        parse("ssh://host:99999/p")
