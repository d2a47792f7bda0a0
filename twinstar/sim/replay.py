"""The replay of recorded minutes: CSV (also gzipped) or Parquet, prices and volumes exactly as they are written."""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

from twinstar.errors import ConfigError
from twinstar.sim.clock import MINUTE_MS
from twinstar.sim.rows import Row

TIME_NAMES = ("time", "timestamp", "open_time", "date")
VALUE_NAMES = ("open", "high", "low", "close", "volume")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Record = tuple[int, Sequence[object]]
"""Open time and the five values, not read yet: most are needed late or never."""


class Replay:
    """A `Source` with an end. ``cut`` are minutes, counted from the start, that the market does not have."""

    def __init__(
        self, file: Path, *, start: str | None = None, minutes: int | None = None, cut: Collection[int] = ()
    ) -> None:
        self._file = file
        records = _in_order(file, list(_records(file)))
        first = 0 if start is None else bisect_left(records, _time_ms(start), key=lambda record: record[0])
        self._records = records[first:]
        if not self._records:
            raise ConfigError(f"{file}: no candles at or after {start or 'its beginning'}")
        self.start_ms = self._records[0][0] if start is None else _time_ms(start)
        if minutes is not None:
            until = self.start_ms + minutes * MINUTE_MS
            self._records = [record for record in self._records if record[0] < until]
        cut_ms = {self.start_ms + minute * MINUTE_MS for minute in cut}
        self._records = [record for record in self._records if record[0] not in cut_ms]
        if not self._records:
            raise ConfigError(f"{file}: nothing is left of it once minutes and cut are taken into account")

    def rows(self) -> Iterator[Row]:
        for open_ms, values in self._records:
            yield _row(self._file, open_ms, values)


def _row(file: Path, open_ms: int, values: Sequence[object]) -> Row:
    try:
        row = Row(open_ms, *(Decimal(str(value)) for value in values))
    except InvalidOperation:
        row = None
    if row is None or not row.is_sound:
        at = EPOCH + timedelta(milliseconds=open_ms)
        raise ConfigError(f"{file}: the candle of {at:%Y-%m-%dT%H:%M} is none: {', '.join(map(str, values))}")
    return row


def _in_order(file: Path, records: list[Record]) -> list[Record]:
    records.sort(key=lambda record: record[0])
    for (before, _), (after, _) in pairwise(records):
        if before == after:
            raise ConfigError(f"{file}: two candles open at {EPOCH + timedelta(milliseconds=after)}")
    return records


def _records(file: Path) -> Iterator[Record]:
    try:
        rows = _parquet(file) if file.suffix == ".parquet" else _csv(file)
        header = [str(name).strip().lower() for name in next(rows, ())]
        time, values = _columns(file, header)
        for number, row in enumerate(rows, 2):
            try:
                yield _time_ms(row[time]), tuple(row[index] for index in values)
            except (ValueError, IndexError) as error:
                raise ConfigError(f"{file}:{number}: no candle: {error}") from error
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error


def _columns(file: Path, header: Sequence[str]) -> tuple[int, list[int]]:
    times = [header.index(name) for name in TIME_NAMES if name in header]
    missing = [name for name in VALUE_NAMES if name not in header]
    if not times:
        missing.insert(0, " or ".join(TIME_NAMES))
    if missing:
        raise ConfigError(f"{file}: no column {', '.join(missing)}; there are: {', '.join(header)}")
    return times[0], [header.index(name) for name in VALUE_NAMES]


def _csv(file: Path) -> Iterator[Sequence[object]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as text:
        yield from csv.reader(text)


def _parquet(file: Path) -> Iterator[Sequence[object]]:
    from pyarrow import parquet  # noqa: PLC0415 - a heavy import that few starts need

    table = parquet.read_table(file)
    yield table.column_names
    yield from zip(*(column.to_pylist() for column in table.columns), strict=True)


def _time_ms(value: object) -> int:
    """ISO text, UTC unless it says otherwise; or an epoch in s, ms, µs or ns, told apart by its size."""
    if isinstance(value, str) and not value.lstrip("-").isdigit():
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
        return (value - EPOCH) // timedelta(milliseconds=1)
    number = int(str(value))
    if abs(number) < 100_000_000_000:
        return number * 1000
    while abs(number) > 100_000_000_000_000:
        number //= 1000
    return number
