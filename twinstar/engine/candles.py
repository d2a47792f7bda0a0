"""When a candle is over, and what is in it. Pure, and for any venue: native adapters use it as the ccxt venue does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Final

from msgspec import Struct

from twinstar.domain import Candle, CandlesMissing, InstrumentId, Source, Timeframe, TradeSeen
from twinstar.engine.spans import Span, holes, without

_LEAST_CERTAIN: Final = (Source.REST, Source.STREAM, Source.UNFLAGGED, Source.TRADES)


class CandleRow(Struct, frozen=True, kw_only=True):
    """A candle as the venue states it at a moment, over or not; ``volume`` is in the base asset."""

    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


def candle_of(row: CandleRow, instrument: InstrumentId, timeframe: Timeframe, source: Source) -> Candle:
    """Raise `ValueError` for a row that no market can have made."""
    low, high = row.low, row.high
    if not (0 < low <= row.open <= high and low <= row.close <= high and row.volume >= 0):
        raise ValueError(f"the candle of {row.open_ms} contradicts itself")
    if timeframe.floor(row.open_ms) != row.open_ms:
        raise ValueError(f"{row.open_ms} is not the open of a candle of {timeframe.value}")
    return Candle(
        instrument=instrument,
        timeframe=timeframe,
        open_ms=row.open_ms,
        open=row.open,
        high=high,
        low=low,
        close=row.close,
        volume=row.volume,
        source=source,
    )


class CandleFollower:
    """Follows one instrument's forming candle; gives each candle once it is over, from the first followed whole.

    Rows may come late, repeated or in any order: what was told is in order and each interval once, all the same.
    """

    def __init__(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        self._instrument, self._timeframe = instrument, timeframe
        self._forming: Candle | None = None
        self._told_ms: int | None = None  # the last candle told, or the one we came in the middle of
        self._missed = False  # a frame, while this was forming

    def see(self, row: CandleRow, *, closed: bool | None) -> Candle | None:
        """``closed`` is the venue's own word; None where it has none, then a successor proves it."""
        source = Source.UNFLAGGED if closed is None else Source.STREAM
        candle = candle_of(row, self._instrument, self._timeframe, source)
        before, missed = self._forming, self._missed
        if self._told_ms is None:
            self._told_ms = candle.open_ms
        if candle.open_ms <= self._told_ms:
            return None
        if before is None or _is_newer(candle, before):
            self._forming, self._missed = candle, missed and before is not None and candle.open_ms == before.open_ms
        if closed:  # even if its successor has begun: a late flag is a flag
            return self._tell(candle)
        if closed is None and not missed and before is not None and self._told_ms < before.open_ms < candle.open_ms:
            return self._tell(before)
        return None  # Where the venue flags the end and we did not get it, the history has to tell.

    def missed(self) -> None:
        """A frame could not be read: it may have been the end of what is forming, which the history has to tell.

        What else is heard of that may be older, and late. But a flag is believed: its frame is the end.
        """
        self._missed = True

    def _tell(self, candle: Candle) -> Candle:
        self._told_ms = candle.open_ms
        return candle


