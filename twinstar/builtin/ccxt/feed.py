"""What a stream's subscription brings, until the core takes it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import Struct

from twinstar.builtin.ccxt.habits.habit import Found
from twinstar.domain import Event, TradeSeen
from twinstar.errors import VenueError, VenueUnavailable

CAPACITY = 20_000


class Untold(Struct, frozen=True, kw_only=True):
    """News of fills that were not told; ``over``: what else the frame says of the order."""

    order_id: str
    symbol: str
    told: Found
    filled: Decimal  # as far as it is told, in the base asset
    over: Event | None


News: TypeAlias = Event | Untold

# What ccxt resolved, the frame it came of (None when it came of none), and what it was subscribed as.
Read = Callable[[Any, Any, str], Iterable[News]]


class Feed:
    """Filled by the receiving line, emptied by one stream. When full, public trades are dropped and counted; of what
    must not be lost the reader is told that it is lost.
    """

    def __init__(
        self,
        venue: str,
        stream: str,
        read: Read,
        *,
        missed: Callable[[], None] = lambda: None,
        private: bool = False,
        capacity: int = CAPACITY,
    ) -> None:
        """``missed``: the reader is told so of a frame of its line that could not be read."""
        self.missed = missed
        self.venue, self.stream, self.private = venue, stream, private
        self.dropped = 0
        self.topics: dict[str, str] = {}  # what is subscribed, by the hash that ccxt resolves it under
        self._read = read
        self._capacity = capacity
        self._events: deque[News] = deque()
        self._error: VenueError | None = None
        self._awaited: set[str] = set()  # topics whose subscription has not been answered yet
        self._answered = self._sent = False
        self._waiter: asyncio.Future[None] | None = None

    def take(self, result: Any, frame: Any, topic: str) -> None:
        """Raises whatever a result that cannot be read makes it raise."""
        for event in self._read(result, frame, topic):
            self._put(event)
        if not self._stands:
            self.stand(topic)

    def expect(self, topic: str) -> None:
        """It is being subscribed by a request of its own."""
        self._awaited.add(topic)

    def stand(self, topic: str | None = None) -> None:
        """The subscription of this topic, or the connection that subscribes by itself, is known to stand."""
        self._awaited.discard(topic or "")
        self._answered = True
        self._wake()

    def sent(self) -> None:
        """The subscription has left, and this venue does not promise to answer it."""
        self._sent = True

    def fail(self, error: VenueError) -> None:
        """The first error ends the stream, after the events that came before it."""
        if self._error is None:
            self._error = error
            self._wake()

    @property
    def _stands(self) -> bool:
        return self._answered and not self._awaited

    async def standing(self, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                while not (self._stands or self._error):
                    await self._news()
        except TimeoutError:
            if not self._sent:
                raise VenueUnavailable(self.venue, f"{self.stream}: no answer to the subscription") from None
        if self._error is not None and not self._events:
            raise self._error

    async def next(self, within_s: float | None = None) -> News | None:
        """The next event; None when there was none in that time."""
        if within_s is None or within_s == float("inf"):
            await self._some()  # to set up a timeout costs as much as to read a frame
        else:
            try:
                async with asyncio.timeout(within_s):
                    await self._some()
            except TimeoutError:
                return None
        return self._events.popleft()

    async def _some(self) -> None:
        """Until there is an event; the error, once there is none before it."""
        while not self._events:
            if self._error is not None:
                raise self._error
            await self._news()

    def _news(self) -> asyncio.Future[None]:
        """Of the one stream that reads this; it costs half as much as an event to be waited for again and again."""
        self._waiter = asyncio.get_running_loop().create_future()
        return self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _put(self, event: News) -> None:
        if len(self._events) < self._capacity:
            self._events.append(event)
        elif isinstance(event, TradeSeen):
            self.dropped += 1
        else:
            self.fail(VenueUnavailable(self.venue, f"{self.stream}: more than {self._capacity} events were not taken"))
        self._wake()
