"""Waiting for git's next request, and noticing that it will never come.

Git sets no close-on-exec on the pipe to its filters, so a daemon that a hook starts keeps the write end open: the
end of file never comes, git waits for the filter and the filter for git. Where the system shows a process's
descriptors, the filter therefore looks now and then whether git itself still holds the pipe.
"""

from __future__ import annotations

import os

PATIENCE_MS = 50


class Parent:
    """The process that started us, and whether it holds the other end of the pipe behind `fd`."""

    def __init__(self, fd: int) -> None:
        import select

        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll:
            self._poll.register(fd, select.POLLIN)
        self._pid = os.getppid()
        self._inode = os.fstat(fd).st_ino
        # false from the start where /proc is missing, or where a shell stands between git and us
        self._visible = self._holds()

    def wait(self) -> bool:
        """Wait for input (or end of file); False when git has let go of the pipe and none is left."""
        if not self._poll or not self._visible:
            return True
        while not self._poll.poll(PATIENCE_MS):
            if not self._holds():
                return bool(self._poll.poll(0))
        return True

    def _holds(self) -> bool:
        directory = f"/proc/{self._pid}/fd"
        try:
            for name in os.listdir(directory):
                try:
                    if os.stat(f"{directory}/{name}").st_ino == self._inode:
                        return True
                except OSError:
                    continue  # closed meanwhile
        except OSError:
            return False
        return False
