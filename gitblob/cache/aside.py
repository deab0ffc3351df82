"""A question that is answered on another thread while its asker goes on. Imports nothing but C modules."""

from __future__ import annotations

from _queue import SimpleQueue  # the C module: `queue` loads threading, 4 ms
from _thread import start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def ask(question: Callable[[], bool]) -> Callable[[], bool]:
    """Begin; the result waits for the answer, and raises the OSError that the question met."""
    answers: SimpleQueue[bool | OSError] = SimpleQueue()

    def look() -> None:
        try:
            answers.put(question())
        except OSError as error:
            answers.put(error)

    def answer() -> bool:
        found = answers.get()
        if isinstance(found, OSError):
            raise found
        return found

    start_new_thread(look, ())
    return answer
