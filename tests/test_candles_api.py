"""`twinstar.candles` and `twinstar.candles_arrow`: the stored candles in two lines."""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

import twinstar
from twinstar.builtin import plugins
from twinstar.domain import Candle, CandlesMissing, InstrumentId, Source, Timeframe
from twinstar.errors import ConfigError, TwinStarError
from twinstar.plugin import Plugins
from twinstar.runtime.clock import SystemClock

REGISTRY = Plugins(plugins(), third_party=False).registry
BTC = InstrumentId("BTC/USDT:USDT", "binanceusdm")
NAME = str(BTC)
FIRST_MS = 1_709_251_200_000  # 2024-03-01
MINUTE = 60_000
NAMES = ("open", "high", "low", "close", "volume")


def walk(minutes: range) -> list[Candle]:
    random = Random(3)
    made = []
    for n in minutes:
        first, last = (Decimal(random.randrange(10**9, 10**10)).scaleb(-5) for _ in range(2))
        made.append(
            Candle(
                instrument=BTC,
                timeframe=Timeframe.M1,
                open_ms=FIRST_MS + n * MINUTE,
                open=first,
                high=max(first, last),
                low=min(first, last),
                close=last,
                volume=Decimal(random.randrange(10**15)).scaleb(-9),
                source=random.choice([Source.STREAM, Source.REST]),
            )
        )
    return made


@pytest.fixture
def keep(tmp_path: Path) -> Callable[..., Path]:
    """``keep(candles, gaps)``: a configuration whose state has them."""
    config = tmp_path / "config.yaml"
    config.write_text(f'venues: {{binanceusdm: {{mode: sim, instruments: ["{BTC.symbol}"]}}}}\n')

    def kept(candles: list[Candle], gaps: tuple[range, ...] = ()) -> Path:
        (tmp_path / "state").mkdir()
        asyncio.run(written(candles, gaps, tmp_path / "state"))
        return config

    return kept


async def written(candles: list[Candle], gaps: tuple[range, ...], state_dir: Path) -> None:
    store = REGISTRY.store_type("parquet").make(state_dir / "candles")
    await store.append(candles)
    await store.close()
    journal = REGISTRY.journal_type("sqlite").make(state_dir, SystemClock())
    for gap in gaps:
        from_ms, until_ms = FIRST_MS + gap.start * MINUTE, FIRST_MS + gap.stop * MINUTE
        journal.append(
            CandlesMissing(
                time_ms=until_ms,
                instrument=BTC,
                timeframe=Timeframe.M1,
                from_ms=from_ms,
                until_ms=until_ms,
                reason="the venue has none",
            )
        )
    await journal.close()


def test_a_frame_has_the_floats_nearest_to_what_is_stored_by_time_in_utc(keep: Callable[..., Path]) -> None:
    candles = walk(range(2_000))
    frame = twinstar.candles(NAME, "1m", config=keep(candles))
    assert frame.index.name == "time"
    assert str(frame.index.tz) == "UTC"
    assert [moment.value // 1_000_000 for moment in frame.index.as_unit("ns")] == [one.open_ms for one in candles]
    assert list(frame.columns) == [*NAMES, "source"]
    for name in NAMES:
        assert frame[name].dtype == "float64"
        assert frame[name].tolist() == [float(getattr(one, name)) for one in candles]
    assert frame["source"].tolist() == [one.source.value for one in candles]


def test_an_arrow_table_has_every_digit(keep: Callable[..., Path]) -> None:
    candles = walk(range(300))
    table = twinstar.candles_arrow(BTC, Timeframe.M1, config=keep(candles))
    assert table.column_names == ["open_ms", *NAMES, "source"]
    assert table["open_ms"].to_pylist() == [one.open_ms for one in candles]
    for name in NAMES:
        assert table[name].to_pylist() == [getattr(one, name) for one in candles]


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2024-03-01T02:00", "2024-03-01T03:00"),
        ("2024-03-01T11:00+09:00", "2024-03-01T03:00Z"),
        (dt.datetime(2024, 3, 1, 2), dt.datetime(2024, 3, 1, 3, tzinfo=dt.UTC)),  # noqa: DTZ001 - UTC, it is promised
        (FIRST_MS + 120 * MINUTE, FIRST_MS + 180 * MINUTE),
        (FIRST_MS + 120 * MINUTE - 1, FIRST_MS + 179 * MINUTE + 1),
    ],
)
def test_a_stretch_may_be_named_as_one_likes(keep: Callable[..., Path], since: object, until: object) -> None:
    table = twinstar.candles_arrow(NAME, "1m", since, until, config=keep(walk(range(300))))
    assert table["open_ms"].to_pylist() == [FIRST_MS + n * MINUTE for n in range(120, 180)]


