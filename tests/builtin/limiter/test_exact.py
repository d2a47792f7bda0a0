"""No window of the venue's, wherever it begins, holds more than the cap: against a count by brute force."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from builtin.limiter.limiting import Counter, call, limiter_of, quota
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstar.builtin.limiter.limiter import Limiter
from twinstar.builtin.limiter.window import Window
from twinstar.domain import Answer, Lane, QuotaUse, Scope
from twinstar.errors import VenueRejected
from twinstar.testing import LoopClock, run_virtual

OK = Answer(200, {})
SECOND = quota("second", 10, 1.0)
MINUTE = quota("minute", 100, 60.0, Scope.ACCOUNT)


async def send(limiter: Limiter, lane: Lane, weight: float, counters: list[Counter], random: Random) -> None:
    """The venue counts a request at some moment between its leaving and its answer."""
    clock = LoopClock()
    permit = await limiter.acquire(call(("second", weight), ("minute", 1), lane=lane))
    await asyncio.sleep(random.choice((0.0, random.uniform(0, 0.05), random.uniform(0, 3.0))))
    for counter, amount in zip(counters, (weight, 1), strict=True):
        counter.arrived(clock.monotonic_s(), amount)
    await asyncio.sleep(random.choice((0.0, random.uniform(0, 0.05), random.uniform(0, 3.0))))
    assert all(use.most is not None and 0 < use.ours <= use.most for use in limiter.stats().quotas if use.used)
    limiter.settle(permit, OK)


@given(seed=st.integers(0, 2**32), sharing=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_no_rolling_window_ever_holds_more_than_the_cap_whatever_the_latency(seed: int, sharing: int):
    random = Random(seed)
    counters = [Counter(1.0), Counter(60.0)]

    async def story(directory: Path) -> None:
        limiters = [
            limiter_of(SECOND, MINUTE, clock=LoopClock(), directory=directory if sharing > 1 else None)
            for _ in range(sharing)
        ]
        async with asyncio.TaskGroup() as tasks:
            for _ in range(random.randint(1, 250)):
                limiter, lane = random.choice(limiters), random.choice(list(Lane))
                tasks.create_task(send(limiter, lane, random.randint(1, 10), counters, random))
                if random.random() < 0.1:
                    await asyncio.sleep(random.expovariate(1.0))
        for limiter in limiters:
            limiter.close()

    with TemporaryDirectory() as directory:
        run_virtual(story(Path(directory)))
    assert counters[0].most() <= SECOND.cap
    assert counters[1].most() <= MINUTE.cap


def test_a_limiter_that_lets_too_much_go_shows_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Window, "room", lambda *_: 1_000.0)

    async def story() -> QuotaUse:
        limiter = limiter_of(quota("second", 10, 1.0), clock=LoopClock())
        for number in range(11):
            permit = await limiter.acquire(call(("second", 1)))
            if number % 2:
                limiter.settle(permit, OK)
        (use,) = limiter.stats().quotas
        return use

    use = run_virtual(story())
    assert (use.ours, use.most) == (11, 10)


def test_at_full_pressure_almost_all_of_the_cap_is_used():
    async def story() -> float:
        limiter, random = limiter_of(quota("second", 10, 1.0), clock=LoopClock()), Random(1)
        counter = Counter(1.0)

        async def keep_sending() -> None:
            while True:
                weight = random.randint(1, 3)
                permit = await limiter.acquire(call(("second", weight), lane=random.choice(list(Lane))))
                await asyncio.sleep(0.002)
                counter.arrived(LoopClock().monotonic_s(), weight)
                limiter.settle(permit, OK)

        async with asyncio.TaskGroup() as tasks:
            senders = [tasks.create_task(keep_sending()) for _ in range(40)]
            await asyncio.sleep(60)
            for sender in senders:
                sender.cancel()
        assert counter.most() <= 10
        return sum(weight for _, weight in counter.arrivals) / (10 * 60)

    assert run_virtual(story()) >= 0.97


def test_a_request_that_no_window_could_ever_let_pass_is_refused_by_name_and_charges_nothing():
    async def story() -> None:
        limiter = limiter_of(SECOND, MINUTE, clock=LoopClock())
        with pytest.raises(VenueRejected, match="GET / weighs 11, but second allows 10 in 1 s"):
            await limiter.acquire(call(("minute", 1), ("second", 11)))
        assert all(use.used == 0 for use in limiter.stats().quotas)
        limiter.settle(await limiter.acquire(call(("second", 10))), OK)

    run_virtual(story())


def test_all_windows_of_a_request_are_charged_or_none():
    async def story() -> None:
        limiter = limiter_of(SECOND, MINUTE, clock=LoopClock())
        limiter.settle(await limiter.acquire(call(("second", 10))), OK)
        async with asyncio.TaskGroup() as tasks:
            waits = tasks.create_task(limiter.acquire(call(("minute", 7), ("second", 1))))
            await asyncio.sleep(0.5)
            assert {use.quota: use.used for use in limiter.stats().quotas} == {"second": 10, "minute": 0}
            await waits
        assert {use.quota: use.used for use in limiter.stats().quotas} == {"second": 1, "minute": 7}

    run_virtual(story())


def test_what_was_not_sent_is_given_back():
    async def story() -> None:
        limiter = limiter_of(SECOND, clock=LoopClock())
        permit = await limiter.acquire(call(("second", 10)))
        async with asyncio.TaskGroup() as tasks:
            next_one = tasks.create_task(limiter.acquire(call(("second", 10))))
            await asyncio.sleep(0.1)
            assert not next_one.done()
            limiter.give_back(permit)
            await asyncio.sleep(0.001)
            assert next_one.done()
        assert limiter.stats().metered == 1

    run_virtual(story())


def test_a_request_that_stays_on_its_way_keeps_its_place_in_the_window():
    async def story() -> float:
        limiter, clock = limiter_of(SECOND, clock=LoopClock()), LoopClock()
        slow = await limiter.acquire(call(("second", 10)))
        await asyncio.sleep(5)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(limiter.acquire(call(("second", 1))))
            await asyncio.sleep(2)
            limiter.settle(slow, OK)  # at 7 s: the venue may have counted it only now
        return clock.monotonic_s()

    assert 8.0 <= run_virtual(story()) < 8.1
