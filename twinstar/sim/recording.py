"""Files of one-minute candles: CSV (also gzipped) or Parquet, by column names; checked, but not yet read as numbers."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

from twinstar.errors import ConfigError
from twinstar.sim.clock import MINUTE_MS

TIME_NAMES = ("time", "timestamp", "open_time", "date")
VALUE_NAMES = ("open", "high", "low", "close", "volume")
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC, and without saying so it can be taken from times that do not either
MILLISECOND = timedelta(milliseconds=1)
INFINITY = float("inf")

Cells = Sequence[object]
Minute = tuple[int, Cells]
"""Open time, and open, high, low, close, volume as they stand in the file."""


def read(file: Path) -> list[Minute]:
    """In order of time."""
    try:
        minutes = list(_minutes(file))
    except (OSError, EOFError, ValueError, csv.Error) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    minutes.sort(key=itemgetter(0))
    for (before, _), (after, _) in pairwise(minutes):
        if before == after:
            raise ConfigError(f"{file}: two candles open at {EPOCH + after * MILLISECOND}")
    return minutes


def time_ms(value: object) -> int:
    """ISO text, UTC unless it says otherwise; or an epoch in s, ms, µs or ns, told apart by its size."""
    if isinstance(value, str) and not value.lstrip("-").isdigit():
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(UTC).replace(tzinfo=None)
        return (value - EPOCH) // MILLISECOND
    number = int(str(value))
    if abs(number) < 100_000_000_000:
        return number * 1000
    while abs(number) > 100_000_000_000_000:
        number //= 1000
    return number


def _minutes(file: Path) -> Iterator[Minute]:
    rows = _parquet(file) if file.suffix == ".parquet" else _csv(file)
    header = [str(name).strip().lower() for name in next(rows, ())]
    time, of_row = _columns(file, header)
    for number, row in enumerate(rows, 2):
        try:
            yield _minute(row[time], of_row(row))
        except (ValueError, TypeError, IndexError) as error:
            raise ConfigError(f"{file}:{number}: no candle: {error}") from error


def _minute(time: object, values: Cells) -> Minute:
    open_ms = time_ms(time)
    if open_ms % MINUTE_MS:
        raise ValueError(f"{time} is not the beginning of a minute")
    if not _is_sound(values):
        raise ValueError(", ".join(map(str, values)))
    return open_ms, values


def _is_sound(values: Cells) -> bool:
    """Whether there can be trades that add up to it. Floats are good enough to compare with."""
    opened, high, low, closed, volume = map(float, map(str, values))
    return 0 < low <= opened <= high < INFINITY and low <= closed <= high and 0 <= volume < INFINITY


def _columns(file: Path, header: Sequence[str]) -> tuple[int, itemgetter[Cells]]:
    times = [header.index(name) for name in TIME_NAMES if name in header]
    missing = [name for name in VALUE_NAMES if name not in header]
    if not times:
        missing.insert(0, " or ".join(TIME_NAMES))
    if missing:
        raise ConfigError(f"{file}: no column {', '.join(missing)}; there are: {', '.join(header)}")
    return times[0], itemgetter(*(header.index(name) for name in VALUE_NAMES))


def _csv(file: Path) -> Iterator[Cells]:
    data = file.read_bytes()
    text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8-sig")
    return csv.reader(text.splitlines())


def _parquet(file: Path) -> Iterator[Cells]:
    from pyarrow import parquet  # noqa: PLC0415 - a heavy import that few starts need

    table = parquet.read_table(file)
    yield table.column_names
    yield from zip(*(column.to_pylist() for column in table.columns), strict=True)
