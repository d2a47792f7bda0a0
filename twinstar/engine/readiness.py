"""May a strategy decide? Not while it is cold, and not over a hole in what it decides on."""

from __future__ import annotations

from itertools import pairwise

from twinstar.domain import InstrumentId
from twinstar.engine.state import State


def waits_for(state: State, of: InstrumentId, needed: int) -> str | None:
    """What is missing of the last ``needed`` candles; None when nothing is.

    An interval that the venue itself has no candle for is no hole.
    """
    candles = state.candles(of, needed)
    if len(candles) < needed:
        return f"warming up: {len(candles)} of {needed} candles"
    empty = {(m.from_ms, m.until_ms) for m in state.missing if m.instrument == of}
    for one, other in pairwise(candles):
        expected_ms = one.timeframe.after(one.open_ms)
        if other.open_ms != expected_ms and not _are_empty(expected_ms, other.open_ms, empty):
            count = one.timeframe.count(expected_ms, other.open_ms)
            return f"a gap of {count} candles among the last {needed}"
    return None


def _are_empty(from_ms: int, until_ms: int, empty: set[tuple[int, int]]) -> bool:
    """Whether known empty runs cover all of it; they are told run by run, and page by page."""
    for begin_ms, end_ms in sorted(empty):
        if begin_ms <= from_ms < end_ms:
            from_ms = end_ms
    return from_ms >= until_ms
