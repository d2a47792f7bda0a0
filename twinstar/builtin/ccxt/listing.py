"""What is traded, and in which steps."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from difflib import get_close_matches

from msgspec import Struct

from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.habits.habit import Unified
from twinstar.builtin.ccxt.markets import instrument_of
from twinstar.builtin.ccxt.numbers import positive
from twinstar.builtin.ccxt.reading import reading
from twinstar.builtin.ccxt.terms import Wanted, set_up
from twinstar.domain import Instrument, Timeframe
from twinstar.errors import ConfigError


class CcxtListing(Struct, frozen=True, kw_only=True):
    exchange: TwinExchange
    timeframe: Timeframe
    terms: Wanted
    trading: bool

    async def instruments(self, symbols: Sequence[str]) -> Sequence[Instrument]:
        with reading(self.exchange, "markets"):
            await self.exchange.ready()
            self._check(symbols)
            if self.trading:
                await set_up(self.exchange, symbols, self.terms)
            return [await self._instrument(symbol) for symbol in symbols]

    def _check(self, symbols: Sequence[str]) -> None:
        exchange = self.exchange
        problems = [problem for symbol in symbols if (problem := self._problem(symbol))]
        if self.timeframe.value not in exchange.timeframes:
            there_are = ", ".join(exchange.timeframes)
            problems.append(f"{exchange.venue} has no candles of {self.timeframe.value}; there are: {there_are}")
        if problems:
            raise ConfigError(problems)

    def _problem(self, symbol: str) -> str | None:
        venue, markets = self.exchange.venue, self.exchange.markets
        market = markets.get(symbol)
        if market is None:
            near = get_close_matches(symbol, markets, 3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            return f"{venue} has no {symbol}{hint}"
        if not (market["spot"] or (market["swap"] and market["linear"])):
            return f"{symbol}@{venue}: only spot and linear perpetuals are supported"
        if market["active"] is False:
            return f"{symbol}@{venue} is not traded at present"
        return None

    async def _instrument(self, symbol: str) -> Instrument:
        market: Unified = self.exchange.markets[symbol]
        price = Decimal(1)
        if self.exchange.habit.markets.price_step is not None:
            price = positive((await self.exchange.fetch_ticker(symbol))["last"])
        return instrument_of(self.exchange, market, price)
