"""The store as the service sees it: one writer, off the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from loguru import logger
from msgspec import Struct

from twinstar.builtin.store.archive import Archive
from twinstar.builtin.store.paths import span
from twinstar.builtin.store.words import Series
from twinstar.builtin.store.worker import Answer, Worker
from twinstar.domain import Candle, InstrumentId, Timeframe
from twinstar.errors import StateError
from twinstar.ports import Stored

MERGE_AFTER_S = 900.0  # what lies in the tail for longer is merged …
MERGE_AFTER_ROWS = 50_000  # … and when it is more than this: 30 MB of memory


class _Wish(Struct, frozen=True, eq=False):
    candles: tuple[Candle, ...]
    stored: Answer[None]


class ParquetStore:
    """The `CandleStore` port. An append costs one sync of the disk, however much is stored and of however many series.

    All work is done by one thread. Between two series that are merged it takes what was appended meanwhile, so that an
    append waits for one merge of a month, some 20 ms, and not for all.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._archive = Archive(directory)
        self._worker = Worker("candles")
        self._wishes: deque[_Wish] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._failure: Exception | None = None
        self._closed = False

    async def append(self, candles: Sequence[Candle]) -> None:
        """In order, each interval once, the newest word wins, never fewer rows after than before.

        On disk when it returns. Raise `OSError` when the disk fails, also for a merge that has failed meanwhile; then
        each candle is either old or new. Raise `ValueError`, with nothing written, for a value that is no number or has
        more digits than a column. Appends that wait at the same time share a sync.
        """
        self._refuse_if_closed()
        wish = _Wish(tuple(candles), Answer())
        self._wishes.append(wish)
        self._worker.put(self._write)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(MERGE_AFTER_S, self._merge_in_time)
        await wish.stored.future

    def summary(self) -> Mapping[Series, Stored]:
        """What there is; from memory, so that a service may be asked for its status all the time."""
        return self._archive.stored

    async def read(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int | None = None, until_ms: int | None = None
    ) -> Sequence[Candle]:
        """What opens in ``[from_ms, until_ms)``. What is damaged is put aside, and not in it."""
        from twinstar.builtin.store.columns import to_candles  # noqa: PLC0415 - it imports pyarrow

        self._refuse_if_closed()
        series, (begin_ms, end_ms) = (instrument, timeframe), span(from_ms, until_ms)
        return await self._worker.run(lambda: to_candles(self._archive.read(series, begin_ms, end_ms), series))

    async def close(self) -> None:
        """All that was appended then lies in the months, for anything that reads Parquet."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        try:
            await self._worker.run(self._archive.close)
        except (OSError, StateError) as e:
            logger.warning("{}: could not be merged ({}); nothing is lost, the next start does it", self._directory, e)
        finally:
            self._worker.stop()

    def _write(self) -> None:
        """All that waits, in one commit; who comes later finds nothing left to do."""
        wishes = [self._wishes.popleft() for _ in range(len(self._wishes))]
        heard = [wish for wish in wishes if self._hear(wish)]
        try:
            if heard:
                self._archive.commit()
                self._raise_failure()
        except Exception as e:  # noqa: BLE001 - whoever waits must hear of it
            for wish in heard:
                wish.stored.fail(e)
        else:
            for wish in heard:
                wish.stored.give(None)
        if self._archive.rows_in_tail >= MERGE_AFTER_ROWS:
            self._merge(self._archive.begin_merge)

    def _hear(self, wish: _Wish) -> bool:
        try:
            self._archive.hear(wish.candles)
        except Exception as e:  # noqa: BLE001 - one who is refused must not take others with him
            wish.stored.fail(e)
            return False
        return True

    def _merge_in_time(self) -> None:
        self._timer = None
        self._worker.put(partial(self._merge, self._archive.begin_merge))

    def _merge(self, step: Callable[[], bool]) -> None:
        """A step of merging; the next comes behind what was appended meanwhile."""
        if self._closed:
            return  # closing does all that is left
        try:
            more = step()
        except Exception as e:  # noqa: BLE001 - nobody waits for it: the next append tells of it
            self._failure = e
        else:
            if more:
                self._worker.put(partial(self._merge, self._archive.merge_one))

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StateError(f"{self._directory}: closed")

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
