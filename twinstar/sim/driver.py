"""Lets the markets of all venues happen, in order, at the pace that was asked for and no faster than readers read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from twinstar.sim.clock import Pace, Wall
from twinstar.sim.exchange import SimExchange
from twinstar.sim.line import PATIENCE_S, WebLine

SLICE_S = 0.002  # of ticks at a stretch; requests are served in between
NAP_S = 0.25  # the longest sleep: funding, halts and new readers are noticed after it
SETTLE_S = 5.0  # how long after the newest reader a market that waits for them gives the others
POSITION_S = 1.0  # between two notes of where the market stands


class Driver:
    def __init__(
        self,
        exchanges: Sequence[SimExchange],
        pace: Pace,
        wall: Wall,
        *,
        lines: Callable[[], Iterable[WebLine]] = tuple,
        wait_for_reader: bool = False,
    ) -> None:
        self._exchanges = exchanges
        self._pace = pace
        self._wall = wall
        self._lines = lines
        self._wait_for_reader = wait_for_reader
        self._noted_s = wall.seconds()
        self.halted = False

    @property
    def finished(self) -> bool:
        return all(each.feed.next_ms is None for each in self._exchanges)

    async def run(self) -> None:
        if self._wait_for_reader:
            await self._readers()
        if not self.halted:
            self._pace.go()
        while True:
            behind = self._step_for_a_while()
            for exchange in self._exchanges:
                exchange.treasury.fund_when_due()
            self._note_positions()
            await self._room()
            await asyncio.sleep(0 if behind else self._nap_s())

    def halt(self) -> None:
        self.halted = True
        reached = [each.clock.market_ms() - each.feed.start_ms for each in self._exchanges]
        self._pace.halt(max(reached, default=0))

    def go(self) -> None:
        self.halted = False
        self._pace.go()

    def _step_for_a_while(self) -> bool:
        """Whether there is more that should have happened already."""
        until_s = self._wall.seconds() + SLICE_S
        target_ms = self._pace.elapsed_ms()
        while (coming := self._coming()) is not None:
            exchange, at_ms = coming
            if at_ms > target_ms:
                return False
            exchange.step()
            if self._wall.seconds() > until_s or any(line.is_crowded for line in self._lines()):
                return True
        return False

    def _coming(self) -> tuple[SimExchange, int] | None:
        """Whose next happening is the earliest of all, and when, in market time since the start."""
        earliest = None
        for exchange in self._exchanges:
            feed = exchange.feed
            if feed.next_ms is None:
                continue
            at_ms = feed.next_ms - feed.start_ms
            if earliest is None or at_ms < earliest[1]:
                earliest = exchange, at_ms
        return earliest

    def _nap_s(self) -> float:
        coming = self._coming()
        if coming is None or not self._pace.running:
            return NAP_S
        return min(NAP_S, self._pace.wall_s_until(coming[1]))

    async def _room(self) -> None:
        """Wait for slow readers, but not for ever."""
        crowded = [line for line in self._lines() if line.is_crowded]
        until_s = asyncio.get_running_loop().time() + PATIENCE_S
        for line in crowded:
            try:
                async with asyncio.timeout_at(until_s):
                    await line.room()
            except TimeoutError:
                line.cut()

    async def _readers(self) -> None:
        """Until every market is listened to, or for a while nobody new has come to those who listen to some."""
        heard, since_s = 0, self._wall.seconds()
        symbols = [(each, symbol) for each in self._exchanges for symbol in each.listings]
        while heard < len(symbols):
            await asyncio.sleep(NAP_S / 10)
            now = sum(exchange.is_heard(symbol) for exchange, symbol in symbols)
            if now != heard:
                heard, since_s = now, self._wall.seconds()
            elif heard and self._wall.seconds() - since_s > SETTLE_S:
                return

    def _note_positions(self) -> None:
        if self._wall.seconds() - self._noted_s < POSITION_S:
            return
        self._noted_s = self._wall.seconds()
        for exchange in self._exchanges:
            exchange.record.position()
