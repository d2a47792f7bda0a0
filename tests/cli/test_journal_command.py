"""``twinstar journal``: what happened to an order is found, whole, without a secret, and beside whoever writes."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sqlite3
from contextlib import closing
from decimal import Decimal

import pyarrow.parquet
import pytest

from twinstar.builtin.journal import SqliteJournal
from twinstar.cli import main
from twinstar.domain import (
    Candle,
    CandleClosed,
    Fill,
    InstrumentId,
    Order,
    OrderAccepted,
    OrderFilled,
    OrderKind,
    OrderRejected,
    PlaceOrder,
    Role,
    Side,
    Source,
    Timeframe,
)

BTC, ETH = InstrumentId("BTC/USDT:USDT", "binanceusdm"), InstrumentId("ETH/USDT:USDT", "binanceusdm")
KEY = "a-key-that-must-not-be-told"
BEGIN_MS = 1_767_225_600_000  # 2026-01-01
CONFIG = """
venues:
  binanceusdm:
    mode: testnet
    instruments: [BTC/USDT:USDT, ETH/USDT:USDT]
    account: {api_key: 'env:JOURNAL_TEST_KEY', secret: 'env:JOURNAL_TEST_SECRET'}
"""


class Hourly:
    """Each record is appended an hour after the one before."""

    def __init__(self) -> None:
        self.ms = BEGIN_MS - 3_600_000

    def now_ms(self) -> int:
        self.ms += 3_600_000
        return self.ms

    def monotonic_s(self) -> float:
        return self.ms / 1_000


def order(order_id, of):
    return Order(
        order_id=order_id,
        instrument=of,
        side=Side.BUY,
        kind=OrderKind.MARKET,
        quantity=Decimal("0.016"),
        role=Role.ENTRY,
    )


def fill(order_id, of):
    return Fill(
        fill_id="f1",
        order_id=order_id,
        instrument=of,
        side=Side.BUY,
        price=Decimal("60246.20"),
        quantity=Decimal("0.016"),
    )


def candle():
    one = Decimal(1)
    return Candle(
        instrument=ETH,
        timeframe=Timeframe.M1,
        open_ms=0,
        open=one,
        high=one,
        low=one,
        close=one,
        volume=one,
        source=Source.STREAM,
    )


RECORDS = [
    PlaceOrder(order("ts-btc", BTC)),
    OrderAccepted(time_ms=1, order_id="ts-btc", venue_order_id="4711"),
    PlaceOrder(order("ts-eth", ETH)),
    OrderFilled(time_ms=2, fill=fill("ts-btc", BTC)),
    OrderRejected(time_ms=3, order_id="ts-eth", reason=f"said {KEY} \x1b[31m, signature=5ca1ab1e"),
    CandleClosed(time_ms=4, candle=candle()),
]


@pytest.fixture
def state(tmp_path):
    async def fill() -> None:
        journal = SqliteJournal(tmp_path / "state", Hourly())
        for record in RECORDS:
            journal.append(record)
        await journal.close()

    asyncio.run(fill())
    return tmp_path / "state"


@pytest.fixture
def journal(state, capsys, monkeypatch):
    """``journal(arguments) -> (exit code, stdout, stderr)``."""
    monkeypatch.setenv("JOURNAL_TEST_KEY", KEY)
    monkeypatch.setenv("JOURNAL_TEST_SECRET", "another-secret-of-ours")
    config = state.parent / "config.yaml"
    config.write_text(CONFIG, encoding="utf-8")

    def call(*arguments, state_dir=state):
        with pytest.raises(SystemExit) as ended:
            main(["journal", *map(str, arguments), "-c", str(config), "--state-dir", str(state_dir)])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call


@pytest.fixture
def rows(journal):
    def ask(*arguments):
        code, out, err = journal("show", "--json", *arguments)
        assert (code, err) == (0, "")
        return [row["seq"] for row in json.loads(out)]

    return ask


def test_an_order_is_followed_from_its_intent_to_its_end(rows):
    assert rows("--order", "ts-btc") == [1, 2, 4]
    assert rows("--order", "4711") == [1, 2, 4]  # as the venue's page calls it
    assert rows("--order", "unknown") == []


def test_news_that_names_only_its_order_is_of_the_orders_instrument(rows):
    assert rows("--instrument", str(BTC)) == [1, 2, 4]
    assert rows("--instrument", str(ETH)) == [3, 5, 6]


def test_time_kind_and_count_choose(rows):
    assert rows("--since", "2026-01-01T01:00", "--until", "2026-01-01T03:00") == [2, 3]
    assert rows("--kind", "PlaceOrder", "--kind", "OrderFilled") == [1, 3, 4]
    assert rows("--last", "2") == [5, 6]


def test_what_fits_nothing_and_what_can_fit_nothing_is_said(journal):
    assert journal("show", "--order", "unknown") == (0, "", "no entry fits\n")
    code, out, err = journal("show", "--kind", "OrderFiled")
    assert (code, out) == (2, "")
    assert "no entry is a 'OrderFiled'; did you mean OrderFilled" in err
    assert journal("show", "--since", "yesterday")[0] == 2


def test_a_person_sees_what_happened_and_nothing_that_drives_the_terminal(journal):
    code, out, _ = journal("show")
    assert code == 0
    filled = next(line for line in out.splitlines() if "OrderFilled" in line)
    assert "2026-01-01 03:00:00.000" in filled
    assert all(word in filled for word in ("ts-btc", str(BTC), "side=buy", "price=60246.20", "fill_id=f1"))
    assert "\x1b[31m" not in out
    assert "\\x1b[31m" in out


@pytest.mark.parametrize("arguments", [("show",), ("show", "--json"), ("export",), ("export", "--format", "csv")])
def test_no_secret_is_told(journal, arguments):
    _, out, _ = journal(*arguments)
    assert "said ***" in out
    assert KEY not in out
    assert "5ca1ab1e" not in out


def test_without_the_keys_at_hand_it_can_be_read_nevertheless(journal, monkeypatch):
    monkeypatch.delenv("JOURNAL_TEST_KEY")
    code, out, _ = journal("export", "--last-is-no-option")
    assert code == 2
    code, out, _ = journal("export")
    assert code == 0
    assert len(out.splitlines()) == len(RECORDS)


def test_the_three_formats_hold_the_same(journal, tmp_path):
    _, out, _ = journal("export")
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[3]["record"]["fill"]["price"] == "60246.20"
    _, out, _ = journal("export", "--format", "csv")
    from_csv = list(csv.DictReader(io.StringIO(out)))
    journal("export", "--output", tmp_path / "all.parquet")
    from_parquet = pyarrow.parquet.read_table(tmp_path / "all.parquet").to_pylist()
    for line, one, other in zip(lines, from_csv, from_parquet, strict=True):
        assert line == {
            **one,
            "seq": int(one["seq"]),
            "time_ms": int(one["time_ms"]),
            "record": json.loads(one["record"]),
        }
        assert line == {**other, "record": json.loads(other["record"])}


def test_an_export_of_nothing_is_still_of_its_format(journal, tmp_path):
    assert (
        journal("export", "--order", "none", "--format", "csv")[1].strip()
        == "seq,time_ms,kind,instrument,order_id,record"
    )
    journal("export", "--order", "none", "--output", tmp_path / "none.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "none.parquet").num_rows == 0
    assert journal("export", "--output", tmp_path / "x.txt")[0] == 2


def test_a_whole_journal_is_verified(journal):
    code, out, _ = journal("verify")
    span = "2026-01-01 00:00:00.000 to 2026-01-01 05:00:00.000 UTC"
    assert (code, out) == (0, f"6 rows, {span}: each is what was written, and none is missing\n")
    found = json.loads(journal("verify", "--json")[1])
    assert found == {"rows": 6, "first_ms": BEGIN_MS, "last_ms": BEGIN_MS + 5 * 3_600_000, "problem": None}


@pytest.mark.parametrize("command", [("verify",), ("verify", "--json"), ("show",), ("export",)])
def test_a_row_that_cannot_be_trusted_is_exit_6_with_the_file_the_row_and_the_way_out(journal, state, command):
    with closing(sqlite3.connect(state / "journal.sqlite")) as db, db:
        db.execute("DELETE FROM journal WHERE seq = 4")
    code, out, err = journal(*command)
    told = json.loads(out)["problem"] if "--json" in command else err
    assert code == 6
    assert f"{state / 'journal.sqlite'}: row 4 is missing" in told
    assert "docs/state.md, Repair" in told


def test_no_service_starts_on_it(journal, state, capsys):
    with closing(sqlite3.connect(state / "journal.sqlite")) as db, db:
        db.execute("UPDATE journal SET body = replace(body, '0.016', '0.017') WHERE seq = 4")
    with pytest.raises(SystemExit) as ended:
        main(["start", "--for", "1s", "-c", str(state.parent / "config.yaml"), "--state-dir", str(state)])
    assert ended.value.code == 6
    told = capsys.readouterr().err
    assert f"{state / 'journal.sqlite'}: row 4 is not what was written" in told
    assert "docs/state.md, Repair" in told


def test_what_can_be_trusted_is_counted(journal, state):
    with closing(sqlite3.connect(state / "journal.sqlite")) as db, db:
        db.execute("UPDATE journal SET body = '{}' WHERE seq = 4")
    assert json.loads(journal("verify", "--json")[1])["rows"] == 3


def test_no_journal_is_no_whole_journal(journal, tmp_path):
    code, _, err = journal("verify", state_dir=tmp_path / "elsewhere")
    assert code == 6
    assert "there is no journal, or nothing in it; is it the right --state-dir?" in err


async def test_it_is_read_beside_the_service_that_writes_it(journal, state):
    writer = SqliteJournal(state, Hourly())
    await writer.durable(writer.append(RECORDS[1]))
    code, out, _ = await asyncio.to_thread(journal, "verify")
    assert (code, out.partition(",")[0]) == (0, "7 rows")
    await writer.durable(writer.append(RECORDS[1]))  # and it was not disturbed
    await writer.close()
