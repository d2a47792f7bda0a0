"""Which of our orders an index belongs to, and what was last told of those that somebody waits for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import twinstar as ts
from twinstar_lighter.messages import OrderRow
from twinstar_lighter.orders import client_index

REMEMBERED = 10_000


class Owners:
    """The index is a digest of our id: only who has seen the id knows whose it is. The oldest are long over."""

    def __init__(self) -> None:
        self._ids: OrderedDict[int, str] = OrderedDict()
        self._accepted: OrderedDict[str, None] = OrderedDict()

    def learn(self, order_id: str) -> int:
        index = client_index(order_id)
        self._ids[index] = order_id
        self._ids.move_to_end(index)
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)
        return index

    def recall(self, order: ts.Order) -> None:
        self.learn(order.order_id)

    def of(self, index: int) -> str | None:
        return self._ids.get(index)

    def is_first(self, order_id: str) -> bool:
        """True once an order: that it was accepted need not be told at each of its updates."""
        if order_id in self._accepted:
            return False
        self._accepted[order_id] = None
        if len(self._accepted) > REMEMBERED:
            self._accepted.popitem(last=False)
        return True


class Failed:
    """The orders whose last transaction surely failed: no other terms are to be waited for than those they have.

    One that was refused as it came does not count: it spent no nonce, so one that was lost before may still arrive.
    """

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, order_id: str) -> bool:
        return order_id in self._ids

    def learn(self, order_id: str) -> None:
        self._ids[order_id] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)

    def forget(self, order_id: str) -> None:
        """Before it is changed again."""
        self._ids.pop(order_id, None)


class Verdicts:
    """A transaction that was taken has not been executed: what became of it, the stream of orders tells."""

    def __init__(self) -> None:
        self._tracked: dict[int, list[Tracked]] = {}

    def see(self, row: OrderRow) -> None:
        for tracked in self._tracked.get(row.client_order_index, ()):
            tracked.see(row)

    @contextmanager
    def tracking(self, index: int) -> Iterator[Tracked]:
        """From before it is sent, since the stream may be faster than the answer."""
        tracked = Tracked()
        self._tracked.setdefault(index, []).append(tracked)
        try:
            yield tracked
        finally:
            self._tracked[index].remove(tracked)
            if not self._tracked[index]:
                del self._tracked[index]


class Tracked:
    def __init__(self) -> None:
        self._row: OrderRow | None = None
        self._news = asyncio.Event()

    def see(self, row: OrderRow) -> None:
        self._row = row
        self._news.set()

    async def until(self, fits: Callable[[OrderRow], bool], within_s: float) -> OrderRow | None:
        """The last that was told, once it fits; None when that has not come in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._row is None or not fits(self._row):
                    self._news.clear()
                    await self._news.wait()
                return self._row
        return None