def test_a_day_begins_at_midnight_in_utc(keep: Callable[..., Path]) -> None:
    config = keep(walk(range(-100, 100)))
    assert len(twinstar.candles(NAME, "1m", dt.date(2024, 3, 1), config=config)) == 100
    assert len(twinstar.candles(NAME, "1m", until="2024-03-01", config=config)) == 100
    assert len(twinstar.candles(NAME, "1m", "2024-03-02", config=config)) == 0


def test_a_timeframe_that_is_not_stored_is_made_of_whole_intervals_only(keep: Callable[..., Path]) -> None:
    """Minute 70 is missing and nobody knows why, 130 to 140 the venue does not have; the last hour is not over."""
    candles = [one for n, one in enumerate(walk(range(290))) if n != 70 and n not in range(130, 140)]
    config = keep(candles, (range(130, 140),))
    table = twinstar.candles_arrow(NAME, "1h", config=config)
    assert table["open_ms"].to_pylist() == [FIRST_MS + hour * 60 * MINUTE for hour in (0, 2, 3)]
    inside = [one for one in candles if 0 <= one.open_ms - FIRST_MS - 120 * MINUTE < 60 * MINUTE]
    assert {name: table[name].to_pylist()[1] for name in NAMES} == {
        "open": inside[0].open,
        "high": max(one.high for one in inside),
        "low": min(one.low for one in inside),
        "close": inside[-1].close,
        "volume": sum(one.volume for one in inside),
    }
    later = twinstar.candles(NAME, "1h", "2024-03-01T00:30", "2024-03-01T03:00", config=config)
    assert [moment.hour for moment in later.index] == [2]
    assert len(twinstar.candles(NAME, "1d", config=config)) == 0


def test_months_of_minutes_come_out_the_same_piece_by_piece(keep: Callable[..., Path]) -> None:
    """More than is resampled at a time."""
    quarters = range(0, 40 * 1_440, 15)
    candles = [
        twinstar.Candle(
            **{name: getattr(one, name) for name in (*NAMES, "instrument", "source")},
            timeframe=Timeframe.M15,
            open_ms=FIRST_MS + minute * MINUTE,
        )
        for minute, one in zip(quarters, walk(range(len(quarters))), strict=True)
    ]
    config = keep(candles)
    for timeframe in (Timeframe.H4, Timeframe.D1, Timeframe.W1, Timeframe.MONTH):
        table = twinstar.candles_arrow(NAME, timeframe, config=config)
        expected = twinstar.resample(candles, timeframe)
        assert table["open_ms"].to_pylist() == [one.open_ms for one in expected]
        assert table["volume"].to_pylist() == [one.volume for one in expected]
        assert len(expected) == {"4h": 240, "1d": 40, "1w": 5, "1M": 1}[timeframe.value]


def test_it_reads_beside_a_service_that_writes(keep: Callable[..., Path], tmp_path: Path) -> None:
    config = keep(walk(range(10)))

    async def beside() -> int:
        store = REGISTRY.store_type("parquet").make(tmp_path / "state" / "candles")
        await store.append(walk(range(20)))
        rows = len(twinstar.candles_arrow(NAME, "1m", config=config))
        await store.close()
        return rows

    assert asyncio.run(beside()) == 20


def test_what_is_not_there_is_said_with_what_is(keep: Callable[..., Path], tmp_path: Path) -> None:
    config = keep(walk(range(10)))
    with pytest.raises(TwinStarError, match=r"no candles of ETH/USDT:USDT@binanceusdm 1m in .* \(there is BTC/USDT"):
        twinstar.candles("ETH/USDT:USDT@binanceusdm", "1m", config=config)
    with pytest.raises(TwinStarError, match=r"\(nothing else is there either\); `twinstar candles backfill` fetches"):
        twinstar.candles(NAME, "1m", config=config, state_dir=tmp_path / "other")
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read"):
        twinstar.candles(NAME, "1m", config=tmp_path / "none.yaml")
    with pytest.raises(ValueError, match="write symbol@venue"):
        twinstar.candles("BTCUSDT", "1m", config=config)


def test_pandas_is_imported_only_for_a_frame(keep: Callable[..., Path], guarded_environment: dict[str, str]) -> None:
    program = (
        "import sys, twinstar\n"
        "assert not {'pandas', 'pyarrow', 'ccxt'} & set(sys.modules)\n"
        f"print(len(twinstar.candles_arrow({NAME!r}, '1m', config={str(keep(walk(range(10))))!r})))\n"
        "assert 'pandas' not in sys.modules and 'ccxt' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=guarded_environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("10\n", "")
