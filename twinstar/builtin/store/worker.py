"""A thread that does one thing after the other, and the answers that an event loop gets from it.

Half as far away as an executor: what an append costs is, next to the sync, the way there and back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Answer(Generic[T]):
    """To be made on an event loop and awaited there, and given from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self._loop.create_future()

    def give(self, result: T) -> None:
        self._settle(lambda: self.future.set_result(result))

    def fail(self, error: Exception) -> None:
        self._settle(lambda: self.future.set_exception(error))

    def _settle(self, how: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
            self._loop.call_soon_threadsafe(lambda: None if self.future.done() else how())


class Worker:
    """The queue has no bound: who puts something in waits for the answer."""

    def __init__(self, name: str) -> None:
        self._queue = SimpleQueue[Callable[[], None] | None]()
        # A daemon: a store that was never closed must not keep the process from ending, and loses nothing by that.
        Thread(target=self._work, name=name, daemon=True).start()

    def put(self, work: Callable[[], None]) -> None:
        """It must not raise."""
        self._queue.put(work)

    async def run(self, work: Callable[[], T]) -> T:
        answer = Answer[T]()
        self.put(lambda: _answer(work, answer))
        return await answer.future

    def stop(self) -> None:
        """After what was put in before."""
        self._queue.put(None)

    def _work(self) -> None:
        while (work := self._queue.get()) is not None:
            work()


def _answer(work: Callable[[], T], answer: Answer[T]) -> None:
    try:
        answer.give(work())
    except Exception as e:  # noqa: BLE001 - whoever waits must hear of it
        answer.fail(e)
