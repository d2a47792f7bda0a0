"""What the venue tells of its markets when it is asked: the listing, candles of the past, the last price, the time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from typing import Final

from loguru import logger
from msgspec import Struct

import twinstar as ts
from twinstar_bithumb_native.facts import positive
from twinstar_bithumb_native.messages import CandleAnswer, Chance, Market, Price, Tick
from twinstar_bithumb_native.rest import Request, Rest
from twinstar_bithumb_native.ticks import QUANTITY_STEP, price_step
from twinstar_bithumb_native.wishes import market_of, symbol_of

KST: Final = timezone(timedelta(hours=9))
MIN_TOTAL_KRW: Final = Decimal(5_000)  # where nobody can ask for the account's own rules
PAGE: Final = 200
# Those that open where ours do. Of four hours and more the venue's begin at midnight in Korea: ours are made of hours.
UNITS: Final = {
    ts.Timeframe.M1: 1,
    ts.Timeframe.M3: 3,
    ts.Timeframe.M5: 5,
    ts.Timeframe.M15: 15,
    ts.Timeframe.M30: 30,
    ts.Timeframe.H1: 60,
}
OFFERED: Final = tuple(each for each in ts.Timeframe if each not in (ts.Timeframe.W1, ts.Timeframe.MONTH))
SECOND_MS: Final = 1_000


async def last_price(rest: Rest, symbol: str, lane: ts.Lane | None = None) -> Decimal:
    request = Request(method="GET", path="/v1/ticker", params=(("markets", market_of(symbol)),), lane=lane)
    rows = await rest.ask(tuple[Price, ...], request)
    price = next((row.trade_price for row in rows if row.market == market_of(symbol)), None)
    try:
        return positive(price)
    except ValueError as e:
        raise ts.errors.BadMessage(rest.venue, f"ticker of {symbol}: {e}") from None


class BithumbListing(Struct, frozen=True):
    rest: Rest
    timeframe: ts.Timeframe
    may_ask_rules: bool

    async def instruments(self, symbols: Sequence[str]) -> Sequence[ts.Instrument]:
        request = Request(method="GET", path="/v1/market/all", params=(("isDetails", "true"),))
        markets = {symbol_of(row.market): row for row in await self.rest.ask(tuple[Market, ...], request)}
        problems = [_missing(self.rest.venue, symbol, markets) for symbol in symbols if symbol not in markets]
        if self.timeframe not in OFFERED:
            offered = ", ".join(each.value for each in OFFERED)
            problems.append(f"{self.rest.venue} has no candles of {self.timeframe.value}; there are: {offered}")
        if problems:
            raise ts.errors.ConfigError(problems)
        for symbol in symbols:
            if (warning := markets[symbol].market_warning) != "NONE":
                logger.bind(venue=self.rest.venue).warning("{} is under the venue's warning: {}", symbol, warning)
        return [await self._instrument(symbol) for symbol in symbols]

    async def _instrument(self, symbol: str) -> ts.Instrument:
        base, _, quote = symbol.partition("/")
        price = await last_price(self.rest, symbol)
        rules = await self._rules(symbol) if self.may_ask_rules else None
        if rules is not None and rules.market.state != "active":
            raise ts.errors.ConfigError(f"{symbol}@{self.rest.venue} is not traded at present: {rules.market.state}")
        least = max(rules.market.bid.min_total, rules.market.ask.min_total) if rules is not None else None
        return ts.Instrument(
            id=ts.InstrumentId(symbol, self.rest.venue),
            base=base,
            quote=quote,
            price_step=price_step(quote, price),
            quantity_step=QUANTITY_STEP,
            min_notional=least if least is not None else MIN_TOTAL_KRW if quote == "KRW" else Decimal(0),
            maker_fee=rules.maker_fee if rules is not None else None,
            taker_fee=rules.taker_fee if rules is not None else None,
        )

    async def _rules(self, symbol: str) -> Chance:
        """Those of this account, with its fees."""
        params = (("market", market_of(symbol)),)
        request = Request(method="GET", path="/v1/orders/chance", params=params, signed=True, lane=ts.Lane.ACCOUNT)
        return await self.rest.ask(Chance, request)


def _missing(venue: str, symbol: str, markets: Iterable[str]) -> str:
    near = " or ".join(get_close_matches(symbol, list(markets), 3))
    return f"{venue} has no {symbol}" + (f"; did you mean {near}?" if near else "")


class BithumbHistory(Struct, frozen=True):
    rest: Rest

    async def candles(
        self, instrument: ts.InstrumentId, timeframe: ts.Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[ts.Candle]:
        """Whether a candle is closed, the venue tells by having a later one."""
        if timeframe in UNITS:
            return await self._candles(instrument, timeframe, from_ms, until_ms)
        if timeframe not in OFFERED:
            raise ts.errors.VenueRejected(self.rest.venue, f"it has no candles of {timeframe.value}")
        begin_ms = timeframe.floor(from_ms)
        hours = await self._candles(instrument, ts.Timeframe.H1, begin_ms, timeframe.after(timeframe.floor(until_ms)))
        longer = ts.resample(hours, timeframe, _empty(hours, timeframe))
        closed_ms = timeframe.floor(ts.Timeframe.H1.after(hours[-1].open_ms)) if hours else begin_ms
        return [each for each in longer if from_ms <= each.open_ms < min(until_ms, closed_ms)]

    async def pulse(self, instrument: ts.InstrumentId) -> int | None:
        """When it last traded, by the market's clock; None where it never did."""
        params = (("market", market_of(instrument.symbol)), ("count", "1"))
        ticks = await self.rest.ask(tuple[Tick, ...], Request(method="GET", path="/v1/trades/ticks", params=params))
        try:
            return max((int(tick.timestamp) for tick in ticks), default=None)
        except ValueError as e:
            raise ts.errors.BadMessage(self.rest.venue, f"trades of {instrument.symbol}: {e}") from None

    async def _candles(
        self, instrument: ts.InstrumentId, timeframe: ts.Timeframe, from_ms: int, until_ms: int
    ) -> list[ts.Candle]:
        newest = await self._page(instrument, timeframe, None, 1)
        if not newest:
            return []
        found: dict[int, ts.Candle] = {}
        to_ms = until_ms = min(until_ms, newest[0].open_ms)
        while from_ms < to_ms:
            page = await self._page(instrument, timeframe, to_ms, min(timeframe.count(from_ms, to_ms), PAGE))
            if not page:
                break
            if page[0].open_ms >= to_ms:
                raise ts.errors.BadMessage(self.rest.venue, f"candles of {instrument.symbol}: others than asked for")
            found.update((each.open_ms, each) for each in page if from_ms <= each.open_ms < until_ms)
            to_ms = page[0].open_ms
        return [found[open_ms] for open_ms in sorted(found)]

    async def _page(
        self, instrument: ts.InstrumentId, timeframe: ts.Timeframe, to_ms: int | None, count: int
    ) -> list[ts.Candle]:
        """Those that open before ``to_ms``, oldest first; minutes without a trade are not among them."""
        params = [("market", market_of(instrument.symbol)), ("count", str(count))]
        if to_ms is not None:
            params.append(("to", _naive_kst(to_ms)))
        request = Request(method="GET", path=f"/v1/candles/minutes/{UNITS[timeframe]}", params=params)
        rows = await self.rest.ask(tuple[CandleAnswer, ...], request)
        try:
            candles = [ts.candle_of(_row(row), instrument, timeframe, ts.Source.REST) for row in rows]
        except ValueError as e:
            raise ts.errors.BadMessage(self.rest.venue, f"candles of {instrument.symbol}: {e}") from None
        return sorted(candles, key=lambda each: each.open_ms)