class CandleBuilder:
    """Builds one instrument's candles from its public trades; what we came in the middle of is left out."""

    def __init__(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        self._instrument, self._timeframe = instrument, timeframe
        self._forming: _Built | None = None
        self._partial_ms = 0  # the last candle of which we may not have all
        self._joins = True  # so that the next trade's candle is such a one

    def see(self, trade: TradeSeen) -> Candle | None:
        """The candle that this trade proves to be over; a trade that comes too late for its candle is not counted."""
        forming, price, at_ms = self._forming, trade.price, trade.time_ms  # done for every trade: nothing is called
        if forming is not None and forming.last_ms <= at_ms < forming.until_ms:
            forming.close, forming.last_ms = price, at_ms
        elif forming is None or not forming.open_ms <= at_ms < forming.until_ms:
            return self._begin(trade)
        elif at_ms < forming.first_ms:
            forming.open, forming.first_ms = price, at_ms
        if price > forming.high:
            forming.high = price
        elif price < forming.low:
            forming.low = price
        forming.volume += trade.quantity
        return None

    def missed(self) -> None:
        """Trades may be lost, of what is forming or of the next one's candle: the history has to tell both."""
        if self._forming is not None:
            self._partial_ms = self._forming.open_ms
        self._forming, self._joins = None, True

    def _begin(self, trade: TradeSeen) -> Candle | None:
        forming = self._forming
        open_ms = self._timeframe.floor(trade.time_ms)
        if self._joins and open_ms >= self._partial_ms:
            self._partial_ms, self._joins = open_ms, False
        if open_ms <= self._partial_ms or (forming is not None and open_ms < forming.open_ms):
            return None
        self._forming = _begun(open_ms, self._timeframe.after(open_ms), trade)
        if forming is None:
            return None
        return candle_of(_row(forming), self._instrument, self._timeframe, Source.TRADES)


@dataclass(slots=True)
class _Built:
    """``first_ms`` and ``last_ms`` are the trades' own times: they need not come in order.

    No Struct: setting attributes takes longer there, and every trade sets three.
    """

    open_ms: int
    until_ms: int
    first_ms: int
    last_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


def _begun(open_ms: int, until_ms: int, trade: TradeSeen) -> _Built:
    price, at_ms = trade.price, trade.time_ms
    return _Built(open_ms, until_ms, at_ms, at_ms, price, price, price, price, trade.quantity)


def _row(built: _Built) -> CandleRow:
    return CandleRow(
        open_ms=built.open_ms,
        open=built.open,
        high=built.high,
        low=built.low,
        close=built.close,
        volume=built.volume,
    )


def _is_newer(candle: Candle, than: Candle) -> bool:
    """Within an interval volume only grows, which tells a late row from a fresh one."""
    return (candle.open_ms, candle.volume) >= (than.open_ms, than.volume)


def adds_up(timeframe: Timeframe, to: Timeframe) -> bool:
    """Whether candles of one timeframe begin and end where those of another do."""
    if timeframe in (to, Timeframe.W1, Timeframe.MONTH):
        return timeframe is to
    return to.after(0) % timeframe.after(0) == 0  # all others divide a day, and so weeks and months


def resample(candles: Iterable[Candle], timeframe: Timeframe, missing: Iterable[CandlesMissing] = ()) -> list[Candle]:
    """One instrument's candles as longer ones, such as the venue itself would make of them.

    Only intervals that are whole: what is not among ``candles`` must be known to be ``missing`` at the venue too. The
    source is the least certain of the parts. Raise `ValueError` where the timeframes do not fit.
    """
    candles = list(candles)
    series = {(candle.instrument, candle.timeframe) for candle in candles}
    if not series:
        return []
    if len(series) > 1:
        raise ValueError("candles of several series do not make one")
    ((_, base),) = series
    if not adds_up(base, timeframe):
        raise ValueError(f"candles of {base.value} do not add up to candles of {timeframe.value}")
    given = sorted({candle.open_ms: candle for candle in candles}.values(), key=lambda candle: candle.open_ms)
    groups = {open_ms: list(parts) for open_ms, parts in groupby(given, lambda candle: timeframe.floor(candle.open_ms))}
    within = Span(min(groups), timeframe.after(max(groups)))
    holed = without(holes((candle.open_ms for candle in given), base, within), (_span(gap) for gap in missing))
    broken = {open_ms for hole in holed for open_ms in _touched(hole, timeframe)}
    return [_joined(parts, timeframe, open_ms) for open_ms, parts in groups.items() if open_ms not in broken]


def _span(gap: CandlesMissing) -> Span:
    return Span(gap.from_ms, gap.until_ms)


def _touched(span: Span, timeframe: Timeframe) -> Iterator[int]:
    open_ms = timeframe.floor(span.from_ms)
    while open_ms < span.until_ms:
        yield open_ms
        open_ms = timeframe.after(open_ms)


def _joined(parts: Sequence[Candle], timeframe: Timeframe, open_ms: int) -> Candle:
    return Candle(
        instrument=parts[0].instrument,
        timeframe=timeframe,
        open_ms=open_ms,
        open=parts[0].open,
        high=max(part.high for part in parts),
        low=min(part.low for part in parts),
        close=parts[-1].close,
        volume=sum((part.volume for part in parts), Decimal(0)),
        source=max((part.source for part in parts), key=_LEAST_CERTAIN.index),
    )
