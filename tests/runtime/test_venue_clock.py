"""How well a venue's time is known, and that we never claim to know it better."""

from __future__ import annotations

from random import Random

import pytest
from fakes import FakeClock
from hypothesis import given
from hypothesis import strategies as st

from twinstar.ports import TimeSample
from twinstar.runtime.venue_clock import STRAYS, MeasuredClock

HOUR_MS = 3_600_000
SEEDS = range(50)


class TwoClocks:
    """A venue whose clock is ``ahead_ms`` of the wall, and a wall that can be turned."""

    def __init__(self, *, ahead_ms: float = 12_345.678, drift: float = 0.0) -> None:
        self.now_s, self.wall_ms = 1_000.0, 1_700_000_000_000.0
        self.ahead_ms, self.drift = ahead_ms, drift
        self.measured = MeasuredClock(self)

    def monotonic_s(self) -> float:
        return self.now_s

    def now_ms(self) -> int:
        return int(self.wall_ms)

    async def sleep(self, seconds: float) -> None:
        self.passes(seconds)

    def passes(self, seconds: float) -> None:
        self.now_s += seconds
        self.wall_ms += seconds * 1_000
        self.ahead_ms += seconds * 1_000 * self.drift

    def turn_the_wall(self, by_ms: float) -> None:
        """The venue's clock stays where it is."""
        self.wall_ms += by_ms
        self.ahead_ms -= by_ms

    @property
    def venue_ms(self) -> float:
        return self.wall_ms + self.ahead_ms

    def ask(self, there_ms: float, back_ms: float, *, resolution_ms: int = 1, lie_ms: int = 0) -> TimeSample:
        sent_s = self.now_s
        self.passes(there_ms / 1_000)
        told_ms = int(self.venue_ms // resolution_ms * resolution_ms) + lie_ms
        self.passes(back_ms / 1_000)
        sample = TimeSample(sent_s=sent_s, received_s=self.now_s, venue_ms=told_ms, resolution_ms=resolution_ms)
        self.measured.take(sample)
        return sample

    @property
    def error_ms(self) -> float:
        return abs(self.measured.now_ms() - self.venue_ms)

    @property
    def uncertainty_ms(self) -> float:
        estimate = self.measured.estimate()
        assert estimate
        return estimate.uncertainty_ms + 1.0  # `now_ms` and the wall are whole milliseconds


def test_until_the_venue_has_told_its_time_ours_has_to_do():
    clocks = TwoClocks()
    assert clocks.measured.now_ms() == clocks.now_ms()
    assert clocks.measured.estimate() is None


@pytest.mark.parametrize("seed", SEEDS)
def test_over_a_symmetric_way_of_200_ms_the_error_is_at_most_5_ms(seed: int):
    random, clocks = Random(seed), TwoClocks()
    for _ in range(8):
        clocks.ask(100, 100)
        assert clocks.error_ms <= 5
        clocks.passes(random.uniform(0, 20))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_delays_an_answer_more_than_others_does_no_harm(seed: int):
    random, clocks = Random(seed), TwoClocks()
    for _ in range(8):
        clocks.ask(100 + random.expovariate(1 / 50), 100 + random.expovariate(1 / 50))
        clocks.passes(1)
    assert clocks.error_ms <= 25
    assert clocks.error_ms <= clocks.uncertainty_ms


@given(
    ways=st.lists(
        st.tuples(st.floats(0, 3_000), st.floats(0, 3_000), st.floats(0, 120), st.sampled_from([1, 1_000])),
        min_size=1,
        max_size=80,
    ),
    drift=st.floats(-0.0004, 0.0004),
    ahead_ms=st.floats(-2 * HOUR_MS, 2 * HOUR_MS),
)
def test_the_error_is_never_beyond_what_we_say_it_may_be(
    ways: list[tuple[float, float, float, int]], drift: float, ahead_ms: float
):
    clocks = TwoClocks(ahead_ms=ahead_ms, drift=drift)
    for there_ms, back_ms, pause_s, resolution_ms in ways:
        clocks.ask(there_ms, back_ms, resolution_ms=resolution_ms)
        assert clocks.error_ms <= clocks.uncertainty_ms
        clocks.passes(pause_s)
        assert clocks.error_ms <= clocks.uncertainty_ms


@pytest.mark.parametrize(("there_ms", "back_ms"), [(400, 0), (0, 400)])
def test_a_one_sided_way_of_400_ms_is_within_the_uncertainty(there_ms: int, back_ms: int):
    clocks = TwoClocks()
    for _ in range(20):
        clocks.ask(there_ms, back_ms)
        assert clocks.error_ms <= clocks.uncertainty_ms <= 205
        clocks.passes(15)


@pytest.mark.parametrize("step_ms", [HOUR_MS, -HOUR_MS])
def test_a_step_of_our_wall_clock_by_an_hour_does_not_touch_the_venues_time(step_ms: int):
    clocks = TwoClocks()
    clocks.ask(100, 100)
    clocks.turn_the_wall(step_ms)
    assert clocks.error_ms <= 5
    clocks.ask(100, 100)
    assert clocks.error_ms <= 5
    estimate = clocks.measured.estimate()
    assert estimate
    assert estimate.offset_ms == pytest.approx(12_345.678 - step_ms, abs=5)


def test_one_answer_that_contradicts_the_others_is_not_believed():
    clocks = TwoClocks()
    clocks.ask(20, 20)
    for lie_ms in (HOUR_MS, -HOUR_MS, 5_000, -800):
        clocks.ask(20, 20, lie_ms=lie_ms)
        assert clocks.error_ms <= 5
        clocks.ask(20, 20)
        assert clocks.error_ms <= 5


def test_answers_that_also_contradict_each_other_are_never_believed():
    clocks, random = TwoClocks(), Random(1)
    clocks.ask(20, 20)
    for _ in range(40):
        clocks.ask(20, 20, lie_ms=random.randrange(1_000, 10_000_000, 997))
    assert clocks.error_ms <= 5


@pytest.mark.parametrize("jump_ms", [HOUR_MS, -HOUR_MS, 1_000, -1_000])
def test_when_the_venue_itself_sets_its_clock_we_follow_after_three_answers(jump_ms: int):
    clocks = TwoClocks()
    for _ in range(40):
        clocks.ask(20, 20)
    clocks.ahead_ms += jump_ms
    for told in range(STRAYS):
        assert clocks.measured.strays == told
        clocks.ask(20, 20)
    assert clocks.error_ms <= 5
    assert clocks.measured.strays == 0


def test_a_clock_that_drifts_is_followed():
    clocks = TwoClocks(drift=0.0002)
    for _ in range(500):
        clocks.ask(50, 50)
        clocks.passes(15)
        assert clocks.error_ms <= min(clocks.uncertainty_ms, 10)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clock_of_whole_seconds_is_known_to_a_fraction_by_asking_when_it_turns(seed: int):
    random = Random(seed)
    clocks = TwoClocks(ahead_ms=random.uniform(-5_000, 5_000))
    clocks.ask(20, 20, resolution_ms=1_000)
    assert clocks.uncertainty_ms > 500
    for _ in range(11):
        clocks.passes(clocks.measured.wait_for_edge_s(1_000, 0.02))
        clocks.ask(20, 20, resolution_ms=1_000)
    assert clocks.error_ms <= clocks.uncertainty_ms <= 30


async def test_a_doubt_wakes_whoever_keeps_the_time_once(clock: FakeClock):
    measured = MeasuredClock(clock)
    measured.doubt()
    measured.doubt()
    await measured.doubted()
    assert not measured._doubted.is_set()
