"""The candles that Bithumb has. Its day begins at midnight in Korea, and so do its weeks, months and four hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twinstar.sim.wires.krw.candles import MINUTE_UNITS, Span
from twinstar.sim.wires.krw.times import DAY, HOUR, MINUTE, day, first_of_month, monday

KST_SHIFT_MS = 9 * HOUR
FOUR_HOURS = 4 * HOUR


def _in_korea(starts_at: Callable[[int], int]) -> Callable[[int], int]:
    return lambda time_ms: starts_at(time_ms + KST_SHIFT_MS) - KST_SHIFT_MS


def _four_hours(time_ms: int) -> int:
    return time_ms // FOUR_HOURS * FOUR_HOURS


SPANS: Mapping[str, Span] = {
    **{f"minutes/{unit}": Span("minutes", unit * MINUTE, unit) for unit in MINUTE_UNITS},
    "minutes/240": Span("minutes", FOUR_HOURS, 240, starts_at=_in_korea(_four_hours), part_ms=HOUR),
    "days": Span("days", DAY, starts_at=_in_korea(day), part_ms=HOUR),
    "weeks": Span("weeks", 7 * DAY, starts_at=_in_korea(monday), part_ms=HOUR),
    "months": Span("months", 31 * DAY, starts_at=_in_korea(first_of_month), part_ms=HOUR),
}
