"""The limiter: no request over a limit, in any window, of anybody who shares it; and what matters most goes first."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count
from math import inf
from typing import Final, NamedTuple, TypeAlias

from twinstar.builtin.limiter.block import Block, Busy
from twinstar.builtin.limiter.feedback import Feedback
from twinstar.builtin.limiter.heeding import Heeding
from twinstar.builtin.limiter.loads import Load, Loads
from twinstar.builtin.limiter.passing import Pass
from twinstar.builtin.limiter.telling import Telling
from twinstar.builtin.limiter.waiting import Waiter, Waiting
from twinstar.builtin.limiter.window import ROUNDING
from twinstar.domain import Answer, Call, LimiterStats, Permit
from twinstar.errors import VenueUnavailable
from twinstar.ports import Metering

UNANSWERED_S: Final = 0.25  # what gets no answer has arrived within so long
FORGOTTEN_S: Final = 300.0  # nothing is on its way for longer, whatever its sender forgot to say
BUSY_S: Final = 0.002  # then it is tried again …
BUSY_FOR_S: Final = 1.0  # … for so long
SOONEST_S: Final = 1e-4


_Sent: TypeAlias = tuple[Load, float]  # and since when it is on its way


class _Over(NamedTuple):
    sent: _Sent
    at_s: float
    answer: Answer | None


class Limiter:
    """Of one venue. It waits in `acquire` only, and there for one timer."""

    def __init__(self, metering: Metering, block: Block) -> None:
        self._venue, self._clock, self._block = metering.venue, metering.clock, block
        self._loads = Loads(metering.venue, metering.limits, metering.account, block)
        self._heeding = Heeding(self._loads, Feedback(metering.limits.usage, metering.limits.bans), metering.clock)
        self._telling = Telling(self._loads)
        self._waiting = Waiting()
        self._numbers = count(1)
        self._sent: dict[int, _Sent] = {}  # oldest first
        self._over: list[_Over] = []  # not entered yet, because the block was busy
        self._timer: asyncio.TimerHandle | None = None
        self._busy_since_s: float | None = None
        self._stats = LimiterStats()
        self._closed = False

    async def acquire(self, call: Call) -> Permit:
        try:
            load = self._loads.of(call)
        except Busy:
            load = await self._load_later(call)
        now_s = self._clock.monotonic_s()
        if not self._waiting and self._take_at_once(load, call, now_s):
            return self._permit(call, load, now_s, 0.0)
        return await self._wait(call, load, now_s)

    def settle(self, permit: Permit, answer: Answer | None = None) -> None:
        sent = self._sent.pop(permit.number, None)
        if sent is not None and not self._closed:
            now_s = self._clock.monotonic_s()
            self._over.append(_Over(sent, now_s if answer is not None else now_s + UNANSWERED_S, answer))
            self._enter_what_is_over(now_s)

    def give_back(self, permit: Permit) -> None:
        sent = self._sent.pop(permit.number, None)
        if sent is None or self._closed:
            return
        self._telling.returned(permit.call)
        try:
            with self._block.held():
                for window, weight in sent[0].taken:
                    window.give_back(weight)
        except Busy:  # then it counts as sent
            self._over.append(_Over(sent, self._clock.monotonic_s(), None))
        if self._waiting:
            self._wake_after(0.0)

    def stats(self) -> LimiterStats:
        """As of a moment ago where another process holds the lock; after the end, as of the end."""
        if not self._closed:
            with suppress(Busy), self._block.held():
                now_s, now_ms = self._clock.monotonic_s(), self._clock.now_ms()
                self._stats = self._telling.stats(now_s, now_ms, on_the_way=len(self._sent))
        return self._stats

    def close(self) -> None:
        """What is on its way is settled by whoever opens the block next; who waits is told that it is over."""
        if self._closed:
            return
        self.stats()
        self._closed = True
        self._cancel_timer()
        self._refuse_all(VenueUnavailable(self._venue, "closed"))
        self._block.close()

    # Letting go.

    def _take_at_once(self, load: Load, call: Call, now_s: float) -> bool:
        try:
            self._block.enter()
        except Busy:
            return False
        try:
            nums, lane = self._block.nums, call.lane
            for gate in load.gates:
                if nums[gate.stop_place] > now_s and gate.stopped_until(now_s):
                    return False
            for window, weight in load.taken:
                wanted = min(weight + window.reserve[lane], window.cap)
                if window.shared:
                    wanted += window.claimed(now_s, lane)
                if window.room(now_s) + ROUNDING < wanted:
                    return False
            for window, weight in load.taken:
                window.take(weight)
        finally:
            self._block.leave()
        return True

    async def _load_later(self, call: Call) -> Load:
        for _ in range(round(BUSY_FOR_S / BUSY_S)):
            await self._clock.sleep(BUSY_S)
            with suppress(Busy):
                return self._loads.of(call)
        raise self._locked_out()

    def _permit(self, call: Call, load: Load, now_s: float, waited_s: float) -> Permit:
        permit = Permit(call, next(self._numbers))
        self._sent[permit.number] = (load, now_s)
        self._telling.let_go(call, waited_s)
        return permit

    # Waiting.

    async def _wait(self, call: Call, load: Load, now_s: float) -> Permit:
        if self._closed:
            raise VenueUnavailable(self._venue, "closed")
        done = asyncio.get_running_loop().create_future()
        self._waiting.join(call, load, now_s, done)
        self._serve()
        with self._telling.waiting(call.lane):
            try:
                permit: Permit = await done
            except asyncio.CancelledError:
                if done.done() and not done.cancelled() and done.exception() is None:
                    self.give_back(done.result())  # it was let go in the very moment it gave up
                elif self._waiting:
                    self._wake_after(0.0)  # those behind may pass
                raise
        return permit

    def _serve(self) -> None:
        """Let go whoever may go; for the others, wake when there may be room."""
        self._cancel_timer()
        now_s = self._clock.monotonic_s()
        look = Pass(self._venue, now_s, self._let_go)
        try:
            with self._block.held():
                self._waiting.serve(look.offer)
                if look.wake_s < inf:
                    self._settle_forgotten(now_s)
                    self._block.bury(now_s)
        except Busy:
            self._stay_busy(now_s)
        else:
            self._busy_since_s = None
            self._telling.refused += look.refused
            if look.wake_s < inf:
                self._wake_after(look.wake_s - now_s)

    def _refuse_all(self, refusal: VenueUnavailable) -> None:
        for waiter in self._waiting:
            if not waiter.done.done():
                waiter.done.set_exception(refusal)
                self._telling.refused += 1
        self._waiting = Waiting()

    def _let_go(self, waiter: Waiter) -> None:
        now_s = self._clock.monotonic_s()
        waiter.done.set_result(self._permit(waiter.call, waiter.load, now_s, now_s - waiter.since_s))

    def _wake_after(self, seconds: float) -> None:
        self._cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(max(seconds, SOONEST_S), self._woken)

    def _woken(self) -> None:
        self._timer = None
        if self._over:
            self._enter_what_is_over(self._clock.monotonic_s())
        if self._waiting:
            self._serve()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # What is over.

    def _enter_what_is_over(self, now_s: float) -> None:
        stopped = False
        try:
            with self._block.held():
                while self._over:
                    (load, sent_s), at_s, answer = self._over[-1]
                    for window, weight in load.taken:
                        window.settle(at_s, weight)
                    stopped |= answer is not None and self._heeding.heed(load, answer, sent_s, now_s)
                    self._over.pop()
        except Busy:
            self._wake_after(BUSY_S)
        if stopped and self._waiting:
            self._serve()

    def _settle_forgotten(self, now_s: float) -> None:
        while self._sent and now_s - next(iter(self._sent.values()))[1] > FORGOTTEN_S:
            load, _ = self._sent.pop(next(iter(self._sent)))
            for window, weight in load.taken:
                window.settle(now_s, weight)

    def _stay_busy(self, now_s: float) -> None:
        """Another process has the lock and does not run: it may have been stopped."""
        self._busy_since_s = self._busy_since_s or now_s
        self._wake_after(BUSY_S)
        if now_s - self._busy_since_s > BUSY_FOR_S:
            self._refuse_all(self._locked_out())

    def _locked_out(self) -> VenueUnavailable:
        reason = "the limits are locked by another process that does not run; nothing is sent without them"
        return VenueUnavailable(self._venue, reason, retry_after_s=BUSY_FOR_S)
