"""What docs/state.md tells people to type works on the files that a service leaves."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pytest
from builtin.candles import BTC, ETH, MONTH, candle
from builtin.journal_records import accepted
from fakes import FakeClock

from twinstar.builtin.journal import SqliteJournal
from twinstar.builtin.store.parquet import ParquetStore
from twinstar.domain import Fill, OrderFilled, Side

PAGE = Path(__file__).parents[2].joinpath("docs", "state.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
DUCKDB = re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SQLITE = re.findall(r'^sqlite3 -readonly state/journal.sqlite "(.*)"$', PAGE, re.MULTILINE)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    asyncio.run(fill(tmp_path / "state"))
    return tmp_path / "state"


async def fill(state: Path) -> None:
    journal, store = SqliteJournal(state, FakeClock()), ParquetStore(state / "candles")
    one = Fill(
        fill_id="1", order_id="tw-1", instrument=BTC, side=Side.BUY, price=Decimal("70000.5"), quantity=Decimal("0.001")
    )
    journal.append(accepted(1))
    journal.append(OrderFilled(time_ms=1, fill=one))
    await store.append([candle(0), candle(MONTH, "7"), candle(1, "0.12345678", instrument=ETH)])
    await journal.close()
    await store.close()


def test_the_python_of_the_page_runs(state: Path) -> None:
    names: dict[str, object] = {}
    ran = [code for code in PYTHON if "polars" not in code or find_spec("polars")]
    for code in ran:
        exec(code, names)  # it is our own page
    assert len(ran) >= 3
    assert list(names["closes"]) == [100.5, 7.0]
    assert set(names["everything"]["close"]) == {100.5, 7.0, 0.12345678}


def test_the_questions_to_sqlite_are_answered(state: Path) -> None:
    with closing(sqlite3.connect(state / "journal.sqlite")) as db:
        last, fills = (db.execute(question).fetchall() for question in SQLITE)
    assert [row[0] for row in last] == [2, 1]
    assert fills == [("70000.5", "0.001")]


def test_the_questions_to_duckdb_are_answered(state: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not one of our packages; run this where it is installed")
    answers = [duckdb.sql(question).fetchall() for question in DUCKDB]
    assert [len(rows) for rows in answers] == [2, 2]
