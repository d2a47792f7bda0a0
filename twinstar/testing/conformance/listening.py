"""All streams of a venue, listened to at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

import msgspec

from twinstar.domain import Event, InstrumentId, Order, OrderFilled, OrderStatus, StreamOpened, Timeframe
from twinstar.ports import Gap, Stream, Trading, Venue, Wanted

WITHIN_S = 10.0
E = TypeVar("E", bound=Event)


class Heard:
    """What the streams have told so far, and how they ended."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.errors: list[Exception] = []

    def of(self, *kinds: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kinds)]

    def news_of(self, order_id: str) -> list[str]:
        """The kinds of what was told of one order, in order."""
        return [type(event).__name__ for event in self.events if order_of(event) == order_id]

    async def until(self, condition: Callable[[Heard], object], within_s: float = WITHIN_S) -> None:
        try:
            async with asyncio.timeout(within_s):
                while not condition(self):  # noqa: ASYNC110 - a list tells nobody that it grew
                    await asyncio.sleep(0.005)
        except TimeoutError:
            last = ", ".join(type(event).__name__ for event in self.events[-5:]) or "nothing"
            raise AssertionError(f"not within {within_s:.0f} s; errors: {self.errors}; last heard: {last}") from None


async def until_told(heard: Heard, trading: Trading, order: Order, *news: str) -> None:
    """As the core does it: where a stream knows no more than that something has happened, the account is asked."""
    await heard.until(lambda heard: {*news, "OrderInDoubt"} & {*heard.news_of(order.order_id)})
    if "OrderInDoubt" in heard.news_of(order.order_id):
        doubted = msgspec.structs.replace(order, status=OrderStatus.IN_DOUBT)
        heard.events += await trading.account(Gap(orders=(doubted,)))


def order_of(event: Event) -> str | None:
    return event.fill.order_id if isinstance(event, OrderFilled) else getattr(event, "order_id", None)


@asynccontextmanager
async def listening(venue: Venue, *symbols: str, timeframe: Timeframe = Timeframe.M1) -> AsyncIterator[Heard]:
    """Inside, all streams stand."""
    heard = Heard()
    streams = opened(venue, *symbols, timeframe=timeframe)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_drain(stream, heard)) for stream in streams]
        try:
            await heard.until(lambda heard: heard.errors or len(heard.of(StreamOpened)) == len(streams))
            assert not heard.errors, f"a stream that was to begin: {heard.errors[0]!r}"
            yield heard
        finally:
            for task in tasks:
                task.cancel()


def opened(venue: Venue, *symbols: str, timeframe: Timeframe = Timeframe.M1) -> list[Stream]:
    wanted = Wanted(tuple(InstrumentId(symbol, venue.id) for symbol in symbols), timeframe)
    return list(venue.streams.open(wanted))


async def to_its_end(stream: Stream, within_s: float = WITHIN_S) -> None:
    """Whatever it raises in the end, or `TimeoutError`."""
    async with asyncio.timeout(within_s), aclosing(stream):
        async for _ in stream:
            pass


async def _drain(stream: Stream, heard: Heard) -> None:
    try:
        async with aclosing(stream):
            async for event in stream:
                heard.events.append(event)
    except Exception as error:  # noqa: BLE001 - which error it is, is what a case asks
        heard.errors.append(error)
