"""Where a month of a series lies: one canonical path, in the Hive style that query tools understand."""

from __future__ import annotations

import os
import re
from calendar import timegm
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase, digits

from twinstar.builtin.store.words import Series
from twinstar.domain import Timeframe

FROM_MS, UNTIL_MS = 0, 253_402_300_800_000  # years of four digits, for names that sort
ANY_MONTH = "????-??.parquet"
OLD_FILE = "candles.parquet"  # of 0.1: all of a series
_NAME = re.compile(r"\d{4}-(0[1-9]|1[0-2])\.parquet")

# Letters of one case each: on a file system that cannot tell cases apart, no two names meet.
_IN_SYMBOL = frozenset((ascii_uppercase + digits + "-_").encode())
_IN_VENUE = frozenset((ascii_lowercase + digits + "-_").encode())
_LONGEST = 200  # bytes; file systems stop at 255, our prefix included


def series_path(directory: Path, series: Series) -> Path:
    instrument, timeframe = series
    return (
        directory
        / f"venue={_escape(instrument.venue, _IN_VENUE)}"
        / f"symbol={_escape(instrument.symbol, _IN_SYMBOL)}"
        / f"timeframe={'1mo' if timeframe is Timeframe.MONTH else timeframe.value}"
    )


def month_path(directory: Path, series: Series, month_ms: int) -> Path:
    return series_path(directory, series) / _name(month_ms)


def months(directory: Path, series: Series, from_ms: int, until_ms: int) -> list[int]:
    """When they begin, of those that have a file and may hold what opens in ``[from_ms, until_ms)``."""
    try:
        with os.scandir(series_path(directory, series)) as entries:
            names = [entry.name for entry in entries]
    except FileNotFoundError:
        return []
    first, last = _name(from_ms), _name(max(from_ms, until_ms - 1))
    return sorted(_month_of(name) for name in names if first <= name <= last and _NAME.fullmatch(name))


def _name(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms // 1_000, UTC):%Y-%m}.parquet"


def _month_of(name: str) -> int:
    return timegm((int(name[:4]), int(name[5:7]), 1, 0, 0, 0)) * 1_000


def _escape(text: str, allowed: frozenset[int]) -> str:
    """Percent-encode what is not allowed, as Hive does; a name that gets too long is given by its hash."""
    raw = text.encode()
    name = "".join(chr(byte) if byte in allowed else f"%{byte:02X}" for byte in raw)
    return name if len(name) <= _LONGEST else f"~{blake2b(raw, digest_size=16).hexdigest()}"


def span(from_ms: int | None, until_ms: int | None) -> tuple[int, int]:
    """Any times as such that a file can be named by."""
    begin_ms = FROM_MS if from_ms is None else max(from_ms, FROM_MS)
    end_ms = UNTIL_MS if until_ms is None else min(until_ms, UNTIL_MS)
    return begin_ms, max(begin_ms, end_ms)
