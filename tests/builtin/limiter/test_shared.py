"""Several processes, one cap. Whoever dies, stops or writes rubbish: nothing is over the cap, and nobody is stuck."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from builtin.limiter import sharing_child
from builtin.limiter.limiting import Counter, call, limiter_of, quota

from twinstar.builtin.limiter import shared
from twinstar.builtin.limiter.block import HEADER, PART, Block
from twinstar.builtin.limiter.limiter import Limiter
from twinstar.builtin.limiter.shared import Shared
from twinstar.domain import Answer, BanRule, Lane, Limits, Scope, Stops
from twinstar.errors import StateError, VenueUnavailable
from twinstar.runtime.clock import SystemClock
from twinstar.testing import LoopClock, run_virtual

OK = Answer(200, {})
SECOND = quota("second", 10, 1.0)
ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def child(directory: Path, *how: object) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    process = subprocess.Popen(
        [sys.executable, sharing_child.__file__, str(directory), *map(str, how)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_four_processes_at_full_pressure_stay_within_the_caps_together_and_use_them(tmp_path: Path):
    seconds = 3.0
    with (
        child(tmp_path, "press", seconds, 1) as a,
        child(tmp_path, "press", seconds, 2) as b,
        child(tmp_path, "press", seconds, 3) as c,
        child(tmp_path, "press", seconds, 4) as d,
    ):
        for process in (a, b, c, d):
            assert process.stdout.readline() == "ready\n"
        lines = "".join(process.communicate("go\n", timeout=60)[0] for process in (a, b, c, d)).splitlines()
    for told in sharing_child.QUOTAS:
        counter = Counter(told.per_s)
        for line in lines:
            at_s, weight = line.split()
            counter.arrived(float(at_s), float(weight))
        assert counter.most() <= told.cap
    sent = sum(weight for _, weight in counter.arrivals)
    assert sent >= 60 * (seconds - 1)  # the long cap; how much of it, the benchmark tells


def test_a_cancel_passes_the_queued_backfills_of_another_process_within_one_tokens_time(tmp_path: Path):
    async def story() -> float:
        clock = LoopClock()
        one, other = (limiter_of(SECOND, clock=clock, directory=tmp_path) for _ in range(2))

        async def backfill() -> None:
            permit = await one.acquire(call(("second", 1), lane=Lane.BACKFILL))
            await asyncio.sleep(0.02)
            one.settle(permit, OK)

        async with asyncio.TaskGroup() as tasks:
            queued = [tasks.create_task(backfill()) for _ in range(1_000)]
            await asyncio.sleep(3.456)
            asked_s = clock.monotonic_s()
            await other.acquire(call(("second", 3), lane=Lane.PROTECT))
            waited_s = clock.monotonic_s() - asked_s
            for task in queued:
                task.cancel()
        one.close()
        other.close()
        return waited_s

    assert run_virtual(story()) <= 1.05


async def test_what_a_killed_process_had_in_hand_is_free_after_one_window(tmp_path: Path):
    with child(tmp_path, "hold") as holder:
        assert holder.stdout.readline() == "holding\n"
        clock = SystemClock()
        limiter = limiter_of(*sharing_child.QUOTAS, clock=clock, directory=tmp_path)
        holder.kill()
        holder.wait()
        killed_s = clock.monotonic_s()
        async with asyncio.timeout(5):
            await limiter.acquire(call(("short", 20), ("long", 60), lane=Lane.PROTECT))
        assert 1.0 <= clock.monotonic_s() - killed_s < 2.5  # not earlier: it may have arrived just before
        limiter.close()


async def test_a_process_that_is_stopped_with_the_lock_in_hand_makes_the_others_say_so(tmp_path: Path):
    one = quota("one", 1, 1.0, Scope.INSTRUMENT)
    limiter = limiter_of(SECOND, one, clock=SystemClock(), directory=tmp_path)
    limiter.settle(await limiter.acquire(call(("second", 1))), OK)
    assert limiter.stats().metered == 1
    with child(tmp_path, "stand_still") as sleeper:
        assert sleeper.stdout.readline() == "locked\n"
        with pytest.raises(VenueUnavailable, match="locked by another process that does not run"):
            await limiter.acquire(call(("second", 1)))
        with pytest.raises(VenueUnavailable, match="locked"):
            await limiter.acquire(call(("one", 1), of="BTC"))  # whose window must be made first
        assert limiter.stats().metered == 1  # as it was
        os.kill(sleeper.pid, signal.SIGCONT)
        sleeper.wait()
        async with asyncio.timeout(5):
            limiter.settle(await limiter.acquire(call(("second", 1))), OK)
        limiter.close()


async def test_after_its_end_a_limiter_touches_nothing_and_remembers_what_it_counted(tmp_path: Path):
    limiter = limiter_of(SECOND, clock=SystemClock(), directory=tmp_path)
    permit, _ = await limiter.acquire(call(("second", 1))), await limiter.acquire(call(("second", 9)))
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(refusal_of(limiter))
        await asyncio.sleep(0)
        limiter.close()
        limiter.close()
    assert waiting.result() == "closed"
    assert await refusal_of(limiter) == "closed"
    limiter.settle(permit, OK)
    assert (limiter.stats().metered, limiter.stats().on_the_way) == (2, 2)
    successor = limiter_of(SECOND, clock=SystemClock(), directory=tmp_path)
    assert successor.stats().quotas[0].left == 0  # it may have arrived just before the end
    successor.close()


async def refusal_of(limiter: Limiter) -> str:
    with pytest.raises(VenueUnavailable) as caught:
        await limiter.acquire(call(("second", 1)))
    return caught.value.reason


class Crashed(Exception):
    pass


class Torn:
    """Memory of a process that dies before its n-th write."""

    def __init__(self, memory: memoryview, writes: list[int]) -> None:
        self._memory, self._writes = memory, writes

    def __getitem__(self, place):
        return self._memory[place]

    def __setitem__(self, place, value):
        if self._writes[0] == 0:
            raise Crashed
        self._writes[0] -= 1
        self._memory[place] = value


@pytest.mark.parametrize("writes", range(12))
def test_a_death_between_any_two_writes_counts_nothing_too_little(writes: int, tmp_path: Path):
    block, clock = Shared(tmp_path, SystemClock()), SystemClock()
    now_s, told = clock.monotonic_s(), quota("second", 10, 1.0)
    dying, heir = block.window(told, ""), block.window(told, "")
    seat = 7
    left = [10**6]
    dying.bind(Torn(block.nums, left), Torn(block.ints, left), HEADER, seat, block.seats)
    for _ in range(3):
        dying.take(1)
        dying.settle(now_s, 1)
    left[0] = writes
    let_go = 3
    try:
        dying.room(now_s + 0.1)
        for number in (0.1, 0.3):
            dying.take(2)
            let_go += 2
            dying.settle(now_s + number, 2)
    except Crashed:
        block._settle_seat(seat, now_s + 0.3)
    assert heir.room(now_s + 0.3) <= 10 - let_go
    assert heir.room(now_s + 1.4) == 10
    block.close()


def test_rubbish_in_the_block_never_raises_and_stops_nobody_for_longer_than_a_window(tmp_path: Path):
    async def story() -> None:
        random = Random(3)
        limiter = limiter_of(SECOND, clock=LoopClock(), directory=tmp_path)
        for _ in range(200):
            place = 8 * (HEADER + random.randrange(4 * PART))
            junk = random.choice((random.randbytes(8), b"\xff" * 8, b"\0" * 8, b"\x7f\xf0" * 4))
            memory = memoryview(limiter._block.nums).cast("B")
            memory[place : place + 8] = junk
            asked_s = LoopClock().monotonic_s()
            try:
                limiter.settle(await limiter.acquire(call(("second", random.randint(1, 10)))), OK)
            except VenueUnavailable:  # a stop may be made of rubbish too, if it is a plausible one
                memory[:] = bytes(len(memory))
            assert LoopClock().monotonic_s() - asked_s < 2.5

    run_virtual(story())


class SetClock:
    """Time as a test says."""

    def __init__(self) -> None:
        self.mono_s, self.wall_s = 5_000.0, 1_800_000_000.0

    def now_ms(self) -> int:
        return round(self.wall_s * 1_000)

    def monotonic_s(self) -> float:
        return self.mono_s

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps here")


BANS = Limits(
    venue="here", quotas=(SECOND,), bans=(BanRule(status=418, stops=Stops.IP, for_s=120, longest_s=86_400, grows=True),)
)


async def banned(clock: SetClock, directory: Path, retry_after: str) -> None:
    limiter = limiter_of(clock=clock, limits=BANS, directory=directory)
    limiter.settle(await limiter.acquire(call(("second", 1))), Answer(418, {"Retry-After": retry_after}))
    limiter.close()


async def test_a_ban_survives_a_restart_whatever_the_wall_clock_does(tmp_path: Path):
    clock = SetClock()
    await banned(clock, tmp_path, "300")
    clock.mono_s += 100
    clock.wall_s += 3_700  # somebody set it an hour ahead
    limiter = limiter_of(clock=clock, limits=BANS, directory=tmp_path)
    with pytest.raises(VenueUnavailable, match=r"ip is stopped \(HTTP 418\) for another 200 s") as caught:
        await limiter.acquire(call(("second", 1), lane=Lane.PROTECT))
    assert caught.value.retry_after_s == pytest.approx(200)
    assert limiter.stats().bans[0].until_ms == clock.now_ms() + 200_000
    clock.mono_s += 201
    await limiter.acquire(call(("second", 1)))
    limiter.close()


async def test_a_ban_survives_a_reboot_by_the_wall_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock = SetClock()
    await banned(clock, tmp_path, "300")
    monkeypatch.setattr(shared, "boot", lambda: 42)
    clock.mono_s, clock.wall_s = 12.0, clock.wall_s + 60
    limiter = limiter_of(clock=clock, limits=BANS, directory=tmp_path)
    with pytest.raises(VenueUnavailable, match="for another 240 s"):
        await limiter.acquire(call(("second", 1)))
    clock.mono_s += 241
    await limiter.acquire(call(("second", 1)))
    limiter.close()


async def test_a_ban_stops_the_other_processes_too(tmp_path: Path):
    clock = SetClock()
    other = limiter_of(clock=clock, limits=BANS, directory=tmp_path, account="bob")
    await other.acquire(call(("second", 1)))
    await banned(clock, tmp_path, "300")
    with pytest.raises(VenueUnavailable, match="ip is stopped"):
        await other.acquire(call(("second", 1)))
    other.close()


async def test_accounts_do_not_share_what_is_counted_by_account(tmp_path: Path):
    clock = SetClock()
    orders = quota("orders", 10, 1.0, Scope.ACCOUNT)
    alice = limiter_of(SECOND, orders, clock=clock, directory=tmp_path, account="alice")
    bob = limiter_of(SECOND, orders, clock=clock, directory=tmp_path, account="bob")
    await alice.acquire(call(("orders", 10), ("second", 3)))
    await bob.acquire(call(("orders", 10), ("second", 3)))
    left = {use.quota: use.left for use in bob.stats().quotas}
    assert left == {"orders": 0, "second": 4}
    alice.close()
    bob.close()


def test_more_than_the_seats_there_are_cannot_share(tmp_path: Path):
    blocks = [Shared(tmp_path, SystemClock()) for _ in range(shared.SEATS)]
    with pytest.raises(StateError, match="no more can share it"):
        Shared(tmp_path, SystemClock())
    blocks[5].close()
    Shared(tmp_path, SystemClock()).close()
    for block in blocks[:5] + blocks[6:]:
        block.close()


def test_a_block_has_room_for_so_many_windows_and_says_when_it_is_full():
    block = Block()
    for number in range(1_024):
        block.window(quota(f"q{number}", 1, 1.0), "")
    assert block.window(quota("q7", 1, 1.0), "") is not None
    with pytest.raises(StateError, match="more than 1024 limits"):
        block.window(quota("one more", 1, 1.0), "")
