"""What ssh's exit code and last words mean for a store (ssh(1), EXIT STATUS: 255 for its own errors)."""

from __future__ import annotations

from gitblob.errors import StoreDenied, StoreError, StoreUnavailable, StoreUnreachable
from gitblob.model.address import Address
from gitblob.store.ssh import frames

OWN = 255
NOISE = 1 << 16  # bytes that a shell there may print before the server speaks
NO_SUBSYSTEM = "subsystem request failed"  # of ssh(1), which calls it an error of its own
SHOWN = 300  # characters of somebody else's words


class NotServed(StoreError):
    """The host is there, and does not do what was asked: another way may lead to the store."""


def of_start(
    address: Address, label: str, ended: tuple[int, str], noise: bytes = b"", what: str = "run `gitblob serve-store`"
) -> StoreError:
    """Why a session has not begun. noise: what came before, or in place of, the server's first words."""
    code, words = ended
    said = last(words) or last(noise.decode(errors="replace"))
    if len(noise) >= NOISE:
        return StoreError(
            f"store {label}: a shell on {address.host} prints too much before gitblob speaks: {said}",
            "let its start files print nothing where there is no terminal",
        )
    if (code == OWN or code < 0) and NO_SUBSYSTEM not in words:
        return _of_ssh(address, label, words)
    return NotServed(
        f"store {label}: {address.host} does not {what}" + (f": {said}" if said else ""),
        "install gitblob there, on the PATH of shells without a terminal",
    )


def of_break(address: Address, label: str, code: int, words: str) -> StoreUnavailable:
    """Why a session has ended in the middle."""
    said = last(words) or f"ssh ended with {code}"
    return StoreUnavailable(
        f"store {label}: the connection to {address.host} broke: {said}", "run this again: it goes on where it stopped"
    )


def _of_ssh(address: Address, label: str, words: str) -> StoreError:
    said = last(words) or "ssh gives no reason"
    message = f"store {label}: {said}"
    login = f"`ssh {address.destination}{f' -p {address.port}' if address.port else ''}`"
    if "Host key verification failed" in words or "HOST IDENTIFICATION HAS CHANGED" in words:
        return StoreError(f"{message} ({address.host})", f"{login} shows the key and asks whether it is the right one")
    if "Permission denied" in words or "Too many authentication failures" in words:
        return StoreDenied(message, f"ssh must let you in: try {login}")
    return StoreUnreachable(message, f"is the name right, the host up, the network there? try {login}")


def last(words: str) -> str:
    """The last line that says something."""
    lines = [frames.plain(line) for line in words.splitlines()]
    told = [line for line in lines if line and not line.startswith("Connection to ")]
    return told[-1][:SHOWN] if told else ""
