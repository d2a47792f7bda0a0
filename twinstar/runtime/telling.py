"""What becomes of a venue's streams, told to people: lost, the gap, what filled it, back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct

from twinstar.domain import (
    CandleClosed,
    CandlesMissing,
    InstrumentId,
    Level,
    Notice,
    Source,
    StreamGap,
    Timeframe,
    TimePassed,
    VenueReady,
)
from twinstar.engine import State
from twinstar.ports import Record

FILLED_WITHIN_MS = 5_000


class Hole(Struct):
    """Of one instrument: what no stream told, so far."""

    timeframe: Timeframe
    from_ms: int
    until_ms: int
    missing: int = 0  # candles that the venue itself does not have


class Outage(Struct):
    since_ms: int
    losses: int = 1
    ready_ms: int | None = None  # it is over, and what it left out is being filled


class Telling:
    """An observer of the sequencer. A gap is told once, with the next candle of a stream; before its venue is back."""

    def __init__(self, state: State, tell: Callable[[Notice], None]) -> None:
        self._tell = tell
        self._outages: dict[str, Outage] = {}
        self._gaps: dict[InstrumentId, Hole] = {}
        # What comes before an instrument's first candle ever is no gap.
        self._begun = {of for of in state.instruments if state.last_open_ms(of) is not None}

    def __call__(self, record: Record) -> None:
        match record:
            case StreamGap():
                self._lost(record)
            case VenueReady(venue=venue, time_ms=time_ms) if venue in self._outages:
                self._outages[venue].ready_ms = time_ms
                self._tell_back(venue)
            case TimePassed(time_ms=time_ms):
                self._wait_no_longer(time_ms)
            case CandleClosed(candle=candle):
                self._closed(record, candle.instrument)
            case CandlesMissing(instrument=of, timeframe=timeframe) if of in self._begun:
                count = _count(timeframe, record.from_ms, record.until_ms)
                self._widen(of, timeframe, record.from_ms, record.until_ms).missing += count
            case _:
                pass

    def _lost(self, gap: StreamGap) -> None:
        outage = self._outages.get(gap.venue)
        if outage is None:
            self._outages[gap.venue] = Outage(gap.time_ms)
            self._say(Level.WARNING, f"stream lost: {gap.reason}", venue=gap.venue)
        else:
            outage.losses, outage.ready_ms = outage.losses + 1, None

    def _tell_back(self, venue: str) -> None:
        """Unless a gap is still being filled."""
        outage = self._outages.get(venue)
        if outage is None or outage.ready_ms is None or any(of.venue == venue for of in self._gaps):
            return
        del self._outages[venue]
        lasted_s = (outage.ready_ms - outage.since_ms) / 1_000
        often = f", lost {outage.losses} times" if outage.losses > 1 else ""
        self._say(Level.INFO, f"streams are back after {lasted_s:.1f} s{often}", venue=venue)

    def _wait_no_longer(self, now_ms: int) -> None:
        """The next candle may be an hour away."""
        for venue, outage in list(self._outages.items()):
            if outage.ready_ms is not None and now_ms - outage.ready_ms >= FILLED_WITHIN_MS:
                for of in [of for of in self._gaps if of.venue == venue]:
                    self._tell_gap(of)
                self._tell_back(venue)

    def _closed(self, closed: CandleClosed, of: InstrumentId) -> None:
        candle = closed.candle
        if of not in self._begun:
            if not closed.backfill:
                self._begun.add(of)
            return
        outage = self._outages.get(of.venue)
        if closed.backfill or (outage is not None and candle.source is Source.REST):
            self._widen(of, candle.timeframe, candle.open_ms, candle.timeframe.after(candle.open_ms))
        elif of in self._gaps and (outage is None or outage.ready_ms is not None):
            self._tell_gap(of)
            self._tell_back(of.venue)

    def _widen(self, of: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int) -> Hole:
        gap = self._gaps.setdefault(of, Hole(timeframe, from_ms, until_ms))
        gap.from_ms, gap.until_ms = min(gap.from_ms, from_ms), max(gap.until_ms, until_ms)
        return gap

    def _tell_gap(self, of: InstrumentId) -> None:
        gap = self._gaps.pop(of)
        count = _count(gap.timeframe, gap.from_ms, gap.until_ms)
        filled = "filled from REST" if not gap.missing else f"{count - gap.missing} filled from REST, {gap.missing} not"
        candles = "candle" if count == 1 else "candles"
        text = f"gap of {count} {candles} ({_span(gap.from_ms, gap.until_ms)} UTC): {filled}"
        if gap.missing:
            text += ", for the venue has none"
        self._say(Level.WARNING if gap.missing else Level.INFO, text, instrument=of)

    def _say(
        self, level: Level, text: str, *, venue: str | None = None, instrument: InstrumentId | None = None
    ) -> None:
        venue = venue or (instrument.venue if instrument else None)
        self._tell(Notice(level=level, text=text, venue=venue, instrument=instrument))


def _count(timeframe: Timeframe, from_ms: int, until_ms: int) -> int:
    count = 0
    while from_ms < until_ms:
        from_ms, count = timeframe.after(from_ms), count + 1
    return count


def _span(from_ms: int, until_ms: int) -> str:
    begin, end = (datetime.fromtimestamp(time_ms / 1_000, UTC) for time_ms in (from_ms, until_ms))
    day = "%H:%M" if begin.date() == end.date() else "%d %b %H:%M"
    return f"{begin:%d %b %H:%M} to {end.strftime(day)}"
