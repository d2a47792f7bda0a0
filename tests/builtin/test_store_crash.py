"""Real processes that die while they store and merge: what was acknowledged is there, whole, and nothing twice.

``TWINSTAR_KILLS=200 python3 run.py test tests/builtin/test_store_crash.py`` kills 200 of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from builtin.candles import BTC, ETH
from builtin.store_child import batch

from twinstar.builtin.store import tail
from twinstar.builtin.store.parquet import ParquetStore
from twinstar.builtin.store.reading import read_candles
from twinstar.builtin.store.survey import summary
from twinstar.domain import Candle, InstrumentId, Timeframe

CHILD = Path(__file__).with_name("store_child.py")
KILLS = int(os.environ.get("TWINSTAR_KILLS", "20"))
M1 = Timeframe.M1
Rows = dict[InstrumentId, dict[int, Candle]]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 5 * KILLS)]


def heard(rows: Rows, number: int) -> None:
    for told in batch(number):
        rows[told.instrument][told.open_ms] = told


def stored(directory: Path) -> Rows:
    """In order and each once, or it fails."""
    found: Rows = {}
    for instrument in (BTC, ETH):
        rows = read_candles(directory, instrument, M1)
        found[instrument] = {row.open_ms: row for row in rows}
        assert list(found[instrument]) == sorted(found[instrument])
        assert len(rows) == len(found[instrument])
    return found


def store_and_die(directory: Path, first: int, random: Random, environment: dict[str, str]) -> int:
    """Kill it at a random moment, and return the last batch that it said was stored."""
    command = [sys.executable, CHILD, directory, str(first), "150"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    last = first - 1
    for _ in range(random.randrange(1, 8)):
        last = int(child.stdout.readline())
    time.sleep(random.random() * 0.06)
    child.kill()
    rest, _ = child.communicate(timeout=10)
    return int(rest.split()[-1]) if rest else last


def test_whenever_it_is_killed_every_acknowledged_candle_is_there_once(
    tmp_path: Path, guarded_environment: dict[str, str]
) -> None:
    random, rows, reached, merging = Random(KILLS), Rows({BTC: {}, ETH: {}}), -1, 0
    for _ in range(KILLS):
        last = store_and_die(tmp_path, reached + 1, random, guarded_environment)
        merging += len(tail.files(tmp_path)) > 1
        for number in range(reached + 1, last + 1):
            heard(rows, number)
        found, reached = stored(tmp_path), last
        if found != rows:  # one more may have been stored, and not been acknowledged any more
            reached += 1
            heard(rows, reached)
        assert found == rows
        assert {of: there.rows for (of, _), there in summary(tmp_path).items()} == {of: len(rows[of]) for of in rows}
    assert merging > KILLS // 5, "hardly any of them was killed while it merged"


@pytest.mark.parametrize(("merge_after_rows", "most_bytes"), [(50_000, 30_000), (150, 8_000)])
async def test_on_a_full_disk_what_was_stored_stays_and_it_is_said_what_is_needed(
    tmp_path: Path, guarded_environment: dict[str, str], merge_after_rows: int, most_bytes: int
) -> None:
    directory, rows = tmp_path / "candles", Rows({BTC: {}, ETH: {}})
    child = subprocess.run(  # noqa: ASYNC221 - nothing else runs on this loop
        [sys.executable, CHILD, directory, "0", str(merge_after_rows), str(most_bytes)],
        capture_output=True,
        text=True,
        env=guarded_environment,
        timeout=60,
        check=True,
    )
    *acknowledged, refused = child.stdout.splitlines()
    assert refused.startswith("refused: File too large")
    for number in map(int, acknowledged):
        heard(rows, number)
    found = stored(directory)
    if found != rows:  # it is on disk, and only the merging failed
        heard(rows, len(acknowledged))
    assert found == rows
    assert not list(directory.rglob("*.tmp"))
    roomy = ParquetStore(directory)
    await roomy.append(batch(len(acknowledged)))
    await roomy.close()
    heard(rows, len(acknowledged))
    assert stored(directory) == rows
    assert not tail.files(directory)
