"""When a venue's history of an instrument begins."""

from __future__ import annotations

from twinstar.domain import InstrumentId, Timeframe
from twinstar.ports import History

WINDOW = 100  # days; longer than any market has paused and come back

_DAY = Timeframe.D1


async def first_day(history: History, instrument: InstrumentId, since_ms: int, until_ms: int) -> int | None:
    """The day of its first candle that opens in ``[since_ms, until_ms)``: a binary search over pages of days.

    None without a single closed day, as of what was listed today.
    """
    day_ms = _DAY.floor(since_ms)

    async def first_in(window: int) -> int | None:
        from_ms = _DAY.back(day_ms, -window * WINDOW)
        found = await history.candles(instrument, _DAY, from_ms, _DAY.back(from_ms, -WINDOW))
        return found[0].open_ms if found else None

    empty, full = -1, (until_ms - day_ms) // (WINDOW * _DAY.after(0)) + 1
    found_ms = None  # the first day of window `full`, once that has been asked for
    while full - empty > 1:
        middle = (empty + full) // 2
        first_ms = await first_in(middle)
        if first_ms is None:
            empty = middle
        else:
            full, found_ms = middle, first_ms
    return found_ms
