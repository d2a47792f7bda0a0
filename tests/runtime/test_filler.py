"""What no stream tells comes from the history, soon, in order, and without any stream waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from runtime.test_candles import BTC, MINUTE, Archive, Listener, candle, story

from twinstar.domain import Candle, CandleClosed, InstrumentId, Source, Timeframe
from twinstar.errors import VenueUnavailable
from twinstar.ports import Venue
from twinstar.runtime.filler import Filler
from twinstar.runtime.vigil import Patience
from twinstar.testing import LoopClock, run_virtual
from twinstar.testing.virtual import EPOCH_MS

NOW = EPOCH_MS // MINUTE  # the minute in which the virtual clock begins; it is 20 s old


class Living(Archive):
    """A history that has each minute once it is over, and answers after a while."""

    def __init__(self, *, answers_in_s: float = 0.1) -> None:
        super().__init__(())
        self._answers_in_s = answers_in_s

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        self.minutes = set(range(NOW - 50, LoopClock().now_ms() // MINUTE))
        await asyncio.sleep(self._answers_in_s)
        return await super().candles(instrument, timeframe, from_ms, until_ms)


class Scene:
    def __init__(self, archive: Archive, speed: float, known: int | None) -> None:
        """``known``: the last minute that an earlier life was told."""
        self.listener = Listener(archive, warm_up=3)
        self.listener.last = None if known is None else known * MINUTE
        self.pulses = 0
        self.filler = Filler(
            Venue(id="perp", streams=self, pulse=self.pulse, market_speed=speed),
            BTC,
            Timeframe.M1,
            candles=self.listener.candles,
            patience=Patience(),
            clock=LoopClock(),
        )
        self.told_s: dict[int, float] = {}
        self.listener.heard = self._heard

    async def pulse(self, instrument: InstrumentId) -> int | None:
        self.pulses += 1
        return LoopClock().now_ms()

    def _heard(self, one: Candle) -> None:
        self.told_s[one.open_ms // MINUTE] = LoopClock().monotonic_s()
        self.filler.told(one)

    def take(self, minute: int) -> None:
        self.filler.take(CandleClosed(time_ms=0, candle=candle(minute)))

    def late_s(self, minute: int) -> float:
        """After its end, a candle was told."""
        return self.told_s[minute] - ((minute + 1) * MINUTE - EPOCH_MS) / 1_000

    @property
    def minutes(self) -> list[int]:
        return [abs(line) for line in story(self.listener.told)]


def play(
    archive: Archive, acts: Callable[[Scene], Awaitable[None]], *, speed: float = 1.0, known: int | None = None
) -> Scene:
    async def staged() -> Scene:
        scene = Scene(archive, speed, known)
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(scene.filler.keep())
            await acts(scene)
            keeping.cancel()
        return scene

    return run_virtual(staged())


def test_a_series_begins_with_what_a_strategy_needs_to_warm_up() -> None:
    one = play(Living(), lambda _: asyncio.sleep(4))
    assert one.minutes == [NOW - 3, NOW - 2, NOW - 1]


@pytest.mark.parametrize(("known", "pulses"), [(NOW - 5, 0), (NOW - 50, 0), (NOW - 51, 1)])
def test_after_a_short_absence_the_clock_says_what_is_missing_and_after_a_long_one_the_market(
    known: int, pulses: int
) -> None:
    one = play(Living(), lambda _: asyncio.sleep(4), known=known)
    assert one.minutes[-4:] == [NOW - 4, NOW - 3, NOW - 2, NOW - 1]
    assert one.pulses == pulses


def test_a_candle_that_no_stream_closes_comes_from_the_history_a_few_seconds_after_its_end() -> None:
    one = play(Living(), lambda _: asyncio.sleep(600))
    assert one.minutes == list(range(NOW - 3, NOW + 10))
    assert all(2 <= one.late_s(minute) <= 3 for minute in range(NOW, NOW + 10))


def test_a_market_that_is_faster_than_the_clock_is_followed_without_falling_behind() -> None:
    """As a simulated one is: only the beat of its candles says when the next one is over."""

    async def acts(one: Scene) -> None:
        await asyncio.sleep(41)
        one.take(NOW)
        await asyncio.sleep(600)

    scene = play(Living(answers_in_s=1.0), acts, speed=1.000_001)
    assert all(scene.late_s(minute) <= 4.5 for minute in range(NOW + 1, NOW + 9))


def test_it_comes_as_soon_when_the_last_one_was_late() -> None:
    """As after a gap, or a start in the middle of an hour: the clock says when the next one is over."""

    async def acts(one: Scene) -> None:
        await asyncio.sleep(75)
        one.take(NOW)  # 35 s late
        await asyncio.sleep(60)

    scene = play(Living(), acts)
    assert scene.late_s(NOW + 1) <= 3


def test_a_candle_that_follows_the_last_one_waits_for_nobody() -> None:
    async def acts(one: Scene) -> None:
        await asyncio.sleep(41)
        one.take(NOW)
        assert one.minutes[-1] == NOW

    play(Living(), acts)


def test_a_candle_whose_gap_is_being_filled_keeps_no_stream_waiting_and_follows_in_order() -> None:
    async def acts(one: Scene) -> None:
        await asyncio.sleep(161)
        one.take(NOW + 2)
        assert one.minutes[-1] == NOW
        await one.filler.done()
        assert one.minutes == list(range(NOW - 3, NOW + 3))

    scene = play(Living(answers_in_s=70), acts)
    assert [one.candle.source for one in scene.listener.told[-2:]] == [Source.REST, Source.STREAM]


def test_a_history_that_is_away_is_asked_again_before_long() -> None:
    class Away(Living):
        async def candles(
            self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
        ) -> Sequence[Candle]:
            if 30 < LoopClock().monotonic_s() < 300:
                raise VenueUnavailable("perp", "busy")
            return await super().candles(instrument, timeframe, from_ms, until_ms)

    one = play(Away(), lambda _: asyncio.sleep(390))
    assert one.told_s[NOW + 4] == pytest.approx(300, abs=10)
    assert one.minutes == list(range(NOW - 3, NOW + 6))


def test_of_candles_that_wait_too_many_the_oldest_come_from_the_history() -> None:
    async def acts(one: Scene) -> None:
        await asyncio.sleep(4)
        for minute in range(NOW + 1, NOW + 301):
            one.take(minute)
        await asyncio.sleep(301 * 60)

    one = play(Living(answers_in_s=5), acts)
    assert one.minutes == list(range(NOW - 3, one.minutes[-1] + 1))
    assert one.minutes[-1] >= NOW + 300
