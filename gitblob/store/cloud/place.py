"""What a URL and its options say about a place in object storage: `s3://BUCKET/PREFIX`, checked, nothing asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from gitblob.errors import StoreError
from gitblob.store import url as urls

WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Place(NamedTuple):
    """label: what errors call it. container: bucket, container or first folder. root: `/` or `/PREFIX`."""

    label: str
    container: str
    root: str
    options: Mapping[str, str]

    def flag(self, option: str) -> bool | None:
        """Whether an option is on or off; None where it is not given. Raises StoreError for another word."""
        word = self.options.get(option)
        if word is None:
            return None
        if word.lower() not in WORDS:
            raise StoreError(
                f"store {self.label}: {option} is {word!r}", f"write `{option}: true` or `{option}: false`"
            )
        return WORDS[word.lower()]


def parse(name: str, url: str, options: Mapping[str, str]) -> Place:
    """The place that a store's URL and options name. Raises StoreError where a part is missing."""
    label = f"{name} ({urls.shown(url)})"
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise StoreError(f"store {label}: the URL has a ? or # in it", "options stand below the store's `url:`")
    if parts.netloc != (parts.hostname or "") and parts.netloc.lower() != parts.hostname:
        raise StoreError(f"store {label}: {parts.netloc} is no name of a bucket", f"{parts.scheme}://BUCKET/PREFIX")
    if not parts.netloc:
        raise StoreError(f"store {label}: the URL names no bucket", f"{parts.scheme}://BUCKET/PREFIX")
    path = unquote(parts.path).strip("/")
    if any(part in {"", ".", ".."} for part in path.split("/")) and path:
        raise StoreError(f"store {label}: its path has an empty, `.` or `..` part")
    return Place(label, parts.netloc, f"/{path}", options)
