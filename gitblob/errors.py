"""One tree of errors; the top handler alone turns them into messages and exit codes.

    GitblobError            1   message, hint, stable code
    |- UsageError           2
    |- PartialFailure       3   some blobs failed; carries which and why
    |- NotARepository      10
    |- Locked              11
    |- BlobMissing         13
    |- BlobCorrupt         14
    |- PointerError        14
    |- StoreError          15   |- StoreUnavailable (retriable): StoreAbsent, StoreUnreachable
    |                           |- StoreDenied, StoreUntrusted
    |- SettingsError       16
    |- HookError           17
    |- MlError             18
    not a GitblobError     70   a bug in gitblob
    KeyboardInterrupt     130

Scripts must treat an exit code that is not listed as a failure.
"""

from __future__ import annotations


class GitblobError(Exception):
    """Something the user can do something about.

    message: what happened, to which path. hint: what to type or change next, or None.
    code: kebab-case identity, stable across releases. retriable: may the same call succeed later?
    """

    code = "failed"
    exit_code = 1
    retriable = False

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.__notes__ = [f"hint: {hint}"]  # a traceback shows it below the message (PEP 678, Python 3.11)

    def __reduce__(self) -> tuple[object, ...]:
        """With all attributes, whatever a subclass asks for: an error in a worker process is raised in its parent."""
        return _again, (type(self), *self.args), self.__dict__


def _again(kind: type[GitblobError], *args: object) -> GitblobError:
    made = kind.__new__(kind, *args)
    made.args = args
    return made


class UsageError(GitblobError):
    """The command line asks for something that does not exist or does not fit."""

    code = "usage"
    exit_code = 2


class PartialFailure(GitblobError):
    """Some items of a batch failed; the others are done."""

    code = "partial"
    exit_code = 3

    def __init__(self, message: str, failures: list[tuple[str, str]], hint: str | None = None) -> None:
        """failures: pairs (path or oid, reason)."""
        super().__init__(message, hint)
        self.failures = failures


class NotARepository(GitblobError):
    """No Git repository (or no work tree) where one is needed."""

    code = "not-a-repository"
    exit_code = 10


class Locked(GitblobError):
    """Another process holds a lock that is needed."""

    code = "locked"
    exit_code = 11
    retriable = True


class BlobMissing(GitblobError):
    """A blob is neither in the cache nor in any store that was asked."""

    code = "blob-missing"
    exit_code = 13


class BlobCorrupt(GitblobError):
    """Bytes do not match the oid they are kept under."""

    code = "blob-corrupt"
    exit_code = 14


class PointerError(GitblobError):
    """A file looks like a pointer but is not a valid one."""

    code = "bad-pointer"
    exit_code = 14


class StoreError(GitblobError):
    """A store refused or failed."""

    code = "store"
    exit_code = 15


class StoreUnavailable(StoreError):
    """A store cannot be reached now."""

    code = "store-unavailable"
    retriable = True

    def __init__(self, message: str, hint: str | None = None, retry_after: float | None = None) -> None:
        """retry_after: seconds that the server asks to wait, where it says so (Retry-After, RFC 9110 10.2.3)."""
        super().__init__(message, hint)
        self.retry_after = retry_after


class StoreAbsent(StoreUnavailable):
    """Nothing is at the store's place. It may be mounted or made later, but not while somebody waits."""


class StoreUnreachable(StoreUnavailable):
    """No connection comes about: no host has that name, or none listens there."""


class StoreDenied(StoreError):
    """A store does not accept the credentials, or these do not permit what was asked."""

    code = "store-denied"


class StoreUntrusted(StoreError):
    """A committed file names a place that this user has never approved."""

    code = "store-untrusted"


class SettingsError(GitblobError):
    """`.gitblob.yaml` or a `gitblob.*` value in git config does not say something valid."""

    code = "settings"
    exit_code = 16


class HookError(GitblobError):
    """A hook cannot be installed or taken back."""

    code = "hook"
    exit_code = 17


class MlError(GitblobError):
    """A declaration of the ML layer, or a file that it names, does not say something valid."""

    code = "declaration"
    exit_code = 18
