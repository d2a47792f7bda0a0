"""Silence is judged by asking the venue: a quiet market is left alone, a dead line is found, in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from twinstar.domain import InstrumentId
from twinstar.errors import VenueUnavailable
from twinstar.ports import Venue
from twinstar.runtime.vigil import Patience, Turns, Vigil
from twinstar.testing import LoopClock, run_virtual

BTC = InstrumentId("BTC/USDT:USDT", "perp")

Pulse = Callable[[], Awaitable[int | None]]


class Scene:
    """Instruments at a venue that trades as the test says, and a line that may be dead."""

    def __init__(self, pulse: Callable[[], int | None], *, answers_in_s: float = 0.0, instruments: int = 1) -> None:
        self.asked_s: list[float] = []
        self._pulse, self._answers_in_s = pulse, answers_in_s
        venue, turns = Venue(id="perp", streams=self, pulse=self.pulse), Turns()
        self.vigils = [
            Vigil(venue, BTC, patience=Patience(), turns=turns, clock=LoopClock()) for _ in range(instruments)
        ]

    async def pulse(self, instrument: InstrumentId) -> int | None:
        self.asked_s.append(now())
        await asyncio.sleep(self._answers_in_s)
        return self._pulse()

    async def watch(self, for_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(for_s), asyncio.TaskGroup() as tasks:
                for vigil in self.vigils:
                    tasks.create_task(vigil.keep())

    async def speak(self, every_s: float, until_s: float) -> None:
        while now() < until_s:
            await asyncio.sleep(every_s)
            for vigil in self.vigils:
                vigil.heard()

    async def watch_while_it_speaks(self, every_s: float, until_s: float, *, for_s: float) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.speak(every_s, until_s))
            await self.watch(for_s)


def now() -> float:
    return asyncio.get_running_loop().time()


def trades() -> int:
    """A market that trades all the time."""
    return int(now() * 1_000)


def play(scene: Callable[[], Awaitable[None]]) -> None:
    async def wrapped() -> None:
        await scene()

    run_virtual(wrapped())


def test_a_line_that_is_silent_while_the_market_trades_is_dead_within_five_seconds():
    async def scene() -> None:
        with pytest.RaisesGroup(pytest.RaisesExc(VenueUnavailable, match="silent for [45] s while the market traded")):
            await Scene(trades).watch(60)
        assert now() <= 5

    play(scene)


def test_of_hundreds_that_fall_silent_together_a_few_are_asked_about_and_the_line_is_found_dead_as_soon():
    async def scene() -> None:
        one = Scene(trades, answers_in_s=0.2, instruments=300)
        with pytest.raises(ExceptionGroup, match="TaskGroup") as found:
            await one.watch(60)
        assert found.group_contains(VenueUnavailable, match="while the market traded")
        assert now() <= 5.2
        assert len(one.asked_s) < 50

    play(scene)


def test_a_slow_stream_is_doubted_later_and_its_death_is_found_within_half_a_minute():
    async def scene() -> None:
        one = Scene(trades)
        with pytest.RaisesGroup(VenueUnavailable, flatten_subgroups=True):
            await one.watch_while_it_speaks(2.5, 600, for_s=3_600)
        assert not [s for s in one.asked_s if 10 < s < 600 + 7]
        assert now() <= 630

    play(scene)


def test_a_slow_stream_that_speaks_is_not_asked_about():
    async def scene() -> None:
        one = Scene(trades)
        await one.speak(2.5, 60)
        await one.watch_while_it_speaks(2.5, 3_600, for_s=3_000)
        assert one.asked_s == []

    play(scene)


def test_a_quiet_market_is_left_alone_and_asked_ever_more_seldom():
    async def scene() -> None:
        one = Scene(lambda: 7)
        await one.watch(3_600)
        assert 100 < len(one.asked_s) < 150
        assert one.asked_s[1] - one.asked_s[0] < 8
        assert 29 <= one.asked_s[-1] - one.asked_s[-2] <= 31

    play(scene)


def test_a_market_that_has_never_traded_is_a_quiet_one_until_it_does():
    async def scene() -> None:
        with pytest.RaisesGroup(VenueUnavailable):
            await Scene(lambda: None if now() < 600 else trades()).watch(3_600)
        assert 600 < now() <= 632

    play(scene)


def test_when_a_quiet_market_wakes_up_and_the_line_does_not_it_is_found_within_half_a_minute():
    async def scene() -> None:
        with pytest.RaisesGroup(VenueUnavailable):
            await Scene(lambda: 7 if now() < 600 else trades()).watch(3_600)
        assert 600 < now() <= 632

    play(scene)


def test_a_line_that_speaks_is_never_asked_about():
    async def scene() -> None:
        one = Scene(trades)
        await one.watch_while_it_speaks(1, 600, for_s=600)
        assert one.asked_s == []

    play(scene)


def test_what_comes_while_the_venue_is_asked_clears_the_line():
    async def scene() -> None:
        one = Scene(trades, answers_in_s=1.5)
        await one.watch_while_it_speaks(3, 600, for_s=600)
        assert one.asked_s

    play(scene)


def test_a_silent_line_that_cannot_be_asked_about_is_given_up():
    def down() -> int | None:
        raise VenueUnavailable("perp", "busy")

    async def scene() -> None:
        with pytest.RaisesGroup(pytest.RaisesExc(VenueUnavailable, match="cannot be asked: perp: busy")):
            await Scene(down).watch(60)
        assert now() == pytest.approx(30, abs=0.1)

    play(scene)


def test_a_venue_that_does_not_answer_cannot_put_the_verdict_off():
    async def scene() -> None:
        with pytest.RaisesGroup(pytest.RaisesExc(VenueUnavailable, match="silent for 30 s, and the venue cannot be")):
            await Scene(trades, answers_in_s=1_000).watch(120)
        assert now() == pytest.approx(30, abs=0.1)

    play(scene)
