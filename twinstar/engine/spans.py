"""Stretches of time, and what a series of candles lacks of them. Pure; every bound is the open of some candle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from twinstar.domain import Timeframe

FAR_MS = 1 << 52  # later than any candle


class Span(Struct, frozen=True, order=True):
    """From the one and before the other."""

    from_ms: int
    until_ms: int

    def __contains__(self, time_ms: int) -> bool:
        return self.from_ms <= time_ms < self.until_ms


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order; those that meet or overlap become one, empty ones none."""
    whole: list[Span] = []
    for span in sorted(span for span in spans if span.from_ms < span.until_ms):
        if whole and span.from_ms <= whole[-1].until_ms:
            whole[-1] = Span(whole[-1].from_ms, max(whole[-1].until_ms, span.until_ms))
        else:
            whole.append(span)
    return whole


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of spans when others are cut out of them."""
    left, cuts, place = [], merged(taken), 0
    for span in merged(spans):
        from_ms = span.from_ms
        while place < len(cuts) and cuts[place].from_ms < span.until_ms:
            left.append(Span(from_ms, cuts[place].from_ms))
            from_ms = max(from_ms, cuts[place].until_ms)
            if cuts[place].until_ms > span.until_ms:
                break  # It reaches into the next span too.
            place += 1
        left.append(Span(from_ms, span.until_ms))
    return [span for span in left if span.from_ms < span.until_ms]


def common(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What lies in both."""
    spans = merged(spans)
    return without(spans, without(spans, others))


def holes(opens_ms: Iterable[int], timeframe: Timeframe, within: Span) -> list[Span]:
    """The runs of intervals that no candle opens; ``opens_ms`` in order."""
    found, expected_ms = [], within.from_ms
    for open_ms in opens_ms:
        if open_ms in within and open_ms >= expected_ms:
            found.append(Span(expected_ms, open_ms))
            expected_ms = timeframe.after(open_ms)
    found.append(Span(expected_ms, within.until_ms))
    return [span for span in found if span.from_ms < span.until_ms]


def count(span: Span, timeframe: Timeframe) -> int:
    """How many candles a span has room for."""
    if timeframe is Timeframe.MONTH:
        return sum(1 for _ in pages(span, timeframe, 1))
    return max(span.until_ms - span.from_ms, 0) // timeframe.after(0)


def pages(span: Span, timeframe: Timeframe, size: int) -> Iterator[Span]:
    """A span in pieces of ``size`` candles, the newest first."""
    until_ms = span.until_ms
    while span.from_ms < until_ms:
        from_ms = max(timeframe.back(until_ms, size), span.from_ms)
        yield Span(from_ms, until_ms)
        until_ms = from_ms
