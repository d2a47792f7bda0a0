"""Small ways of waiting, none of which leaves a task behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn


async def first(*waits: Coroutine[Any, Any, Any]) -> None:
    """Return when one of them is done; the others are cancelled."""
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(wait) for wait in waits]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()


def leaf(error: BaseException) -> BaseException:
    """The first error in a group of groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def for_ever() -> NoReturn:
    await asyncio.get_running_loop().create_future()
    raise AssertionError
