"""A process that shares a block: ``python sharing_child.py DIRECTORY HOW …``; the parent reads what it prints."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from random import Random

from builtin.limiter.limiting import call, limiter_of, quota

from twinstar.builtin.limiter.shared import Shared
from twinstar.domain import Answer, Lane
from twinstar.runtime.clock import SystemClock

QUOTAS = (quota("short", 20, 0.25), quota("long", 60, 1.0))
OK = Answer(200, {})


def say(*what: object) -> None:
    sys.stdout.write(" ".join(map(str, what)) + "\n")
    sys.stdout.flush()


async def press(directory: Path, seconds: float, seed: int) -> None:
    """At full pressure; prints when each request may have reached the venue, and its weight."""
    clock, random = SystemClock(), Random(seed)
    limiter = limiter_of(*QUOTAS, clock=clock, directory=directory)
    end_s = clock.monotonic_s() + seconds

    async def keep_sending() -> None:
        while clock.monotonic_s() < end_s:
            weight = random.randint(1, 4)
            request = call(("short", weight), ("long", weight), lane=random.choice(list(Lane)))
            permit = await limiter.acquire(request)
            await asyncio.sleep(random.choice((0.0, 0.002, 0.02)))
            say(clock.monotonic_s(), weight)
            await asyncio.sleep(random.choice((0.0, 0.002)))
            limiter.settle(permit, OK)

    say("ready")
    sys.stdin.readline()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(20):
            tasks.create_task(keep_sending())
    limiter.close()


async def hold(directory: Path) -> None:
    """Everything, for ever."""
    limiter = limiter_of(*QUOTAS, clock=SystemClock(), directory=directory)
    await limiter.acquire(call(("short", 20), ("long", 60), lane=Lane.PROTECT))
    say("holding")
    await asyncio.sleep(60)


def stand_still(directory: Path) -> None:
    """With the lock in hand."""
    Shared(directory, SystemClock()).enter()
    say("locked")
    os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    where, how, *rest = sys.argv[1:]
    match how:
        case "press":
            asyncio.run(press(Path(where), float(rest[0]), int(rest[1])))
        case "hold":
            asyncio.run(hold(Path(where)))
        case "stand_still":
            stand_still(Path(where))
