"""The venue's own streams, listened to on their way, and one more that tells of the paper account's orders."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from typing import get_args

from twinstar.builtin.paper.exchange import PaperExchange
from twinstar.builtin.paper.hearing import Hearing
from twinstar.builtin.paper.words import news_of
from twinstar.domain import Event, StreamOpened
from twinstar.domain.events import AccountEvent
from twinstar.ports import Clock, Stream, Streams, Wanted
from twinstar.sim.model import AccountEvent as AccountNews
from twinstar.sim.model import OrderChanged

OF_AN_ACCOUNT = get_args(AccountEvent)
News = asyncio.Queue[Event | None]


class PaperStreams:
    def __init__(self, venue: str, real: Streams, exchange: PaperExchange, hearing: Hearing, clock: Clock) -> None:
        self._venue, self._real = venue, real
        self._exchange, self._hearing, self._clock = exchange, hearing, clock
        self._speaking = 0

    def open(self, wanted: Wanted) -> Iterable[Stream]:
        self._hearing.begin()
        news: News = asyncio.Queue()
        streams = list(self._real.open(wanted))
        self._speaking = len(streams)
        return [*(self._listen(stream, news) for stream in streams), self._orders(news)]

    async def _listen(self, stream: Stream, news: News) -> Stream:
        """What is told of a real account, if anything, is not ours."""
        async with aclosing(stream):
            async for event in stream:
                if not isinstance(event, OF_AN_ACCOUNT):
                    self._hearing.hear(event)
                    yield event
        self._speaking -= 1
        if not self._speaking:
            news.put_nowait(None)  # the market has no more to say, as when a tape ends

    async def _orders(self, news: News) -> Stream:
        def take(told: AccountNews) -> None:
            event = news_of(told, self._venue) if isinstance(told, OrderChanged) else None
            if event is not None:
                news.put_nowait(event)

        leave = self._exchange.on_news(take)
        try:
            yield StreamOpened(time_ms=self._clock.now_ms(), venue=self._venue, stream="orders on paper")
            while (event := await news.get()) is not None:
                yield event
        finally:
            leave()
