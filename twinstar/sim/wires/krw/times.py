"""The many ways to write a moment: UTC and Korean time, with and without an offset, packed and spaced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

KST = timezone(timedelta(hours=9), "KST")

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

LAST_MS = 250_000_000_000_000  # in the year 9892; the calendar ends soon after


def utc(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms // 1000, UTC)


def kst(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms // 1000, KST)


def day(time_ms: int) -> int:
    return time_ms // DAY * DAY


def monday(time_ms: int) -> int:
    return day(time_ms) - utc(time_ms).weekday() * DAY


def first_of_month(time_ms: int) -> int:
    return day(time_ms) - (utc(time_ms).day - 1) * DAY


def first_of_year(time_ms: int) -> int:
    return day(time_ms) - (utc(time_ms).timetuple().tm_yday - 1) * DAY


def naive(moment: datetime) -> str:
    """``2026-01-31T09:00:00``: candles carry no offset."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def with_offset(time_ms: int, *, fraction: bool = False) -> str:
    """``2026-01-31T09:00:00+09:00``: orders are told in Korean time; their fills with milliseconds."""
    moment = kst(time_ms) + timedelta(milliseconds=time_ms % 1000)
    return moment.isoformat(timespec="milliseconds" if fraction else "seconds")


def parse(text: str, zone: tzinfo = UTC) -> int:
    """Epoch ms, or ISO 8601 (of ``zone`` where there is no offset). ValueError for anything else."""
    time_ms = int(text) if text.isdecimal() else _of_iso(text, zone)
    if not 0 <= time_ms <= LAST_MS:
        raise ValueError(f"{text} is beyond the calendar")
    return time_ms


def _of_iso(text: str, zone: tzinfo) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return int(moment.timestamp() * 1000)
