"""Calls that are repeated while a store cannot be reached, with longer and longer pauses of random length.

Only StoreUnavailable is worth another try, but for two kinds of it: a place where nothing is (StoreAbsent), and a host
that nobody has reached yet (StoreUnreachable): its name or port is wrong, or the network is down, and whoever waits
wants to know that at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from gitblob.errors import GitblobError, StoreAbsent, StoreUnavailable, StoreUnreachable
from gitblob.store.base import Moved, ignore

TRIES = 6
FIRST, LONGEST = 0.3, 10.0  # seconds: the bound of the first pause, doubled for each further one up to the last
PATIENCE = 60.0  # seconds that a server may ask for; one that wants more time is not asked again
SLICE = 0.2  # seconds of a pause between two looks at whether the transfer goes on

_T = TypeVar("_T")


class Contact:
    """What is known of a store's host."""

    def __init__(self) -> None:
        self._made = False

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Whatever comes of this, but for StoreUnreachable, the host has answered."""
        try:
            yield
        except StoreUnreachable:
            raise
        except GitblobError:
            self._made = True
            raise
        else:
            self._made = True

    def made(self) -> None:
        """The host has answered."""
        self._made = True

    def is_hopeless(self, error: StoreUnavailable) -> bool:
        """Would the next tries end like this one?"""
        unreached = isinstance(error, StoreUnreachable) and not self._made
        return unreached or isinstance(error, StoreAbsent) or (error.retry_after or 0) > PATIENCE


def call(do: Callable[[], _T], contact: Contact, moved: Moved = ignore) -> _T:
    """What `do` returns, tried up to TRIES times. moved: is told 0 during pauses, and may raise to stop."""

    def attempt() -> _T:
        with contact.noted():
            return do()

    for tried in range(1, TRIES):
        try:
            return attempt()
        except StoreUnavailable as error:
            if contact.is_hopeless(error):
                raise
            _pause(tried, error, moved)
    try:
        return attempt()
    except StoreUnavailable as error:
        hint = error.hint or "what has been transferred stays; run this again when the store answers"
        raise StoreUnavailable(f"{error.message} (tried {TRIES} times)", hint, error.retry_after) from error


def _pause(tried: int, error: StoreUnavailable, moved: Moved) -> None:
    """Full jitter: clients that failed together do not come back together."""
    import random

    longest = min(FIRST * 2 ** (tried - 1), LONGEST)
    until = time.monotonic() + (error.retry_after or 0) + random.uniform(0, longest)  # noqa: S311 no secret
    while (left := until - time.monotonic()) > 0:
        moved(0)
        time.sleep(min(left, SLICE))


def going_on(begin: Callable[[], Iterator[_T]], contact: Contact) -> Iterator[_T]:
    """What `begin` gives, begun again where it breaks off."""
    for tried in range(1, TRIES + 1):
        try:
            with contact.noted():
                for found in begin():
                    contact.made()
                    yield found
        except StoreUnavailable as error:
            if contact.is_hopeless(error) or tried == TRIES:
                raise
            _pause(tried, error, ignore)
        else:
            return
