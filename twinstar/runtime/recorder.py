"""Closed candles, from the sequencer to the store: beside the trading path, never in it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from twinstar.domain import Candle, CandleClosed, CandleCorrected, Level, Notice
from twinstar.errors import StateError
from twinstar.ports import CandleStore, Clock, Record

PENDING_MAX = 200_000
SOON_S = 0.1  # an append is one sync of the disk, whatever is in it: candles that end together go together
AGAIN_S = 2.0  # after a store has failed, which is an alarm each time


class Recorder:
    """Collect candles and write them in batches. When the store falls behind, the oldest pending are dropped and
    counted; the journal still has them, and the next start hands them in again.
    """

    def __init__(self, store: CandleStore, tell: Callable[[Notice], None]) -> None:
        self._store = store
        self._tell = tell
        self._pending: deque[Candle] = deque()
        self._news = asyncio.Event()
        self.dropped = 0

    def __call__(self, record: Record) -> None:
        if not isinstance(record, CandleClosed | CandleCorrected):
            return
        if len(self._pending) >= PENDING_MAX:
            self._pending.popleft()
            self.dropped += 1
        self._pending.append(record.candle)
        self._news.set()

    def add(self, candles: Iterable[Candle]) -> None:
        """Hand in what an earlier run may not have stored."""
        self._pending.extend(candles)
        self._news.set()

    async def run(self, clock: Clock) -> None:
        while True:
            await self._news.wait()
            await clock.sleep(SOON_S)
            if not await self.flush():
                await clock.sleep(AGAIN_S)

    async def flush(self) -> bool:
        """A store that fails is said once a batch and tried again with the next; trading does not wait for it."""
        if not self._pending:
            return True
        batch = tuple(self._pending)
        self._pending.clear()
        self._news.clear()
        try:
            await self._store.append(batch)
        except (OSError, StateError) as e:
            self._tell(Notice(level=Level.ALARM, text=f"candles could not be stored: {e}"))
            self._pending.extendleft(reversed(batch))
            self._news.set()
            return False
        except ValueError:
            await self._store_singly(batch)
        return True

    async def _store_singly(self, batch: Sequence[Candle]) -> None:
        """One candle that no store can hold must not keep the others out."""
        for candle in batch:
            try:
                await self._store.append((candle,))
            except ValueError as e:
                text = f"the candle of {candle.open_ms} cannot be stored and is left out: {e}"
                of = candle.instrument
                self._tell(Notice(level=Level.WARNING, text=text, venue=of.venue, instrument=of))
