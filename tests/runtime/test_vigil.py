"""Silence is judged by asking the venue: a quiet market is left alone, a dead line is found, in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from runtime.test_candles import BTC, MINUTE, Archive, Listener, candle

from twinstar.domain import Candle, CandleClosed, InstrumentId, Notice, Source, Timeframe
from twinstar.errors import VenueUnavailable
from twinstar.ports import Venue
from twinstar.runtime.vigil import LOOK_EVERY_S, Patience, Vigil
from twinstar.testing import LoopClock, run_virtual


class Scene:
    """One instrument at a venue that trades as the test says, and a line that may be dead."""

    def __init__(self, archive: Archive | None = None, *, pulse: Callable[[], int | None] | None = None) -> None:
        self.asked_s: list[float] = []
        self.notices: list[Notice] = []
        self.listener = Listener(archive, warm_up=3)
        self._pulse = pulse
        venue = Venue(id="perp", streams=self, pulse=self.pulse if pulse else None)
        self.vigil = Vigil(
            venue,
            BTC,
            Timeframe.M1,
            candles=self.listener.candles,
            patience=Patience(),
            clock=LoopClock(),
            tell=self.notices.append,
        )

    async def pulse(self, instrument: InstrumentId) -> int | None:
        self.asked_s.append(now())
        return self._pulse() if self._pulse else None

    async def take(self, one: Candle) -> None:
        self.vigil.heard()
        await self.listener.candles.take(CandleClosed(time_ms=0, candle=one))
        self.vigil.told()

    async def watch(self, for_s: float, *, line_is_up: bool = True) -> None:
        end_s = now() + for_s
        while now() < end_s:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.vigil.look(line_is_up=line_is_up)

    def minutes(self) -> list[int]:
        return [e.candle.open_ms // MINUTE for e in self.listener.told if isinstance(e, CandleClosed)]


def now() -> float:
    return asyncio.get_running_loop().time()


def play(scene: Callable[[], Awaitable[None]]) -> None:
    async def wrapped() -> None:
        await scene()

    run_virtual(wrapped())


def test_a_line_that_is_silent_while_the_market_trades_is_dead_within_eleven_seconds():
    async def scene() -> None:
        one = Scene(pulse=lambda: int(now() * 1_000))
        with pytest.raises(VenueUnavailable, match="silent for 10 s while the market traded"):
            await one.watch(60)
        assert now() <= 11.5

    play(scene)


def test_a_quiet_market_is_left_alone_and_asked_ever_more_seldom():
    async def scene() -> None:
        one = Scene(pulse=lambda: 7)
        await one.watch(3_600)
        assert 100 < len(one.asked_s) < 150
        assert one.asked_s[1] - one.asked_s[0] < 8
        assert 29 <= one.asked_s[-1] - one.asked_s[-2] <= 31

    play(scene)


def test_when_a_quiet_market_wakes_up_and_the_line_does_not_it_is_found_within_half_a_minute():
    async def scene() -> None:
        one = Scene(pulse=lambda: 7 if now() < 600 else int(now() * 1_000))
        with pytest.raises(VenueUnavailable):
            await one.watch(3_600)
        assert 600 < now() <= 632

    play(scene)


def test_a_line_that_speaks_is_never_asked_about():
    async def scene() -> None:
        one = Scene(pulse=lambda: int(now() * 1_000))
        for _ in range(100):
            await one.watch(4)
            one.vigil.heard()
        assert one.asked_s == []

    play(scene)


def test_a_silent_line_that_cannot_be_asked_about_is_given_up():
    def down() -> int | None:
        raise VenueUnavailable("perp", "busy")

    async def scene() -> None:
        one = Scene(pulse=down)
        with pytest.raises(VenueUnavailable, match="cannot be asked"):
            await one.watch(60)
        assert 30 <= now() <= 36

    play(scene)


def test_while_there_is_no_line_nobody_judges_its_silence():
    async def scene() -> None:
        one = Scene(pulse=lambda: int(now() * 1_000))
        await one.watch(120, line_is_up=False)

    play(scene)


def test_the_first_look_brings_what_a_strategy_needs_to_warm_up():
    async def scene() -> None:
        one = Scene(Archive(range(10)), pulse=lambda: 10 * MINUTE + 5)
        await one.watch(4)
        assert one.minutes() == [7, 8, 9]

    play(scene)


def test_a_candle_that_no_stream_closes_comes_from_the_history_soon_after_its_end():
    class Growing(Archive):
        async def candles(
            self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
        ) -> Sequence[Candle]:
            self.minutes = set(range(int(now() // 60)))
            return await super().candles(instrument, timeframe, from_ms, until_ms)

    async def scene() -> None:
        one = Scene(Growing(()))
        await asyncio.sleep(60)
        await one.take(candle(0))
        for minutes in range(2, 10):
            await one.watch(60, line_is_up=False)
            await one.watch(0.5 if now() > minutes * 60 + 5 else 4, line_is_up=False)
            assert one.minutes()[-1] >= minutes - 2
        assert one.minutes() == list(range(one.minutes()[-1] + 1))

    play(scene)


def test_what_trades_built_is_confirmed_after_a_few_seconds_and_a_difference_is_told():
    async def scene() -> None:
        one = Scene(Archive(range(10)))
        await one.take(candle(1, Source.TRADES))
        await one.watch(8)
        assert one.notices == []
        await one.take(Candle(**{**_fields(candle(2, Source.TRADES)), "close": candle(9).close}))
        await one.watch(8)
        assert "1 candles built from trades differed" in one.notices[0].text

    play(scene)


def _fields(one: Candle) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__struct_fields__}
