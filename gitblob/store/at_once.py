"""The same question about many things, asked on several threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")


def ask(question: Callable[[_T], _R], things: Iterable[_T], threads: int) -> list[tuple[_T, _R]]:
    """Each thing with its answer, in no order; the first error is raised, and no further question asked.

    The threads are daemons, so that Ctrl-C need not wait for an answer.
    """
    todo, lock = iter(things), threading.Lock()
    ends: SimpleQueue[list[tuple[_T, _R]] | BaseException] = SimpleQueue()
    over = threading.Event()

    def work() -> None:
        answers: list[tuple[_T, _R]] = []
        try:
            while not over.is_set():
                with lock:
                    thing = next(todo)
                answers.append((thing, question(thing)))
        except StopIteration:
            ends.put(answers)
        except BaseException as error:  # noqa: BLE001 raised again by who waits
            ends.put(error)

    for _ in range(threads):
        threading.Thread(target=work, name="gitblob-ask", daemon=True).start()
    found: list[tuple[_T, _R]] = []
    try:
        for _ in range(threads):
            end = ends.get()
            if isinstance(end, BaseException):
                raise end
            found += end
    finally:
        over.set()
    return found
