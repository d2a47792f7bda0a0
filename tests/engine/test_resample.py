"""Longer candles of shorter ones: as a look at each interval by itself makes them, and as the venues make them."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from builtin.ccxt.kit import Scene, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstar.app.history.patient import Patience, PatientHistory
from twinstar.domain import Candle, CandlesMissing, InstrumentId, Source, Timeframe
from twinstar.engine.candles import adds_up, resample
from twinstar.engine.spans import Span, holes, pages
from twinstar.runtime.clock import SystemClock

OF = InstrumentId("BTC/USDT", "any")
MONDAY_MS = 1_704_067_200_000  # 2024-01-01, a Monday and the first of a month
PAIRS = [(base, to) for base in Timeframe for to in Timeframe if adds_up(base, to)]
DAY = Timeframe.D1.after(0)


def candle(random: Random, timeframe: Timeframe, open_ms: int) -> Candle:
    first, last = Decimal(random.randint(90, 110)), Decimal(random.randint(90, 110))
    return Candle(
        instrument=OF,
        timeframe=timeframe,
        open_ms=open_ms,
        open=first,
        high=max(first, last) + random.randint(0, 5),
        low=min(first, last) - random.randint(0, 5),
        close=last,
        volume=Decimal(random.randint(0, 9)) / 4,
        source=random.choice(list(Source)),
    )


def missing(span: Span, timeframe: Timeframe) -> CandlesMissing:
    return CandlesMissing(
        time_ms=span.until_ms,
        instrument=OF,
        timeframe=timeframe,
        from_ms=span.from_ms,
        until_ms=span.until_ms,
        reason="the venue has none",
    )


def by_hand(given: list[Candle], base: Timeframe, to: Timeframe, known: set[int]) -> list[Candle]:
    """Interval by interval, and in each of them every place that a candle could have."""
    made = []
    for open_ms in sorted({to.floor(one.open_ms) for one in given}):
        parts, place = [], open_ms
        while place < to.after(open_ms):
            parts += [one for one in given if one.open_ms == place] or ([] if place in known else [None])
            place = base.after(place)
        if None not in parts:
            made.append(
                Candle(
                    instrument=OF,
                    timeframe=to,
                    open_ms=open_ms,
                    open=parts[0].open,
                    high=max(part.high for part in parts),
                    low=min(part.low for part in parts),
                    close=parts[-1].close,
                    volume=sum(part.volume for part in parts),
                    source=next(
                        source
                        for source in (Source.TRADES, Source.UNFLAGGED, Source.STREAM, Source.REST)
                        if source in {part.source for part in parts}
                    ),
                )
            )
    return made


@settings(max_examples=60, deadline=None)
@given(
    pair=st.sampled_from([(base, to) for base, to in PAIRS if to.after(0) // base.after(0) <= 100]),
    random=st.randoms(use_true_random=False),
    absent=st.sets(st.integers(0, 150), max_size=8),
    known=st.sets(st.integers(0, 150), max_size=8),
)
def test_each_whole_interval_is_made_of_all_its_parts(
    pair: tuple[Timeframe, Timeframe], random: Random, absent: set[int], known: set[int]
) -> None:
    base, to = pair
    places = [base.back(MONDAY_MS, -(n + random.choice((0, 3)))) for n in range(150)]
    given = [candle(random, base, open_ms) for n, open_ms in enumerate(sorted(set(places))) if n not in absent]
    gaps = [Span(base.back(MONDAY_MS, -n), base.back(MONDAY_MS, -n - 1)) for n in known]
    shuffled = random.sample(given, len(given))
    made = resample(shuffled, to, [missing(gap, base) for gap in gaps])
    assert made == by_hand(given, base, to, {gap.from_ms for gap in gaps})


def test_which_timeframes_add_up_to_which() -> None:
    assert [to.value for base, to in PAIRS if base is Timeframe.M15] == [
        "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w", "1M",
    ]  # fmt: skip
    assert [to.value for base, to in PAIRS if base is Timeframe.H8] == ["8h", "1d", "1w", "1M"]
    assert [to.value for base, to in PAIRS if base is Timeframe.W1] == ["1w"]
    for base, to in PAIRS:
        for n in range(40):
            open_ms = to.back(to.floor(MONDAY_MS), n)
            assert base.floor(open_ms) == open_ms


@pytest.mark.parametrize(("base", "to"), [("3m", "5m"), ("8h", "12h"), ("1w", "1M"), ("1h", "1m"), ("1M", "1w")])
def test_timeframes_that_do_not_fit_are_refused(base: str, to: str) -> None:
    with pytest.raises(ValueError, match=f"candles of {base} do not add up to candles of {to}"):
        resample([candle(Random(1), Timeframe(base), MONDAY_MS)], Timeframe(to))


def test_candles_of_two_series_are_never_mixed() -> None:
    minute, hour = (candle(Random(1), timeframe, MONDAY_MS) for timeframe in (Timeframe.M1, Timeframe.H1))
    with pytest.raises(ValueError, match="several series"):
        resample([minute, hour], Timeframe.D1)
    assert resample([], Timeframe.D1) == []


@pytest.mark.parametrize("name", ["binanceusdm", "upbit"])
@pytest.mark.parametrize(
    ("base", "history", "longer"),
    [
        (Timeframe.M1, 1_500, (Timeframe.M15, Timeframe.H1, Timeframe.H4)),
        pytest.param(
            Timeframe.M15,
            46_000,  # a month and a day
            (Timeframe.H4, Timeframe.D1, Timeframe.W1, Timeframe.MONTH),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["of minutes", "of quarters"],
)
async def test_the_venues_own_longer_candles_are_the_same(
    name: str, base: Timeframe, history: int, longer: tuple[Timeframe, ...]
) -> None:
    """What the venue has no candle for, it has left out of its longer candles too."""
    async with scene(name, history=history) as one:
        one.begin_a_minute()
        now_ms = one.exchange.clock.market_ms()
        begin_ms = min(timeframe.floor(now_ms - history * 60_000) for timeframe in longer)
        short = await all_of(one, base, Span(begin_ms, base.floor(now_ms)))
        told = Span(begin_ms, base.after(short[-1].open_ms))
        gaps = [missing(hole, base) for hole in holes((each.open_ms for each in short), base, told)]
        for timeframe in longer:
            ours = resample(short, timeframe, gaps)
            theirs = await all_of(one, timeframe, Span(timeframe.floor(begin_ms), timeframe.floor(now_ms)))
            assert ours == theirs
            assert ours


async def all_of(one: Scene, timeframe: Timeframe, span: Span) -> list[Candle]:
    """A few at a time: Upbit refuses more than ten requests a second."""
    history = PatientHistory(one.venue.history, Patience(SystemClock(), Random(1)))
    found: list[Candle] = []
    for page in reversed([*pages(span, timeframe, 600)]):
        found += await history.candles(one.instrument, timeframe, page.from_ms, page.until_ms)
    return found
