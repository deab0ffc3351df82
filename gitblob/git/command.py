"""The one place that starts programs: git itself, with paths as bytes and nothing from the user's locale.

GIT_OPTIONAL_LOCKS=0, so that a look at a repository never competes for its index; what must write it does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping

from gitblob import filesystem
from gitblob.errors import GitblobError, NotARepository
from gitblob.git.repository import Repository

SIGPIPE = 13  # on Linux; Python ignores it, git must not
# What git sets for hooks and must not reach another repository (git rev-parse --local-env-vars).
LOCAL_VARIABLES = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR",
)  # fmt: skip


class GitFailed(GitblobError):
    """git exited with another code than expected; the message is git's own first line of stderr."""

    code = "git"

    def __init__(self, arguments: tuple[str | bytes, ...], exit_code: int, stderr: bytes) -> None:
        shown = " ".join(os.fsdecode(a) for a in arguments[:3])
        lines = os.fsdecode(stderr).strip().splitlines()
        super().__init__(f"git {shown}: {lines[0] if lines else f'exit code {exit_code}'}")
        self.git_exit_code = exit_code


def run(
    *arguments: str | bytes,
    cwd: str | None = None,
    data: bytes = b"",
    env: Mapping[str, str] | None = None,
    ok: tuple[int, ...] = (0,),
) -> bytes:
    """What git prints on stdout. data goes to its stdin. Raises GitFailed for an exit code not in `ok`."""
    result = _start(arguments, cwd, data, env)
    if result.returncode not in ok:
        raise GitFailed(arguments, result.returncode, result.stderr)
    return result.stdout


def stream(
    *arguments: str | bytes, cwd: str | None = None, data: bytes = b"", env: Mapping[str, str] | None = None
) -> Iterator[bytes]:
    """What git prints, piece by piece and never held whole; data goes to its stdin. Raises GitFailed at the end."""
    with _Running(["git", *arguments], cwd, data, _environment(env)) as git:
        yield from git.pieces()
    if git.returncode:
        raise GitFailed(arguments, git.returncode, git.stderr)


def succeeds(*arguments: str | bytes, cwd: str | None = None) -> bool:
    """Does this git command exit with 0?"""
    return _start(arguments, cwd, b"", None).returncode == 0


def lines(
    *arguments: str | bytes, cwd: str | None = None, data: bytes = b"", env: Mapping[str, str] | None = None
) -> list[bytes]:
    """The NUL-terminated records that a git command with -z prints."""
    return run(*arguments, cwd=cwd, data=data, env=env).split(b"\0")[:-1]


def text(*arguments: str | bytes, cwd: str | None = None, ok: tuple[int, ...] = (0,)) -> str:
    """The one line that a git command prints, without its newline."""
    return os.fsdecode(run(*arguments, cwd=cwd, ok=ok).removesuffix(b"\n"))


def find(cwd: str | None = None) -> Repository:
    """The repository around a directory (default: the current one), as git sees it. Raises NotARepository."""
    query = ["rev-parse", "--is-bare-repository", "--absolute-git-dir", "--git-common-dir", "--git-path", "index"]
    result = _start(tuple(query), cwd, b"", None)
    if result.returncode:
        reason = os.fsdecode(result.stderr).strip().splitlines()
        unsafe = any("dubious ownership" in line for line in reason)
        raise NotARepository(
            (reason[0] if unsafe else f"{cwd or os.getcwd()} is not inside a git repository"),
            "see safe.directory in `git help config`" if unsafe else "change to one, or make one with `git init`",
        )
    bare, git_dir, common, index = os.fsdecode(result.stdout).removesuffix("\n").split("\n")
    base = cwd or os.getcwd()
    top = None if bare == "true" else _worktree(cwd)
    join = os.path.join
    return Repository(top, git_dir, os.path.realpath(join(base, common)), os.path.abspath(join(base, index)))


def _worktree(cwd: str | None) -> str | None:
    """The top of the work tree, or None inside a git directory."""
    result = _start(("rev-parse", "--show-toplevel"), cwd, b"", None)
    return os.fsdecode(result.stdout.removesuffix(b"\n")) if result.returncode == 0 else None


def version() -> tuple[int, ...]:
    """Git's version as numbers: (2, 39, 5)."""
    words = text("version").split()
    return tuple(int(part) for part in words[2].split(".")[:3] if part.isdigit())


def refresh_index(names: Mapping[bytes, bytes], cwd: str | None = None) -> None:
    """Let git itself look again at paths (raw) that the index has with these object names (raw).

    It runs the filter on each. Others are left alone: `update-index --stdin` stages what it finds, and after
    `git restore --source` the index is meant to differ from the work tree.
    """
    listing = (record.partition(b"\t") for record in lines("ls-files", "-s", "-z", cwd=cwd))
    staged = {path: head.split() for head, _, path in listing}
    ours = [path for path, name in names.items() if staged.get(path, [])[1:] == [name.hex().encode(), b"0"]]
    data = b"".join(path + b"\0" for path in ours)
    run("update-index", "-q", "-z", "--refresh", "--stdin", cwd=cwd, data=data, ok=(0, 1))


def foreign_environment() -> dict[str, str]:
    """The environment for git in another repository than the one whose hook we may be running in."""
    return {name: value for name, value in os.environ.items() if name not in LOCAL_VARIABLES}


