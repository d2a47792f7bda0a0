"""What is not stored and why: told by the journal, or known from having asked the venue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from twinstar.app.history.asked import Asked, Series
from twinstar.config import Settings
from twinstar.domain import CandlesMissing
from twinstar.engine import State
from twinstar.engine.spans import FAR_MS, Span, common, holes, without
from twinstar.engine.tape import CANDLES_KEPT
from twinstar.plugin import Plugins
from twinstar.ports import Stored

NONE_THERE = "the venue has none"
NOT_YET = "before the venue's first candle"


def gaps_told(settings: Settings, plugins: Plugins) -> Mapping[Series, Sequence[CandlesMissing]]:
    """What the service found out while it ran, by series."""
    found = defaultdict[Series, list[CandlesMissing]](list)
    for record in plugins.registry.journal_type(settings.config.journal).read(settings.state_dir):
        if isinstance(record, CandlesMissing):
            found[record.instrument, record.timeframe].append(record)
    return found


def known_gaps(
    series: Series, opens_ms: Sequence[int], told: Iterable[CandlesMissing], asked: Iterable[Asked]
) -> list[CandlesMissing]:
    """In order, apart from each other, and without what has been stored since. ``opens_ms``: all of the series."""
    reasons: dict[str, list[Span]] = defaultdict(list)
    for gap in told:
        reasons[gap.reason].append(Span(gap.from_ms, gap.until_ms))
    for one in asked:
        if one.is_whole(opens_ms):
            reasons[NONE_THERE].append(one.span)
    bounds = [span for spans in reasons.values() for span in spans]
    if not bounds:
        return []
    within = Span(min(span.from_ms for span in bounds), max(span.until_ms for span in bounds))
    empty, found = holes(opens_ms, series[1], within), list[CandlesMissing]()
    for reason, spans in reasons.items():
        found += [_gap(series, span, reason, opens_ms) for span in common(empty, spans)]
        empty = without(empty, spans)
    return sorted(found, key=lambda gap: gap.from_ms)


def left_open(state: State, series: Series, stored: Stored | None) -> Span | None:
    """Where candles may be missing that an earlier run left to be fetched aside, or lost with its journal."""
    instrument, timeframe = series
    candles = state.candles(instrument, CANDLES_KEPT)
    if not candles:
        return None if stored is None else Span(stored.last_open_ms, FAR_MS)
    known = [Span(gap.from_ms, gap.until_ms) for gap in state.missing if gap.instrument == instrument]
    whole = Span(candles[0].open_ms, timeframe.after(candles[-1].open_ms))
    left = without(holes([candle.open_ms for candle in candles], timeframe, whole), known)
    return Span(left[0].from_ms, left[-1].until_ms) if left else None


def _gap(series: Series, span: Span, reason: str, opens_ms: Sequence[int]) -> CandlesMissing:
    if reason == NONE_THERE and (not opens_ms or span.until_ms <= opens_ms[0]):
        reason = NOT_YET
    instrument, timeframe = series
    return CandlesMissing(
        time_ms=span.until_ms,
        instrument=instrument,
        timeframe=timeframe,
        from_ms=span.from_ms,
        until_ms=span.until_ms,
        reason=reason,
    )
