"""Recorded minutes come out as they went in: every digit, every gap."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from pyarrow import parquet
from sim.kit import PERP, START_MS, D, Wall

from twinstar.config import SimMarketConfig, SimVenueConfig
from twinstar.errors import ConfigError
from twinstar.sim.build import open_exchange
from twinstar.sim.clock import MINUTE_MS
from twinstar.sim.exchange import SimExchange
from twinstar.sim.model import Candle, Listing

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
HEADER = "time,open,high,low,close,volume"


def recorded(minutes: int = 60, *, start_ms: int = START_MS) -> list[list[str]]:
    """Rows as text, odd spellings included: trailing zeros, a price off the tick."""
    random, price, rows = Random(7), 600_000, []
    for minute in range(minutes):
        close = price + random.randint(-300, 300)
        high, low = max(price, close) + random.randint(0, 50), min(price, close) - random.randint(0, 50)
        values = [f"{each / 10:.1f}" for each in (price, high, low, close)]
        values[1] = f"{high / 10 + 0.07:.2f}" if minute == 3 else values[1]
        time = datetime.fromtimestamp((start_ms + minute * MINUTE_MS) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000")
        rows.append([time, *values, f"{random.randint(1, 500_000) / 1000:.3f}"])
        price = close
    return rows


def written(file: Path, rows: list[list[str]], header: str = HEADER) -> Path:
    text = "\n".join([header, *(",".join(row) for row in rows)]) + "\n"
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    return file


def replay(file: Path, *listings: Listing, **market: object) -> SimExchange:
    config = SimVenueConfig(markets={PERP.symbol: SimMarketConfig(replay=file, **market)})
    return open_exchange("venue", listings or [PERP], config=config, wall=Wall())


def heard(exchange: SimExchange) -> list[Candle]:
    """All closed candles of the perpetual until its end."""
    closed: list[Candle] = []
    exchange.on_candle(PERP.symbol, lambda candle: closed.append(candle) if candle.closed else None)
    while exchange.feed.next_ms is not None:
        exchange.step()
    return closed


def in_text(candles: list[Candle]) -> list[list[str]]:
    return [[str(value) for value in (c.open, c.high, c.low, c.close, c.volume)] for c in candles]


def test_every_candle_is_the_files_to_the_letter(tmp_path: Path) -> None:
    rows = recorded()
    exchange = replay(written(tmp_path / "btc.csv", rows))
    closed = heard(exchange)
    assert in_text(closed) == [row[1:] for row in rows]
    assert [each.open_ms for each in closed] == [START_MS + i * MINUTE_MS for i in range(60)]
    assert exchange.candles(PERP.symbol, MINUTE_MS) == closed


def test_the_market_stands_still_at_the_end_of_the_recording(tmp_path: Path) -> None:
    exchange = replay(written(tmp_path / "btc.csv", recorded(10)))
    heard(exchange)
    exchange.clock.market_ms()
    assert exchange.clock.market_ms() == START_MS + 10 * MINUTE_MS


@pytest.mark.parametrize("name", ["time", "timestamp", "open_time", "date"])
@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_the_time_column_has_one_of_four_names(tmp_path: Path, name: str, suffix: str) -> None:
    rows = recorded(5)
    file = written(tmp_path / f"btc.{suffix}", rows, HEADER.replace("time", name))
    assert in_text(heard(replay(file))) == [row[1:] for row in rows]


@pytest.mark.parametrize(
    "spell",
    [
        str,
        lambda ms: str(ms // 1000),
        lambda ms: str(ms * 1000),
        lambda ms: datetime.fromtimestamp(ms / 1000, UTC).isoformat(),
        lambda ms: datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        lambda ms: datetime.fromtimestamp(ms / 1000 + 9 * 3600, UTC).strftime("%Y-%m-%dT%H:%M:%S+09:00"),
    ],
)
def test_times_are_read_in_every_common_spelling(tmp_path: Path, spell: Callable[[int], str]) -> None:
    rows = [[spell(START_MS + i * MINUTE_MS), *row[1:]] for i, row in enumerate(recorded(3))]
    closed = heard(replay(written(tmp_path / "btc.csv", rows)))
    assert [each.open_ms for each in closed] == [START_MS, START_MS + MINUTE_MS, START_MS + 2 * MINUTE_MS]


def test_parquet_is_read_as_well(tmp_path: Path) -> None:
    rows = recorded(5)
    times = [datetime.fromisoformat(row[0]) for row in rows]
    columns = {name: [Decimal(row[i]) for row in rows] for i, name in enumerate(HEADER.split(",")) if i}
    parquet.write_table(
        pa.table({"open_time": pa.array(times, pa.timestamp("ms")), **columns}), tmp_path / "btc.parquet"
    )
    closed = heard(replay(tmp_path / "btc.parquet"))
    assert [(c.open, c.high, c.low, c.close, c.volume) for c in closed] == [tuple(map(D, row[1:])) for row in rows]


def test_cut_minutes_never_happen(tmp_path: Path) -> None:
    rows = recorded(20)
    exchange = replay(written(tmp_path / "btc.csv", rows), cut=(0, 3, 4, 19))
    opens = [(each.open_ms - START_MS) // MINUTE_MS for each in heard(exchange)]
    assert opens == [i for i in range(20) if i not in (0, 3, 4, 19)]
    asked = exchange.candles(PERP.symbol, MINUTE_MS, start_ms=START_MS, limit=4)
    assert [(each.open_ms - START_MS) // MINUTE_MS for each in asked] == [1, 2, 5, 6]


def test_start_and_minutes_choose_a_part(tmp_path: Path) -> None:
    file = written(tmp_path / "btc.csv", recorded(60))
    exchange = replay(file, start="2025-01-01T00:10", minutes=5, cut=(1,))
    opens = [(each.open_ms - START_MS) // MINUTE_MS for each in heard(exchange)]
    assert opens == [10, 12, 13, 14]


def test_a_seeded_market_beside_a_replay_lives_in_its_time(tmp_path: Path) -> None:
    other = Listing(**{name: getattr(PERP, name) for name in PERP.__struct_fields__} | {"symbol": "X/USDT:USDT"})
    exchange = replay(written(tmp_path / "btc.csv", recorded(5)), PERP, other)
    assert exchange.clock.market_ms() == START_MS
    times: list[int] = []
    for symbol in exchange.listings:
        exchange.on_tick(symbol, lambda tick: times.append(tick.market_ms))
    for _ in range(50):
        exchange.step()
    assert times == sorted(times)
    assert times[0] < START_MS + MINUTE_MS


def test_before_its_first_tick_a_replay_has_the_price_it_will_open_at(tmp_path: Path) -> None:
    exchange = replay(written(tmp_path / "btc.csv", recorded(2)))
    assert exchange.ticker(PERP.symbol).last == D("60000.0")
    assert exchange.candles(PERP.symbol, MINUTE_MS) == []
    assert exchange.ticks(PERP.symbol, 10) == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda rows: rows[1].__setitem__(1, "abc"), ":3: no candle"),
        (lambda rows: rows[1].__setitem__(1, "nan"), ":3: no candle"),
        (lambda rows: rows[1].__setitem__(2, "1.0"), ":3: no candle"),
        (lambda rows: rows[1].__setitem__(5, "-1"), ":3: no candle"),
        (lambda rows: rows[1].__setitem__(0, "yesterday"), ":3: no candle"),
        (lambda rows: rows[1].__setitem__(0, "2025-01-01T00:01:30"), "not the beginning of a minute"),
        (lambda rows: rows[1].__setitem__(0, rows[0][0]), "two candles open at 2025-01-01 00:00"),
        (lambda rows: rows[1].pop(), ":3: no candle"),
        (lambda rows: rows.clear(), "no candles"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path: Path, spoil: Callable[[list], object], words: str) -> None:
    rows = recorded(3)
    spoil(rows)
    with pytest.raises(ConfigError, match=words):
        replay(written(tmp_path / "btc.csv", rows))


def test_what_cannot_be_a_recording_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        replay(tmp_path / "missing.csv")
    with pytest.raises(ConfigError, match="no column time or timestamp or open_time or date, volume"):
        replay(written(tmp_path / "a.csv", recorded(1), "when,open,high,low,close,amount"))
    (tmp_path / "b.csv.gz").write_bytes(b"no gzip at all")
    with pytest.raises(ConfigError, match="cannot be read"):
        replay(tmp_path / "b.csv.gz")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded data is not beside the repository")
@pytest.mark.parametrize("coin", ["BTC", "ETH"])
def test_a_day_of_the_real_market_comes_out_as_it_was(coin: str) -> None:
    file = SHARED / f"binanceusdm-{coin}USDT-1m.csv.gz"
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()[1:1441]
    assert in_text(heard(replay(file, minutes=1440))) == [line.split(",")[1:] for line in lines]
