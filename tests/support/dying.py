"""Run a piece of code in a child process that dies, as by kill -9, at its n-th call to the system; for every n."""

import os
import sys

CALLS = (
    "open", "write", "rename", "replace", "link", "unlink", "mkdir", "utime", "chmod", "copy_file_range", "fsync", "close",
)  # fmt: skip
DIED = 99


def deaths(action):
    """Run `action` again and again, dying one call later each time, until it lives to the end; yields each n.

    What the child leaves behind is for the caller to judge before the next round.
    """
    n = 0
    while True:
        n += 1
        code = _child(action, n)
        assert code in {0, DIED}, f"the action failed by itself (exit code {code})"
        yield n
        if code == 0:
            return


def _child(action, n):
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    left = [n]

    def counted(call):
        def wrapped(*args, **kwargs):
            left[0] -= 1
            if not left[0]:
                os._exit(DIED)
            return call(*args, **kwargs)

        return wrapped

    try:
        for name in CALLS:
            setattr(os, name, counted(getattr(os, name)))
        action()
    except BaseException as error:  # noqa: BLE001 told by the exit code
        print(repr(error), file=sys.__stderr__)
        os._exit(1)
    os._exit(0)
