"""Who goes first, and that nobody is lost."""

from __future__ import annotations

import asyncio
from random import Random

from builtin.limiter.limiting import Counter, call, limiter_of, quota

from twinstar.domain import Answer, Lane, Scope
from twinstar.testing import LoopClock, VirtualLoop, run_virtual

OK = Answer(200, {})
SECOND = quota("second", 10, 1.0)


def test_a_cancel_passes_five_thousand_queued_backfills_within_one_tokens_time():
    async def story() -> float:
        limiter, clock = limiter_of(SECOND, clock=LoopClock()), LoopClock()

        async def backfill() -> None:
            permit = await limiter.acquire(call(("second", 1), lane=Lane.BACKFILL))
            await asyncio.sleep(0.02)
            limiter.settle(permit, OK)

        async with asyncio.TaskGroup() as tasks:
            queued = [tasks.create_task(backfill()) for _ in range(5_000)]
            await asyncio.sleep(3.456)
            asked_s = clock.monotonic_s()
            await limiter.acquire(call(("second", 1), lane=Lane.PROTECT))
            waited_s = clock.monotonic_s() - asked_s
            for task in queued:
                task.cancel()
        return waited_s

    assert run_virtual(story()) <= 1.05  # all ten leave together, so a token comes once a second


def test_a_minute_that_a_burst_of_backfills_used_up_still_has_room_for_a_stop():
    async def story() -> float:
        limiter, clock = limiter_of(quota("minute", 2_400, 60.0), clock=LoopClock()), LoopClock()
        async with asyncio.TaskGroup() as tasks:
            queued = [tasks.create_task(limiter.acquire(call(("minute", 5), lane=Lane.BACKFILL))) for _ in range(600)]
            await asyncio.sleep(1)
            assert sum(task.done() for task in queued) == (2_400 - 48) // 5
            for lane in (Lane.ACCOUNT, Lane.TRADE, Lane.PROTECT):
                await limiter.acquire(call(("minute", 10), lane=lane))
            waited_s = clock.monotonic_s() - 1
            for task in queued:
                task.cancel()
        return waited_s

    assert run_virtual(story()) == 0.0


def test_a_small_minute_that_a_burst_of_backfills_used_up_has_one_left_for_each_lane():
    async def story() -> float:
        limiter, clock = limiter_of(quota("minute", 60, 60.0), clock=LoopClock()), LoopClock()
        async with asyncio.TaskGroup() as tasks:
            queued = [tasks.create_task(limiter.acquire(call(("minute", 1), lane=Lane.BACKFILL))) for _ in range(70)]
            await asyncio.sleep(1)
            for lane in (Lane.MARKET, Lane.ACCOUNT, Lane.TRADE, Lane.PROTECT):
                await limiter.acquire(call(("minute", 1), lane=lane))
            waited_s = clock.monotonic_s() - 1
            for task in queued:
                task.cancel()
        return waited_s

    assert run_virtual(story()) == 0.0


def test_within_a_lane_it_is_first_come_first_served_and_a_heavy_request_is_not_overtaken_for_ever():
    async def story() -> list[int]:
        limiter, went = limiter_of(SECOND, clock=LoopClock()), []

        async def ask(number: int, weight: float) -> None:
            permit = await limiter.acquire(call(("second", weight)))
            went.append(number)
            limiter.settle(permit, OK)

        async with asyncio.TaskGroup() as tasks:
            for number, weight in enumerate((6, 6, 1, 9, 1, 1, 10, 1, 2)):
                tasks.create_task(ask(number, weight))
        return went

    assert run_virtual(story()) == list(range(9))


def test_who_waits_for_one_window_does_not_keep_others_from_another():
    async def story() -> None:
        orders = quota("orders", 1, 10.0, Scope.ACCOUNT)
        limiter = limiter_of(SECOND, orders, clock=LoopClock())
        await limiter.acquire(call(("orders", 1), lane=Lane.TRADE))
        async with asyncio.TaskGroup() as tasks:
            waits = tasks.create_task(limiter.acquire(call(("orders", 1), ("second", 1), lane=Lane.TRADE)))
            await asyncio.sleep(0)
            for _ in range(9):  # one is kept for the order
                await limiter.acquire(call(("second", 1), lane=Lane.BACKFILL))
            assert LoopClock().monotonic_s() == 0.0
            waits.cancel()

    run_virtual(story())


