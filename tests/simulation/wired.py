"""Virtual time for a service and an exchange that speak over real loopback sockets, in one thread."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twinstar.testing import LoopClock
from twinstar.testing.virtual import VirtualLoop

T = TypeVar("T")
IN_FLIGHT_S = 1.0  # real time: where no timer is set, only a socket can bring anything


class WiredLoop(VirtualLoop):
    """Time passes only when no socket has anything: loopback has delivered by the time that a write returns."""

    def selector(self) -> selectors.BaseSelector:
        return _SocketsFirst(self.advance)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """At once: what a thread does would take real time."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as e:  # noqa: BLE001 - it is whoever awaits it that is told
            done.set_exception(e)
        return done


class LoopWall(LoopClock):
    """The exchange's clock on the wall is the loop's."""

    def seconds(self) -> float:
        return self.monotonic_s()


def run_wired(story: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, in virtual time, with sockets."""
    with asyncio.Runner(loop_factory=WiredLoop) as runner:
        return runner.run(story)


class _SocketsFirst(selectors.DefaultSelector):
    def __init__(self, advance: Callable[[float | None], None]) -> None:
        super().__init__()
        self._advance = advance

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(IN_FLIGHT_S if timeout is None else 0)
        if not ready:
            self._advance(timeout)
        return ready
