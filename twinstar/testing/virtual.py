"""An event loop whose time is virtual: hours of waiting pass in no time, and one seed is the whole story."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

T = TypeVar("T")
EPOCH_MS = 1_700_000_000_000
STEPS_MAX = 5_000_000


class Deadlock(RuntimeError):
    """Every task waits for ever."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio as it is, but instead of waiting for a timer it sets its clock to it. No sockets, no threads."""

    def __init__(self, steps_max: int = STEPS_MAX) -> None:
        self._now_s = 0.0
        self._steps = 0
        self._steps_max = steps_max
        super().__init__(self.selector())

    def selector(self) -> selectors.BaseSelector:
        return _NoSelector(self)

    def time(self) -> float:
        return self._now_s

    def advance(self, timeout_s: float | None) -> None:
        """Called where a real loop would wait for ``timeout_s``, or for ever."""
        self._steps += 1
        if self._steps > self._steps_max:
            raise RuntimeError(f"no end after {self._steps_max} steps: something runs in circles")
        if timeout_s is None:
            raise Deadlock("nothing is scheduled: every task waits for ever")
        self._now_s += max(timeout_s, 0.0)


class LoopClock:
    """The clock of a service that runs in a virtual loop."""

    def __init__(self, epoch_ms: int = EPOCH_MS) -> None:
        self._epoch_ms = epoch_ms

    def now_ms(self) -> int:
        return self._epoch_ms + round(asyncio.get_running_loop().time() * 1_000)

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run_virtual(story: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)


class _NoSelector(selectors.BaseSelector):
    """Takes note of the loop's own wake-up pipe and never waits."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._keys: dict[int, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        fd = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        self._keys[fd] = selectors.SelectorKey(fileobj, fd, events, data)
        return self._keys[fd]

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj if isinstance(fileobj, int) else fileobj.fileno())

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._loop.advance(timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys
