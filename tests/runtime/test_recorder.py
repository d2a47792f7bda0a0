"""Candles reach the store beside the trading path; a store that fails is told and tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest
from runtime.test_candles import candle

from twinstar.domain import Candle, CandleClosed, Level, Notice
from twinstar.runtime import recorder as recorder_module
from twinstar.runtime.recorder import Recorder
from twinstar.testing import LoopClock, run_virtual


class Shelf:
    def __init__(self, *, fails: int = 0) -> None:
        self.batches: list[Sequence[Candle]] = []
        self.fails = fails

    async def append(self, candles: Sequence[Candle]) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("disk full")
        self.batches.append(candles)


def closed(minute: int) -> CandleClosed:
    return CandleClosed(time_ms=0, candle=candle(minute))


def test_a_batch_that_could_not_be_stored_comes_with_the_next_one():
    told: list[Notice] = []
    shelf = Shelf(fails=1)
    recorder = Recorder(shelf, told.append)
    recorder(closed(1))
    run_virtual(recorder.flush())
    recorder(closed(2))
    run_virtual(recorder.flush())
    assert [[c.open_ms // 60_000 for c in batch] for batch in shelf.batches] == [[1, 2]]
    assert [(n.level, n.text) for n in told] == [(Level.ALARM, "candles could not be stored: disk full")]


def test_what_waits_is_bounded_and_what_is_dropped_is_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorder_module, "PENDING_MAX", 3)
    shelf = Shelf()
    recorder = Recorder(shelf, lambda _: None)
    for minute in range(5):
        recorder(closed(minute))
    run_virtual(recorder.flush())
    assert [c.open_ms // 60_000 for c in shelf.batches[0]] == [2, 3, 4]
    assert recorder.dropped == 2


def test_a_store_that_fails_is_an_alarm_now_and_then_and_no_storm_of_them():
    async def scene() -> list[Notice]:
        told: list[Notice] = []
        recorder = Recorder(Shelf(fails=1_000), told.append)
        recorder(closed(1))
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                await recorder.run(LoopClock())
        return told

    assert 20 <= len(run_virtual(scene())) <= 30
