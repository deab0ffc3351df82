"""Lists of files by opendal's asynchronous half: the other one holds the interpreter while it waits for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opendal import Operator

AT_ONCE = 1000  # entries: what one answer of a service holds


def entries(operator: Operator, prefix: str) -> Iterator[list[Any]]:
    """What lies below a prefix, some at a time. Raises opendal's errors."""
    loop = asyncio.new_event_loop()
    try:
        lister = _wait(loop, lambda: operator.to_async_operator().list(prefix, recursive=True))
        while some := _wait(loop, lambda: _next(lister)):
            yield some
    finally:
        loop.close()


async def _next(lister: Any) -> list[Any]:
    some: list[Any] = []
    async for entry in lister:
        some.append(entry)
        if len(some) == AT_ONCE:
            break
    return some


def _wait(loop: asyncio.AbstractEventLoop, begin: Callable[[], Any]) -> Any:
    """The result of a call; where Ctrl-C comes first the call is given up."""

    async def call() -> Any:
        return await begin()

    task = loop.create_task(call())
    try:
        return loop.run_until_complete(task)
    except BaseException:
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        raise
