"""Whatever is done to a store, it holds what a dict would: through merges, ends and crashes at any byte."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from builtin.candles import BTC, ETH, batches, candle
from hypothesis import given, settings

from twinstar.builtin.store import tail
from twinstar.builtin.store.archive import Archive
from twinstar.builtin.store.damage import refuse
from twinstar.builtin.store.parquet import ParquetStore
from twinstar.builtin.store.reading import read_candles, read_table
from twinstar.builtin.store.survey import summary
from twinstar.domain import Candle, InstrumentId, Timeframe
from twinstar.ports import Stored

M1 = Timeframe.M1


class Model:
    """What should be there, and which of it was corrected."""

    def __init__(self) -> None:
        self._rows: dict[tuple[InstrumentId, int], tuple[Candle, bool]] = {}

    def hear(self, candles: list[Candle]) -> None:
        for told in candles:
            key = told.instrument, told.open_ms
            before, corrected = self._rows.get(key, (told, False))
            differs = (before.close, before.volume) != (told.close, told.volume)  # open, high and low are as close
            self._rows[key] = told, corrected or differs

    def rows(self, instrument: InstrumentId) -> list[tuple[Candle, bool]]:
        return [self._rows[key] for key in sorted(self._rows) if key[0] == instrument]

    def summary(self) -> dict[Any, Stored]:
        found = {of: [row.open_ms for row, _ in self.rows(of)] for of in (BTC, ETH)}
        return {(of, M1): Stored(len(opens), opens[0], opens[-1]) for of, opens in found.items() if opens}


def agrees(directory: Path, model: Model) -> None:
    """As anybody sees it who reads beside the writer."""
    assert summary(directory) == model.summary()
    for instrument in (BTC, ETH):
        expected = model.rows(instrument)
        assert read_candles(directory, instrument, M1) == [row for row, _ in expected]
        assert read_table(directory, instrument, M1)["corrected"].to_pylist() == [was for _, was in expected]


@given(batches(), st.lists(st.sampled_from(["append", "begin", "merge", "reopen"]), min_size=1))
@settings(max_examples=40, deadline=None, database=None)
def test_a_store_holds_what_a_dict_would(tmp_path_factory: Any, told: list[list[Candle]], between: list[str]) -> None:
    directory, model = tmp_path_factory.mktemp("candles"), Model()
    archive = Archive(directory)
    for n, batch in enumerate(told):
        archive.hear(batch)
        archive.commit()
        model.hear(batch)
        match between[n % len(between)]:
            case "begin":
                archive.begin_merge()
            case "merge":
                archive.merge_one()
            case "reopen":
                archive.close()
                archive = Archive(directory)
            case _:
                pass
        agrees(directory, model)
        assert archive.stored == model.summary()
    archive.close()
    agrees(directory, model)
    assert not tail.files(directory)


@given(batches(), st.data())
@settings(max_examples=20, deadline=None, database=None)
def test_a_crash_at_any_point_of_merging_changes_nothing(
    tmp_path_factory: Any, told: list[list[Candle]], data: st.DataObject
) -> None:
    """What a crash leaves is the files as they are: the store goes on from a copy of them."""
    directory, model, batches_before = tmp_path_factory.mktemp("candles"), Model(), data.draw(st.integers(0, 3))
    archive = Archive(directory / "0")
    for n, batch in enumerate(told):
        archive.hear(batch)
        archive.commit()
        model.hear(batch)
        if n < batches_before:
            continue
        archive.begin_merge()
        for step in range(data.draw(st.integers(0, 3))):
            archive.merge_one()
            crashed = directory / f"{n}-{step}"
            shutil.copytree(directory / "0", crashed)
            again = Archive(crashed)
            assert again.stored == model.summary()
            agrees(crashed, model)
            again.close()
            agrees(crashed, model)
    archive.close()


def test_a_tail_cut_at_any_byte_keeps_every_commit_before_the_cut(tmp_path: Path) -> None:
    async def fill() -> list[int]:
        store, ends = ParquetStore(tmp_path / "whole"), [0]
        for minute in range(6):
            await store.append([candle(minute), candle(minute, instrument=ETH)])
            ends.append((tmp_path / "whole" / "_tail" / "00000001.tail").stat().st_size)
        shutil.copytree(tmp_path / "whole" / "_tail", tmp_path / "crashed" / "_tail")
        await store.close()
        return ends

    ends = asyncio.run(fill())
    path = tmp_path / "crashed" / "_tail" / "00000001.tail"
    content = path.read_bytes()
    assert ends[-1] == len(content)
    for length in range(len(content), -1, -1):
        path.write_bytes(content[:length])
        whole = sum(end <= length for end in ends) - 1
        rows = tail.read(tmp_path / "crashed", refuse)
        assert {len(words) for words in rows.values()} == ({whole} if whole else set())