def _row(row: CandleAnswer) -> ts.CandleRow:
    opens = row.candle_date_time_utc
    if opens.tzinfo is not None:
        raise ValueError(f"{opens.isoformat()} has an offset, where UTC without one is usual")
    return ts.CandleRow(
        open_ms=int(opens.replace(tzinfo=UTC).timestamp()) * SECOND_MS,
        open=row.opening_price,
        high=row.high_price,
        low=row.low_price,
        close=row.trade_price,
        volume=row.candle_acc_trade_volume,
    )


def _naive_kst(time_ms: int) -> str:
    """Korean time without an offset; with one, the venue refuses it."""
    return datetime.fromtimestamp(time_ms // SECOND_MS, KST).strftime("%Y-%m-%dT%H:%M:%S")


def _empty(hours: Sequence[ts.Candle], timeframe: ts.Timeframe) -> Iterator[ts.CandlesMissing]:
    """What is between those that the venue has, and before and after them, it has no candles for."""
    if not hours:
        return
    first_ms, last_ms = timeframe.floor(hours[0].open_ms), timeframe.after(timeframe.floor(hours[-1].open_ms))
    begins = [*(each.open_ms for each in hours), last_ms]
    ends = [first_ms, *(ts.Timeframe.H1.after(each.open_ms) for each in hours)]
    for from_ms, until_ms in zip(ends, begins, strict=True):
        if from_ms < until_ms:
            yield ts.CandlesMissing(
                time_ms=until_ms,
                instrument=hours[0].instrument,
                timeframe=ts.Timeframe.H1,
                from_ms=from_ms,
                until_ms=until_ms,
                reason="nothing was traded",
            )


async def ask_time(rest: Rest, symbol: str) -> ts.TimeSample:
    """From the date of an answer: the venue has no request for its time. That tells whole seconds."""
    request = Request(method="GET", path="/v1/ticker", params=(("markets", market_of(symbol)),), lane=ts.Lane.ACCOUNT)
    answered = await rest.asked(request)
    try:
        told = parsedate_to_datetime(answered.date or "")
    except ValueError:
        raise ts.errors.BadMessage(rest.venue, "an answer without a date") from None
    return ts.TimeSample(
        sent_s=answered.sent_s,
        received_s=answered.received_s,
        venue_ms=int(told.timestamp()) * SECOND_MS,
        resolution_ms=SECOND_MS,
    )
