"""What was said of candles. Of several words on one candle the newest counts."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from twinstar.domain import Candle, InstrumentId, Source, Timeframe

Series: TypeAlias = tuple[InstrumentId, Timeframe]
Prices: TypeAlias = tuple[Decimal, Decimal, Decimal, Decimal, Decimal]  # open, high, low, close and volume


class Word(Struct, frozen=True, array_like=True, gc=False):
    """``corrected``: an earlier word on this candle had another price or another volume."""

    symbol: str
    venue: str
    timeframe: Timeframe
    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    source: Source
    corrected: bool

    @property
    def series(self) -> Series:
        return InstrumentId(self.symbol, self.venue), self.timeframe


Words: TypeAlias = dict[Series, dict[int, Word]]  # by series, then by `open_ms`


def prices(of: Candle | Word) -> Prices:
    return of.open, of.high, of.low, of.close, of.volume


def word(candle: Candle, *, corrected: bool = False) -> Word:
    return Word(
        candle.instrument.symbol,
        candle.instrument.venue,
        candle.timeframe,
        candle.open_ms,
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        candle.volume,
        candle.source,
        corrected,
    )


def word_after(before: Word | None, candle: Candle) -> Word | None:
    """None when the candle says nothing new."""
    if before is None:
        return word(candle)
    agrees = _agree(before, candle)
    if agrees and before.source is candle.source:
        return None
    return word(candle, corrected=before.corrected or not agrees)


def _agree(one: Word, other: Candle) -> bool:
    return (
        one.close == other.close
        and one.volume == other.volume
        and one.high == other.high
        and one.low == other.low
        and one.open == other.open
    )