def small_objects(
    names: Iterable[bytes], cwd: str | None = None, env: Mapping[str, str] | None = None
) -> dict[bytes, bytes]:
    """The bytes of these objects (hex), all held at once; what git does not have is not among them."""
    unique = list(dict.fromkeys(names))
    if not unique:
        return {}
    answer = run("cat-file", "--batch", "--buffer", cwd=cwd, data=b"\n".join(unique) + b"\n", env=env)
    found, at = {}, 0
    for name in unique:
        end = answer.index(b"\n", at)
        size = answer[at:end].rsplit(b" ", 1)[1]
        at = end + 1
        if size.isdigit():
            found[name] = answer[at : at + int(size)]
            at += int(size) + 1
    return found


class objects:  # noqa: N801 read as `with command.objects(top)`
    """A `cat-file --batch` for as long as the block runs: Git's objects by name, many at a time."""

    def __init__(self, cwd: str | None = None, env: Mapping[str, str] | None = None) -> None:
        import subprocess

        self._process = subprocess.Popen(
            ["git", "cat-file", "--batch", "--buffer"],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(env),
        )

    def __enter__(self) -> objects:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def read(self, names: Iterable[bytes], batch: int = 512) -> Iterator[tuple[bytes, bytes | None]]:
        """Each name (hex, or `REV:path` without newline) with the object's bytes, None when git has none.

        batch: questions in flight; both pipes hold them, so nobody waits for the other.
        """
        waiting: list[bytes] = []
        for name in names:
            waiting.append(name)
            if len(waiting) == batch:
                yield from self._ask(waiting)
                waiting = []
        yield from self._ask(waiting)

    def _ask(self, names: list[bytes]) -> Iterator[tuple[bytes, bytes | None]]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        if not names:
            return
        stdin.write(b"".join(name + b"\n" for name in names) + b"\n")
        stdin.flush()
        for name in names:
            head = stdout.readline()
            if head.endswith((b" missing\n", b" ambiguous\n")):
                yield name, None
                continue
            size = int(head.rsplit(b" ", 1)[1])
            yield name, stdout.read(size + 1)[:-1]
        stdout.readline()  # the empty question flushes git's buffer: " missing"


def _start(arguments: tuple[str | bytes, ...], cwd: str | None, data: bytes, env: Mapping[str, str] | None) -> _Running:
    try:
        with _Running(["git", *arguments], cwd, data, _environment(env), held=True) as git:
            pass
        return git
    except FileNotFoundError as error:
        if error.filename in {"git", b"git"}:
            raise GitblobError("git is not on the PATH", "install git 2.30 or newer") from None
        raise NotARepository(f"{cwd} does not exist") from None


class _Running:
    """A git command while it runs. Input and errors lie in files, not in pipes, so that nobody waits for anybody.

    Without cwd it is started by posix_spawn, for what every commit waits for: to import subprocess costs 12 ms. held:
    output lies in a file, too. `cat-file` writes twice for each blob, and each time a reader at a pipe would wake up.
    """

    def __init__(
        self, arguments: list[str | bytes], cwd: str | None, data: bytes, env: Mapping[str, str], held: bool = False
    ) -> None:
        self.returncode = 0
        self.stdout = self.stderr = b""
        self._given, self._told = _unnamed(data), _unnamed(b"")
        self._held = held
        if held:
            self._source = _unnamed(b"")
            sink = os.dup(self._source)
        else:
            self._source, sink = os.pipe()
        try:
            ends = (self._given, sink, self._told)
            self._wait = _popen(arguments, cwd, ends, env) if cwd is not None else _spawn(arguments, ends, env)
        except BaseException:
            self._close()
            raise
        finally:
            os.close(sink)

    def __enter__(self) -> _Running:
        return self

    def __exit__(self, *_: object) -> None:
        """Nobody reads on: git, if it still writes, gets a SIGPIPE."""
        if not self._held:
            os.close(self._source)
            self._source = -1
        self.returncode = self._wait()
        if self._held:
            with open(self._source, "rb", buffering=0, closefd=False) as file:
                file.seek(0)
                self.stdout = file.readall()
        self.stderr = os.pread(self._told, 1 << 20, 0)
        self._close()

    def pieces(self) -> Iterator[bytes]:
        """What git prints on stdout, as it comes."""
        while piece := os.read(self._source, 1 << 20):
            yield piece

    def _close(self) -> None:
        for fd in (self._given, self._told, self._source):
            if fd >= 0:
                os.close(fd)


def _spawn(arguments: list[str | bytes], ends: tuple[int, int, int], env: Mapping[str, str]) -> Callable[[], int]:
    """Start a program; what waits for its exit code."""
    actions = [(os.POSIX_SPAWN_DUP2, fd, n) for n, fd in enumerate(ends)]
    pid = os.posix_spawnp("git", arguments, env, file_actions=actions, setsigdef=[SIGPIPE])
    return lambda: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _popen(
    arguments: list[str | bytes], cwd: str, ends: tuple[int, int, int], env: Mapping[str, str]
) -> Callable[[], int]:
    """The same in another directory."""
    import subprocess

    stdin, stdout, stderr = ends
    return subprocess.Popen(arguments, cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr, env=env).wait


def _unnamed(data: bytes) -> int:
    """A descriptor of a file without a name, in memory where the system can, that holds these bytes."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("gitblob")
    else:
        import tempfile

        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    filesystem.write_all(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    return {"GIT_OPTIONAL_LOCKS": "0", **(os.environ if env is None else env), "LC_ALL": "C"}
