"""What is traded here, and in which integers; asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches

import msgspec
from loguru import logger

import twinstar as ts
from twinstar_lighter.messages import MarketRow, Markets, market_row
from twinstar_lighter.orders import Market
from twinstar_lighter.rest import Rest

QUOTE = "USDC"
PERP = "perp"


class Listed:
    def __init__(self, venue: str, rest: Rest) -> None:
        self._venue, self._rest = venue, rest
        self._markets: dict[str, Market] = {}
        self._rows: dict[str, MarketRow] = {}
        self._lock = asyncio.Lock()

    async def find(self, symbol: str) -> Market:
        """Raise `ConfigError` for one that there is not."""
        await self._ready()
        market = self._markets.get(symbol)
        if market is None:
            raise ts.errors.ConfigError(self._problem(symbol))
        return market

    def known(self, symbol: str) -> Market | None:
        """Without asking."""
        return self._markets.get(symbol)

    async def by_id(self) -> Mapping[int, Market]:
        await self._ready()
        return {market.id: market for market in self._markets.values()}

    async def check(self, symbols: Sequence[str]) -> list[Market]:
        """Raise `ConfigError` with a line for each that cannot be traded."""
        await self._ready()
        problems = [self._problem(symbol) for symbol in symbols if symbol not in self._markets]
        problems += [
            f"{symbol}@{self._venue} is not traded at present"
            for symbol in symbols
            if symbol in self._rows and self._rows[symbol].status != "active"
        ]
        if problems:
            raise ts.errors.ConfigError(problems)
        return [self._markets[symbol] for symbol in symbols]

    async def margin_fraction(self, symbol: str) -> int:
        """The least that the market allows, in ten-thousandths."""
        await self._ready()
        return self._rows[symbol].min_initial_margin_fraction

    async def _ready(self) -> None:
        async with self._lock:
            if self._markets:
                return
            token = await self._rest.tokens.current() if self._rest.tokens is not None else None
            told = await self._rest.ask(
                "orderBookDetails", {"filter": PERP}, Markets, token=token, lane=ts.Lane.ACCOUNT
            )
            rows = [row for raw in told.order_book_details if (row := self._read(raw)) is not None]
            self._rows = {_symbol(row): row for row in rows if row.market_type == PERP}
            self._markets = {symbol: self._market(symbol, row) for symbol, row in self._rows.items()}

    def _read(self, raw: msgspec.Raw) -> MarketRow | None:
        try:
            return market_row(raw)
        except msgspec.DecodeError as e:
            logger.bind(venue=self._venue).warning("one of its markets cannot be read, and is left out: {}", e)
            return None

    def _problem(self, symbol: str) -> str:
        near = get_close_matches(symbol, self._markets, 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; symbols are written as ETH/USDC:USDC"
        return f"{self._venue} has no {symbol}{hint}"

    def _market(self, symbol: str, row: MarketRow) -> Market:
        instrument = ts.Instrument(
            id=ts.InstrumentId(symbol, self._venue),
            base=row.symbol,
            quote=QUOTE,
            settle=QUOTE,
            price_step=Decimal(1).scaleb(-row.supported_price_decimals),
            quantity_step=Decimal(1).scaleb(-row.supported_size_decimals),
            min_quantity=row.min_base_amount,
            min_notional=row.min_quote_amount,
            resident_stops=True,
            resident_targets=True,
            amends_stops=True,
            maker_fee=row.maker_fee / 100,  # told in percent
            taker_fee=row.taker_fee / 100,
        )
        return Market(
            id=row.market_id,
            instrument=instrument,
            size_decimals=row.supported_size_decimals,
            price_decimals=row.supported_price_decimals,
        )


def _symbol(row: MarketRow) -> str:
    return f"{row.symbol}/{QUOTE}:{QUOTE}"
