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
from twinstar_lighter.messages import PositionRow
from twinstar_lighter.orders import Market
from twinstar_lighter.trading import LOOKS_S, LighterTrading

FRACTIONS: Final = 10_000
MODES: Final = {"cross": 0, "isolated": 1}


class Leverage(Struct, frozen=True, kw_only=True):
    times: int
    mode: str
    trading: LighterTrading
    reading: Reading

    async def told(self) -> dict[int, PositionRow]:
        """By market; of one without a position or an order the venue may tell nothing."""
        return {row.market_id: row for row in (await self.reading.row()).positions or ()}

    def is_of(self, row: PositionRow) -> bool:
        percent = Decimal(100) / self.times
        return abs(row.initial_margin_fraction - percent) < Decimal("0.01") and row.margin_mode == MODES[self.mode]

    def problem(self, instrument: ts.InstrumentId, row: PositionRow) -> str:
        mode = "isolated" if row.margin_mode else "cross"
        return (
            f"{instrument}: leverage {self.times} ({self.mode}) was asked for, and its initial margin is still "
            f"{row.initial_margin_fraction} % ({mode}); margin may be short, or a position or an order in its "
            "way: set it by hand, or change it in the configuration"
        )


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
        """Where it is another, or is not told; that it was taken does not mean that it was done."""
        fraction = FRACTIONS // leverage.times
        for market in markets:
            symbol = market.instrument.id.symbol
            least = await self.listed.margin_fraction(symbol)
            if fraction < least:
                raise ts.errors.ConfigError(
                    f"{symbol}@{self.venue}: leverage {leverage.times} is more than its {FRACTIONS // least}"
                )
        told = await leverage.told()
        others = [m for m in markets if m.id not in told or not leverage.is_of(told[m.id])]
        for market in others:
            await leverage.trading.set_leverage(market, fraction, MODES[leverage.mode])
        if others:
            await self._read_back(leverage, others)

    async def _read_back(self, leverage: Leverage, markets: Sequence[Market]) -> None:
        """Raise `ConfigError` with a line for each that the venue tells of and that stayed another."""
        problems: list[str] = []
        for pause_s in LOOKS_S:
            await leverage.trading.clock.sleep(pause_s)
            told = await leverage.told()
            wrong = [(m.instrument.id, told[m.id]) for m in markets if m.id in told and not leverage.is_of(told[m.id])]
            problems = [leverage.problem(instrument, row) for instrument, row in wrong]
            if not problems:
                return
        raise ts.errors.ConfigError(problems)