def test_a_thousand_waiters_cancelled_at_random_nothing_is_lost_and_nothing_stuck():
    async def story() -> None:
        random = Random(7)
        second, minute = quota("second", 20, 1.0), quota("minute", 900, 60.0)
        limiter, went = limiter_of(second, minute, clock=LoopClock()), []

        async def ask(number: int) -> None:
            weight = random.randint(1, 20)
            permit = await limiter.acquire(call(("second", weight), ("minute", 1), lane=random.choice(list(Lane))))
            try:
                await asyncio.sleep(random.random())
                went.append(number)
            finally:
                limiter.settle(permit, OK)

        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(ask(number)) for number in range(1_000)]
            for _ in range(700):
                await asyncio.sleep(random.expovariate(20))
                random.choice(waiting).cancel()
        assert all(task.done() for task in waiting)
        assert len(went) == len(set(went)) == sum(not task.cancelled() for task in waiting)
        stats = limiter.stats()
        assert stats.on_the_way == sum(lane.waiting for lane in stats.lanes) == 0
        await asyncio.sleep(61)
        assert [use.left for use in limiter.stats().quotas] == [20, 900]

    run_virtual(story())


def test_one_that_is_let_go_in_the_moment_it_gives_up_takes_nothing():
    async def story() -> None:
        limiter = limiter_of(SECOND, clock=LoopClock())
        first = await limiter.acquire(call(("second", 10)))
        async with asyncio.TaskGroup() as tasks:
            waits = tasks.create_task(limiter.acquire(call(("second", 10))))
            await asyncio.sleep(0)
            limiter.give_back(first)
            limiter._serve()
            waits.cancel()
        assert waits.cancelled()
        stats = limiter.stats()
        assert (stats.on_the_way, stats.quotas[0].left) == (0, 10)

    run_virtual(story())


def test_while_thousands_wait_the_loop_sleeps_until_there_is_room():
    """No polling: it wakes for a token, not for the time."""

    async def story() -> None:
        limiter = limiter_of(quota("hour", 5, 3_600.0), clock=LoopClock())
        for _ in range(5):
            limiter.settle(await limiter.acquire(call(("hour", 1), lane=Lane.PROTECT)), OK)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(1_000):
                tasks.create_task(limiter.acquire(call(("hour", 0.001), lane=Lane.PROTECT)))

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(steps_max=1_100)) as runner:
        runner.run(story())


def test_the_waits_are_told_lane_by_lane():
    async def story() -> None:
        limiter = limiter_of(SECOND, clock=LoopClock())
        for lane in (Lane.TRADE,) * 10 + (Lane.BACKFILL,) * 5:
            limiter.settle(await limiter.acquire(call(("second", 1), lane=lane)), OK)
        lanes = {lane.lane: lane for lane in limiter.stats().lanes}
        assert (lanes["trade"].requests, lanes["trade"].mean_ms, lanes["trade"].p99_ms) == (10, 0.0, 0.0)
        backfill = lanes["backfill"]
        assert (backfill.requests, backfill.waiting) == (5, 0)
        assert 200 <= backfill.mean_ms <= 210  # one waited a second, the others none
        assert 1_000 <= backfill.p99_ms <= backfill.longest_ms <= 1_010

    run_virtual(story())


def test_hundreds_of_queries_do_not_trip_the_limit_and_a_stop_does_not_wait_for_them():
    async def story() -> tuple[float, int, float]:
        limiter, clock = limiter_of(quota("minute", 2_400, 60.0), clock=LoopClock()), LoopClock()
        venue, answered = Counter(60.0), 0

        async def ask(lane: Lane) -> None:
            nonlocal answered
            permit = await limiter.acquire(call(("minute", 10), lane=lane))
            await asyncio.sleep(0.05)
            venue.arrived(clock.monotonic_s(), 10)
            limiter.settle(permit, OK)
            answered += 1

        async with asyncio.TaskGroup() as tasks:
            for _ in range(600):
                tasks.create_task(ask(Lane.ACCOUNT))
            await asyncio.sleep(1)
            begun_s = clock.monotonic_s()
            await ask(Lane.PROTECT)
            waited_s = clock.monotonic_s() - begun_s
        return venue.most(), answered, waited_s

    most, answered, waited_s = run_virtual(story())
    assert most <= 2_400
    assert answered == 601
    assert waited_s < 0.1
