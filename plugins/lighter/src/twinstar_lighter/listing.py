"""What is traded, in which steps; and the account's leverage, set at the start and read back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

import twinstar as ts
from twinstar_lighter.account import Reading
from twinstar_lighter.history import RESOLUTIONS
from twinstar_lighter.markets import Listed
from twinstar_lighter.orders import Market
from twinstar_lighter.trading import LighterTrading

FRACTIONS: Final = 10_000
MODES: Final = {"cross": 0, "isolated": 1}


class Leverage(Struct, frozen=True, kw_only=True):
    times: int
    mode: str
    trading: LighterTrading
    reading: Reading


class LighterListing(Struct, frozen=True, kw_only=True):
    venue: str
    listed: Listed
    timeframe: str
    leverage: Leverage | None

    async def instruments(self, symbols: Sequence[str]) -> Sequence[ts.Instrument]:
        if self.timeframe not in RESOLUTIONS:
            there_are = ", ".join(sorted(RESOLUTIONS))
            raise ts.errors.ConfigError(f"{self.venue} has no candles of {self.timeframe}; there are: {there_are}")
        markets = await self.listed.check(symbols)
        if self.leverage is not None:
            await self._set(self.leverage, markets)
        return [market.instrument for market in markets]

    async def _set(self, leverage: Leverage, markets: Sequence[Market]) -> None:
        """Only where it is another; a market without a position or an order tells of none, so there it is set."""
        fraction = FRACTIONS // leverage.times
        for market in markets:
            symbol = market.instrument.id.symbol
            least = await self.listed.margin_fraction(symbol)
            if fraction < least:
                raise ts.errors.ConfigError(
                    f"{symbol}@{self.venue}: leverage {leverage.times} is more than its {FRACTIONS // least}"
                )
            if not await self._is(leverage, market):
                await leverage.trading.set_leverage(market, fraction, MODES[leverage.mode])

    async def _is(self, leverage: Leverage, market: Market) -> bool:
        row = await leverage.reading.row()
        held = next((held for held in row.positions or () if held.market_id == market.id), None)
        percent = Decimal(100) / leverage.times
        return (
            held is not None
            and abs(held.initial_margin_fraction - percent) < Decimal("0.01")
            and held.margin_mode == MODES[leverage.mode]
        )
