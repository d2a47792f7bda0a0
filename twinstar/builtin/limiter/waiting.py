"""Who waits for room, in which order. First come, first served within a lane; a lane before the next.

A request that lacks room in a window holds it for itself against all that come after it, but nothing else: those who
ask for other windows pass.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heapreplace
from itertools import count
from typing import TypeAlias

from twinstar.builtin.limiter.loads import Load
from twinstar.builtin.limiter.window import Window
from twinstar.domain import Call, Lane, Permit


class Waiter:
    __slots__ = ("call", "done", "load", "place", "since_s")

    def __init__(self, call: Call, load: Load, place: int, since_s: float, done: asyncio.Future[Permit]) -> None:
        self.call, self.load, self.place, self.since_s, self.done = call, load, place, since_s, done


Offer: TypeAlias = Callable[[Waiter], bool]
_Queues: TypeAlias = dict[tuple[Window, ...], deque[Waiter]]


class Waiting:
    def __init__(self) -> None:
        self._places = count()
        # Those who want the same windows stand in one queue: whoever is behind cannot pass who is before.
        self._lanes: tuple[_Queues, ...] = tuple({} for _ in Lane)
        self._filled = False

    def __bool__(self) -> bool:
        return self._filled

    def __iter__(self) -> Iterator[Waiter]:
        for queues in self._lanes:
            for queue in queues.values():
                yield from queue

    def join(self, call: Call, load: Load, since_s: float, done: asyncio.Future[Permit]) -> None:
        self._filled = True
        waiter = Waiter(call, load, next(self._places), since_s, done)
        self._lanes[call.lane].setdefault(load.key, deque()).append(waiter)

    def serve(self, offer: Offer) -> None:
        """Offer each in turn that he goes; who does not stays, and all in his queue with him."""
        for queues in self._lanes:
            if queues:
                _serve_lane(queues, offer)
        self._filled = any(self._lanes)


def _serve_lane(queues: _Queues, offer: Offer) -> None:
    heads = [(queue[0].place, key) for key, queue in queues.items()]
    heapify(heads)
    while heads:
        key = heads[0][1]
        queue = queues[key]
        if not queue[0].done.done() and not offer(queue[0]):
            heappop(heads)
            continue
        queue.popleft()
        if queue:
            heapreplace(heads, (queue[0].place, key))
        else:
            del queues[key]
            heappop(heads)
