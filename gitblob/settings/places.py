"""A store as the settings name it: its URL and what is said beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from gitblob.errors import SettingsError
from gitblob.settings.document import Document, nearest
from gitblob.store import registry, secrets
from gitblob.store import url as urls

if TYPE_CHECKING:
    from yaml import Node

GENERAL = ("url", "read_only", "required")
FLAGS = {"true": True, "false": False}
OPTION_MAX = 1024  # characters
FORMS = {  # of options that become a host's name, or a part of one
    "region": (re.compile(r"[A-Za-z0-9_-]+"), "the name of a region", "such as eu-west-1"),
    "account": (re.compile(r"[A-Za-z0-9-]+"), "the name of an account", "letters, digits and dashes"),
    "endpoint": (
        re.compile(rf"(?:https?://)?{urls.HOST}(?:/[\w.~/-]*)?", re.ASCII),
        "an endpoint",
        "https://HOST[:PORT]",
    ),
}


class Place(NamedTuple):
    """Where a store is.

    options: what its kind of URL takes, by name. read_only: it is read, never written. required: a push fails where the
    store does.
    """

    url: str
    options: Mapping[str, str] = {}
    read_only: bool = False
    required: bool = True


def read(document: Document, node: Node) -> Place:
    """The place that a node says: a URL, or a mapping with `url` and more."""
    if not document.is_mapping(node):
        return Place(document.check(node, check_url))
    values = document.entries(node)
    if "url" not in values:
        document.fail(node, "a store needs a `url:`")
    url = document.check(values["url"], check_url)
    options = {
        name: document.check(value, partial(check_option, url, name))
        for name, value in values.items()
        if name not in GENERAL
    }
    flags = {name: document.check(values[name], _flag) for name in GENERAL[1:] if name in values}
    return Place(url, options, **flags)


def check(place: Place) -> Place:
    """A place that a user has typed. Raises SettingsError with the reason why it is refused."""
    check_url(place.url)
    for name, value in place.options.items():
        check_option(place.url, name, value)
    return place


def check_url(url: str) -> str:
    """The URL of a store. Raises SettingsError with the reason why it is refused."""
    reason = urls.refusal(url)
    if reason:
        raise SettingsError(f"{urls.shown(url)!r} is refused: {reason}")
    return url


def check_option(url: str, name: str, value: str) -> str:
    """The value of an option of a store at this URL. Raises SettingsError for an unknown name and for secrets.

    What a plug-in takes is checked when it is loaded.
    """
    known = registry.known_options(url)
    belongs = secrets.place(urls.kind(url))
    if known is None or name not in known:
        if secrets.is_name(name):
            raise SettingsError(f"the option {name!r} would be a secret; {belongs}")
        if known is not None:
            raise SettingsError(f"unknown key {name!r}", nearest(name, (*GENERAL, *sorted(known))))
    if what := secrets.look(value):
        raise SettingsError(f"the value of {name!r} looks like {what}; {belongs}")
    if not value or not value.isprintable() or value != value.strip() or len(value) > OPTION_MAX:
        raise SettingsError(
            f"the value of {name!r} is empty, too long, or has blanks at its ends or control characters"
        )
    if name in FORMS and (known is not None or name in urls.HARMLESS):
        form, what, example = FORMS[name]
        if not form.fullmatch(value):
            raise SettingsError(f"{value!r} is not {what}", example)
    return value


def _flag(text: str) -> bool:
    if text not in FLAGS:
        raise SettingsError(f"{text!r} is neither true nor false")
    return FLAGS[text]
