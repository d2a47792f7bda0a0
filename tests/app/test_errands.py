"""What a running service fetches aside: told how far it is, given up with whoever wanted it, and never its own end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from twinstar.app.history import Errands, Opened, errands, fetch, take_stock
from twinstar.app.history.asked import AskedSpans
from twinstar.app.history.errand import Standing, Wish
from twinstar.app.history.fetch import Fetcher
from twinstar.app.history.gaps import left_open
from twinstar.builtin import plugins as builtin_plugins
from twinstar.config import Settings, load
from twinstar.domain import Candle, CandleClosed, CandlesMissing, InstrumentId, Level, Notice, Timeframe
from twinstar.domain.pacing import Lane, current_lane
from twinstar.engine import State
from twinstar.engine.spans import FAR_MS, Span
from twinstar.errors import StateError, TwinStarError, VenueUnavailable
from twinstar.plugin import Plugins
from twinstar.ports import CandleStore, Stored
from twinstar.runtime.backoff import Backoff
from twinstar.runtime.clock import SystemClock

BTC = InstrumentId("BTC/USDT:USDT", "binanceusdm")
SERIES = (BTC, Timeframe.M1)
MINUTE = 60_000
FIRST, COUNT = 20_000 * 1_440, 4_000
PLUGINS = Plugins(builtin_plugins(), third_party=False)
CONFIG = 'venues: {binanceusdm: {mode: sim, instruments: ["BTC/USDT:USDT"]}}'
WISH = msgspec.to_builtins(Wish(series=(SERIES,), since_ms=FIRST * MINUTE))


def candle(minute: int) -> Candle:
    one = Decimal(1)
    return Candle(
        instrument=BTC,
        timeframe=Timeframe.M1,
        open_ms=minute * MINUTE,
        open=one,
        high=one,
        low=one,
        close=one,
        volume=one,
    )


class Minutes:
    """A history that may be away, or not answer."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.answers.set()
        self.away = 0
        self.lanes: set[Lane] = set()

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        self.lanes.add(current_lane())
        await self.answers.wait()
        if self.away:
            self.away -= 1
            raise VenueUnavailable(BTC.venue, "busy")
        begin, end = max(from_ms // MINUTE, FIRST), min(until_ms // MINUTE, FIRST + COUNT)
        return [candle(minute) for minute in range(begin, end)]

    async def market_ms(self, _: InstrumentId) -> int:
        return (FIRST + COUNT) * MINUTE


class Scene:
    def __init__(self, settings: Settings, store: CandleStore) -> None:
        self.settings, self.store, self.history = settings, store, Minutes()
        self.asked = AskedSpans(settings.state_dir)
        self.notices: list[Notice] = []
        self.errands = Errands(self.open, SystemClock(), self.notices.append)

    def open(self) -> Opened:
        stock = take_stock(self.settings, PLUGINS, self.asked)
        fetcher = Fetcher(history=self.history, market_ms=self.history.market_ms, store=self.store, asked=self.asked)
        return Opened(stock=stock, fetchers={BTC.venue: fetcher})

    def begin(self) -> int:
        return int(self.errands.begin(dict(WISH))["number"])

    async def until(self, number: int, seen: Callable[[Standing], bool]) -> Standing:
        async with asyncio.timeout(10):
            while not seen(standing := self.errands.look({"number": number})):  # noqa: ASYNC110 - it has to be asked
                await asyncio.sleep(0.01)
        return standing

    async def told(self, count: int) -> list[Notice]:
        async with asyncio.timeout(10):
            while len(self.notices) < count:  # noqa: ASYNC110 - notices are counted, not told of
                await asyncio.sleep(0.01)
        return self.notices

    def stored(self) -> list[int]:
        read = PLUGINS.registry.store_type("parquet").read
        return [one.open_ms // MINUTE - FIRST for one in read(self.settings.state_dir / "candles", *SERIES, None, None)]


@asynccontextmanager
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG)
    settings = load(config, PLUGINS.registry, tmp_path / "state")
    settings.state_dir.mkdir()
    store = PLUGINS.registry.store_type("parquet").make(settings.state_dir / "candles")
    one = Scene(settings, store)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.errands.run())
        yield one
        running.cancel()
    await store.close()


