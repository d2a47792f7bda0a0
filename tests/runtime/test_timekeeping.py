"""When a venue is asked for its time, and what a person is told, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from random import Random

import pytest

from twinstar.domain import Level, Notice
from twinstar.errors import BadMessage, VenueError, VenueUnavailable
from twinstar.ports import TimeSample
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.tasks import first
from twinstar.runtime.timekeeping import BURST, EVERY_S, RARELY_S, UNCERTAINTY_BOUND_MS, Timekeeper
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.testing import LoopClock, run_virtual

HOUR_MS = 3_600_000
SEEDS = range(20)


class OurClock(LoopClock):
    """Somebody sets it now and then."""

    wrong_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.wrong_ms


class FarVenue:
    """Its clock is right, at the end of a way that takes its time."""

    def __init__(self, seed: int = 1, *, there_ms: float = 100, back_ms: float = 100, resolution_ms: int = 1) -> None:
        self.clock, self.random = OurClock(), Random(seed)
        self.measured = MeasuredClock(self.clock)
        self.there_ms, self.back_ms, self.resolution_ms = there_ms, back_ms, resolution_ms
        self.ahead_ms = 0.0
        self.jitter_ms = 0.0
        self.asked_s: list[float] = []
        self.trouble: VenueError | None = None
        self.notices: list[Notice] = []

    @property
    def now_ms(self) -> float:
        return 1_700_000_000_000 + asyncio.get_running_loop().time() * 1_000 + self.ahead_ms

    async def ask(self) -> TimeSample:
        sent_s = self.clock.monotonic_s()
        self.asked_s.append(sent_s)
        await self.clock.sleep(self._way_ms(self.there_ms) / 1_000)
        if self.trouble is not None:
            raise self.trouble
        told_ms = int(self.now_ms // self.resolution_ms * self.resolution_ms)
        await self.clock.sleep(self._way_ms(self.back_ms) / 1_000)
        return TimeSample(
            sent_s=sent_s,
            received_s=self.clock.monotonic_s(),
            venue_ms=told_ms,
            resolution_ms=self.resolution_ms,
        )

    def _way_ms(self, least_ms: float) -> float:
        return least_ms + (self.random.expovariate(1 / self.jitter_ms) if self.jitter_ms else 0.0)

    @property
    def error_ms(self) -> float:
        return abs(self.measured.now_ms() - self.now_ms)

    @property
    def uncertainty_ms(self) -> float:
        estimate = self.measured.estimate()
        assert estimate
        return estimate.uncertainty_ms + 1.0  # both clocks show whole milliseconds

    async def kept(self, story: Coroutine[None, None, None], *, is_signed: bool = True) -> None:
        tell = self.notices.append
        keeper = Timekeeper(
            "far", self.ask, self.measured, clock=self.clock, random=self.random, tell=tell, is_signed=is_signed
        )
        await first(keeper.run(), story)

    async def passes(self, seconds: float, at_each: Callable[[], None] = lambda: None) -> None:
        for _ in range(round(seconds * 2)):
            await self.clock.sleep(0.5)
            at_each()


@pytest.mark.parametrize("seed", SEEDS)
def test_over_200_ms_there_and_back_we_are_right_to_5_ms_from_the_first_answer_on(seed: int):
    far = FarVenue(seed)

    async def story() -> None:
        await far.measured.known()

        def is_right() -> None:
            assert far.error_ms <= 5

        await far.passes(120, is_right)

    run_virtual(far.kept(story()))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("there_ms", "back_ms", "jitter_ms"), [(400, 0, 0), (0, 400, 0), (100, 100, 80), (5, 300, 40)])
@pytest.mark.parametrize("resolution_ms", [1, 1_000])
def test_on_any_way_we_are_never_more_wrong_than_we_say(
    seed: int, there_ms: float, back_ms: float, jitter_ms: float, resolution_ms: int
):
    far = FarVenue(seed, there_ms=there_ms, back_ms=back_ms, resolution_ms=resolution_ms)
    far.jitter_ms = jitter_ms

    async def story() -> None:
        await far.measured.known()

        def is_honest() -> None:
            assert far.error_ms <= far.uncertainty_ms

        await far.passes(60, is_honest)

    run_virtual(far.kept(story()))


def test_it_is_asked_a_few_times_at_once_and_then_now_and_then():
    far = FarVenue()
    run_virtual(far.kept(far.passes(120)))
    least, most = BURST
    in_the_beginning = [at_s for at_s in far.asked_s if at_s < 10]
    assert least <= len(in_the_beginning) <= most
    assert 110 / (EVERY_S + 1) <= len(far.asked_s) - len(in_the_beginning) <= 120 / (EVERY_S * 0.9)


def test_where_nothing_bears_its_time_it_is_asked_once_and_then_once_a_minute():
    far = FarVenue(resolution_ms=1_000)

    async def story() -> None:
        await far.passes(45)
        assert len(far.asked_s) == 1
        await far.passes(255)
        assert 4 <= len(far.asked_s) <= 1 + 300 / (RARELY_S * 0.9)
        assert far.error_ms <= far.uncertainty_ms <= 700

    run_virtual(far.kept(story(), is_signed=False))


def test_where_nothing_bears_its_time_but_the_way_is_long_it_is_asked_until_it_is_known_to_the_second():
    far = FarVenue(resolution_ms=1_000, there_ms=700, back_ms=700)

    async def story() -> None:
        await far.passes(40)
        assert 1 < len(far.asked_s) <= BURST[1]
        assert far.uncertainty_ms <= UNCERTAINTY_BOUND_MS

    run_virtual(far.kept(story(), is_signed=False))


def test_a_doubt_has_it_asked_at_once_and_many_doubts_no_more_often_than_one():
    far = FarVenue()

    async def story() -> None:
        await far.passes(12)
        far.asked_s.clear()
        for _ in range(100):
            far.measured.doubt()
            await far.clock.sleep(0.01)
        await far.passes(1)

    run_virtual(far.kept(story()))
    assert far.asked_s[0] == pytest.approx(12, abs=0.01)
    assert 2 <= len(far.asked_s) <= BURST[0]


def test_where_only_whole_seconds_are_told_half_a_minute_makes_it_known_to_the_way_there_and_back():
    far = FarVenue(there_ms=20, back_ms=20, resolution_ms=1_000)
    run_virtual(far.kept(_until_known(far, 30, within_ms=40)))


async def _until_known(far: FarVenue, seconds: float, within_ms: float) -> None:
    await far.passes(seconds)
    assert far.error_ms <= far.uncertainty_ms <= within_ms


@pytest.mark.parametrize("step_ms", [HOUR_MS, -HOUR_MS])
def test_a_step_of_our_clock_is_told_once_and_touches_nothing(step_ms: int):
    far = FarVenue()

    async def story() -> None:
        await far.passes(30)
        far.clock.wrong_ms = step_ms

        def is_right() -> None:
            assert far.error_ms <= 5

        await far.passes(60, is_right)
        far.clock.wrong_ms = 0
        await far.passes(30)

    run_virtual(far.kept(story()))
    alarm, again = far.notices
    assert (alarm.level, alarm.venue) == (Level.ALARM, "far")
    assert f"{-step_ms / 1_000:+.1f} s from ours" in alarm.text
    assert again.level is Level.INFO


@pytest.mark.parametrize("jump_ms", [HOUR_MS, -HOUR_MS, 3_000])
def test_when_the_venue_sets_its_clock_we_know_after_one_look_and_two_more(jump_ms: int):
    far = FarVenue()

    async def story() -> None:
        await far.passes(60)
        far.ahead_ms = jump_ms
        await far.passes(EVERY_S + 3)
        assert far.error_ms <= 5

    run_virtual(far.kept(story()))


def test_a_venue_that_does_not_answer_is_asked_less_and_less_until_nobody_knows_the_time():
    far = FarVenue()

    async def story() -> None:
        await far.passes(60)
        far.asked_s.clear()
        far.trouble = BadMessage("far", "time: None is not one")
        await far.passes(3_600)
        assert far.error_ms <= far.uncertainty_ms

    run_virtual(far.kept(story()))
    assert len(far.asked_s) < 3_600 / 20
    (alarm,) = far.notices
    assert alarm.level is Level.ALARM
    assert "signed requests may be refused" in alarm.text


def test_how_long_to_wait_is_obeyed():
    far = FarVenue()
    far.trouble = VenueUnavailable("far", "too many requests", retry_after_s=77.0)
    run_virtual(far.kept(far.passes(200)))
    gaps = [later - earlier for earlier, later in zip(far.asked_s, far.asked_s[1:], strict=False)]
    assert len(gaps) == 2
    assert min(gaps) >= 77


def test_our_own_wall_time_does_not_step_when_somebody_sets_the_machines_clock(monkeypatch: pytest.MonkeyPatch):
    clock = SystemClock()
    before_ms = clock.now_ms()
    monkeypatch.setattr("twinstar.runtime.clock.time.time_ns", lambda: 0)
    assert 0 <= clock.now_ms() - before_ms < 1_000


def test_a_venue_that_tells_any_time_at_all_is_not_asked_any_more_often():
    far = FarVenue(there_ms=1, back_ms=1)

    async def story() -> None:
        await far.passes(60)
        far.asked_s.clear()

        def lies() -> None:
            far.ahead_ms = far.random.uniform(-HOUR_MS, HOUR_MS)

        await far.passes(600, lies)

    run_virtual(far.kept(story()))
    assert len(far.asked_s) <= 600 / (EVERY_S * 0.9) + BURST[1]
