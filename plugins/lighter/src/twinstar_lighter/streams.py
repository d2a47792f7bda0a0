"""What the venue tells unasked: a line for each market, and one for the account."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from typing import Final, TypeVar

from msgspec import Struct

import twinstar as ts
from twinstar_lighter.book import Broken, OrderBook
from twinstar_lighter.errors import meaning_of, raised
from twinstar_lighter.history import STREAMED
from twinstar_lighter.line import Line, frames, opened
from twinstar_lighter.markets import Listed
from twinstar_lighter.messages import Fault, Heard, MarketFrame, of_account, of_market, subscribe, unsubscribe
from twinstar_lighter.orders import Market
from twinstar_lighter.owners import Owners, Verdicts
from twinstar_lighter.post import Post
from twinstar_lighter.readers import AccountReader, MarketEvent, MarketReader
from twinstar_lighter.rest import Rest
from twinstar_lighter.tokens import Tokens

F = TypeVar("F", bound=Heard)
READ_ONLY: Final = "?readonly=true"  # market data, also from where the venue takes no orders


class Private(Struct, frozen=True, kw_only=True):
    """What the line of our account needs."""

    account: int
    tokens: Tokens
    owners: Owners
    verdicts: Verdicts
    post: Post


class Books:
    """By market; a book that is not followed is empty."""

    def __init__(self) -> None:
        self._books: dict[int, OrderBook] = {}

    def of(self, market: Market) -> OrderBook:
        return self._books.setdefault(market.id, OrderBook())


class LighterStreams(Struct, frozen=True, kw_only=True):
    url: str
    rest: Rest
    listed: Listed
    books: Books
    context: ts.VenueContext
    counted: Counter[str]
    timeout_s: float
    private: Private | None

    def open(self, wanted: ts.Wanted) -> Iterable[ts.Stream]:
        streams = [self._market(instrument, wanted.timeframe) for instrument in wanted.instruments]
        return [*streams, self._account(self.private)] if self.private is not None else streams

    async def _market(self, instrument: ts.InstrumentId, timeframe: ts.Timeframe) -> ts.Stream:
        market = await self.listed.find(instrument.symbol)
        channels = [f"candle/{market.id}/{timeframe.value}"]
        if timeframe.value not in STREAMED:
            channels = [f"trade/{market.id}"]
        if self.private is not None:  # the worst price of a market order is reckoned from it
            channels.append(f"order_book/{market.id}")
        reader = MarketReader(market, timeframe, book := self.books.of(market))
        name, url = f"market {instrument.symbol}", self.url + READ_ONLY
        try:
            async with opened(self.rest.session, url, self.context, name, self.timeout_s) as line:
                told = frames(line, of_market, self.counted, private=False)
                async with aclosing(told):
                    early = await self._subscribed(line, told, channels, None)
                    yield self._stands(name)
                    for frame in early:
                        for event in await self._read(reader, frame, line, market):
                            yield event
                    bad, lacking_s = self.counted["bad_frames"], None
                    async for frame in told:
                        if self.counted["bad_frames"] != bad:  # of whichever market: nobody can tell
                            bad = self.counted["bad_frames"]
                            reader.missed()
                        for event in await self._read(reader, frame, line, market):
                            yield event
                        lacking_s = self._lacking(line, lacking_s) if book.nonce is None else None
        finally:
            book.clear()

    async def _read(
        self, reader: MarketReader, frame: MarketFrame, line: Line, market: Market
    ) -> Sequence[MarketEvent]:
        """A book with a gap is asked for anew; what cannot be true is dropped and counted."""
        if frame.error is not None:
            self._judge(line, frame.error)
        try:
            return reader.read(frame)
        except Broken:
            self.counted["book_gaps"] += 1
            channel = f"order_book/{market.id}"
            await line.say(unsubscribe(channel))
            await line.say(subscribe(channel))
        except (ValueError, ArithmeticError):
            self.counted["bad_frames"] += 1
        return ()

    def _lacking(self, line: Line, since_s: float | None) -> float | None:
        """Since when the book has had no snapshot, where it is followed. Raise `VenueUnavailable` after too long."""
        if self.private is None:
            return None
        now_s = self.context.clock.monotonic_s()
        if since_s is not None and now_s - since_s > self.timeout_s:
            raise line.lost("no snapshot of the book came after a gap")
        return now_s if since_s is None else since_s

    async def _account(self, private: Private) -> ts.Stream:
        """A subscription is good for as long as its token. One made anew on the same line would miss what is told in
        between; after a lost line the account is read.
        """
        markets, name = await self.listed.by_id(), "orders"
        reader = AccountReader(private.account, markets, private.owners, private.verdicts)
        channels = [f"account_all_orders/{private.account}", f"account_all_trades/{private.account}"]
        async with opened(self.rest.session, self.url, self.context, name, self.timeout_s) as line:
            told = frames(line, of_account, self.counted, private=True)
            async with aclosing(told):
                token = await private.tokens.current()
                early = await self._subscribed(line, told, channels, token)
                private.tokens.stands()
                with private.post.over(line):
                    yield self._stands(name)
                    for frame in early:
                        for event in reader(frame):
                            yield event
                    async for frame in told:
                        if private.post.hear(frame):
                            continue
                        if frame.error is not None:
                            self._judge(line, frame.error, token)
                        for event in reader(frame):
                            yield event
                        if await private.tokens.current() != token:  # asked at least at each of the venue's pings
                            raise line.lost("it has a new token, and is opened anew with it")

    async def _subscribed(
        self, line: Line, told: AsyncGenerator[F, None], channels: Sequence[str], token: str | None
    ) -> list[F]:
        """Once all of them stand: what has been told by then."""
        for channel in channels:
            await line.say(subscribe(channel, token))
        awaited = {channel.replace("/", ":") for channel in channels}
        early: list[F] = []
        try:
            async with asyncio.timeout(self.timeout_s):
                while awaited:
                    frame = await anext(told)
                    if frame.error is not None:
                        self._judge(line, frame.error, token)
                    if frame.is_snapshot:
                        awaited.discard(frame.channel)
                    early.append(frame)
        except TimeoutError:
            raise line.lost(f"no answer to the subscription of {', '.join(sorted(awaited))}") from None
        return early

    def _judge(self, line: Line, fault: Fault, token: str | None = None) -> None:
        """Raise unless it is harmless. On the market's line, which has no token, none is a matter of our keys."""
        meaning = meaning_of(fault.code)
        if meaning is ts.Meaning.UNCHANGED:
            return
        lost = line.lost(f"{fault.code}: {fault.message}")
        if self.private is None or token is None or meaning is not ts.Meaning.DENIED:
            raise lost
        if self.private.tokens.may_help(fault.code, token):
            raise lost
        raise raised(self.context.id, meaning, lost.reason, order=False)

    def _stands(self, name: str) -> ts.StreamOpened:
        return ts.StreamOpened(time_ms=self.context.clock.now_ms(), venue=self.context.id, stream=name)