async def test_what_is_asked_for_is_fetched_in_the_last_lane_and_told_how_far_it_is(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        standing = await one.until(one.begin(), lambda standing: standing.fetched is not None)
        (part,), (fetched,) = standing.parts, standing.fetched or ()
        assert (part.series, part.intervals, part.done) == (SERIES, COUNT, COUNT)
        assert (fetched.candles, fetched.failed) == (COUNT, None)
        assert one.stored() == list(range(COUNT))
        assert one.history.lanes == {Lane.BACKFILL}


async def test_what_nobody_asks_about_any_more_is_given_up_and_goes_on_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "LEASE_S", 0.3)
    monkeypatch.setattr(fetch, "PAGE", 1_000)
    async with scene(tmp_path) as one:
        number = one.begin()
        await one.until(number, lambda standing: any(part.done for part in standing.parts))
        one.history.answers.clear()
        there = len(one.stored())
        await asyncio.sleep(0.8)
        with pytest.raises(TwinStarError, match="begin it anew, it goes on where it was"):
            one.errands.look({"number": number})
        one.history.answers.set()
        assert len(one.stored()) <= there + 1_000
        standing = await one.until(one.begin(), lambda standing: standing.fetched is not None)
        assert standing.parts[0].intervals < COUNT
        assert one.stored() == list(range(COUNT))


async def test_only_so_many_are_done_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        one.history.answers.clear()
        for _ in range(errands.AT_ONCE):
            one.begin()
            await asyncio.sleep(0)
        with pytest.raises(TwinStarError, match="4 backfills are under way already; ask again when one has ended"):
            one.begin()


@pytest.mark.parametrize("args", [{}, {"series": "all", "since_ms": 0}, {**WISH, "whole": 1}])
async def test_a_wish_that_cannot_be_understood_says_what_belongs_into_one(
    tmp_path: Path, args: dict[str, Any]
) -> None:
    async with scene(tmp_path) as one:
        with pytest.raises(TwinStarError, match="a backfill is asked for with series and since_ms: "):
            one.errands.begin(args)


async def test_a_ledger_that_is_damaged_ends_the_errand_and_not_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path) as one:
        right = one.open

        def damaged() -> Opened:
            raise StateError("history.json: damaged; remove it, then the venues are asked again")

        monkeypatch.setattr(one.errands, "_open", damaged)
        standing = await one.until(one.begin(), lambda standing: standing.failed is not None)
        assert "remove it" in str(standing.failed)
        monkeypatch.setattr(one.errands, "_open", right)
        assert (await one.until(one.begin(), lambda standing: standing.fetched is not None)).failed is None


async def test_what_a_gap_left_is_fetched_aside_and_again_where_the_venue_was_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "ANEW", Backoff(first_s=0.05))
    async with scene(tmp_path) as one:
        await one.store.append([candle(FIRST + minute) for minute in range(100)])
        one.history.away = 1
        one.errands.leave(SERIES, Span((FIRST + 100) * MINUTE, (FIRST + 3_000) * MINUTE))
        later, done = await one.told(2)
        assert (later.level, done.level) == (Level.WARNING, Level.INFO)
        assert "the others later: binanceusdm: busy" in later.text
        assert done.text == "2,900 older candles fetched, which no strategy waited for"
        assert one.stored() == list(range(3_000))


def closed(minute: int) -> CandleClosed:
    return CandleClosed(time_ms=0, candle=candle(FIRST + minute))


def test_an_earlier_run_that_was_killed_leaves_its_open_gap_to_the_next_one() -> None:
    state = State()
    assert left_open(state, SERIES, None) is None
    assert left_open(state, SERIES, Stored(1, 0, 7 * MINUTE)) == Span(7 * MINUTE, FAR_MS)
    for minute in (0, 1, 3, 9, 10):
        state.apply(closed(minute))
    assert left_open(state, SERIES, None) == Span((FIRST + 2) * MINUTE, (FIRST + 9) * MINUTE)
    state.apply(
        CandlesMissing(
            time_ms=0,
            instrument=BTC,
            timeframe=Timeframe.M1,
            from_ms=(FIRST + 2) * MINUTE,
            until_ms=(FIRST + 3) * MINUTE,
            reason="the venue has none",
        )
    )
    assert left_open(state, SERIES, None) == Span((FIRST + 4) * MINUTE, (FIRST + 9) * MINUTE)
    for minute in range(11, 1_200):
        state.apply(closed(minute))
    assert left_open(state, SERIES, None) is None
