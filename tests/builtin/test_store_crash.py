"""Real processes that die while they store: what was stored before is there, whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from builtin.candles import BTC

from twinstar.builtin.store.files import summary
from twinstar.builtin.store.parquet import ParquetStore
from twinstar.domain import Timeframe

CHILD = Path(__file__).with_name("store_child.py")


@pytest.mark.slow
async def test_after_five_kills_every_stored_candle_is_there(
    tmp_path: Path, guarded_environment: dict[str, str]
) -> None:
    random, stored = Random(5), 0
    for _ in range(5):
        child = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs on this loop
            [sys.executable, CHILD, tmp_path], stdout=subprocess.PIPE, text=True, env=guarded_environment
        )
        assert child.stdout is not None
        for _ in range(random.randrange(1, 40)):
            stored = int(child.stdout.readline())
        child.kill()
        child.communicate(timeout=10)
        store = ParquetStore(tmp_path)
        rows = await store.read(BTC, Timeframe.M1)
        await store.close()
        assert len(rows) >= stored
        assert [row.open_ms for row in rows] == [rows[0].open_ms + 60_000 * n for n in range(len(rows))]


@pytest.mark.slow
def test_on_a_full_disk_what_was_stored_stays_and_nothing_is_left_half_done(
    tmp_path: Path, guarded_environment: dict[str, str]
) -> None:
    directory = tmp_path / "candles"
    child = subprocess.run(
        [sys.executable, CHILD, directory, "30000"],
        capture_output=True,
        text=True,
        env=guarded_environment,
        timeout=60,
        check=True,
    )
    *_, stored, refused = child.stdout.splitlines()
    assert refused == f"refused: File too large, {stored} candles are left"
    assert summary(directory)[BTC, Timeframe.M1].rows == int(stored) > 100
    assert sorted(path.name for path in directory.rglob("*") if path.is_file()) == ["_lock", "candles.parquet"]
