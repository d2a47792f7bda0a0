"""The candles that Upbit has. Weeks begin on Monday, days at 00:00 UTC."""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.wires.krw.candles import MINUTE_UNITS, Span
from twinstar.sim.wires.krw.times import DAY, MINUTE, SECOND, first_of_month, first_of_year, monday

SPANS: Mapping[str, Span] = {
    "seconds": Span("seconds", SECOND),
    "minutes": Span("minutes", MINUTE, 1),
    **{f"minutes/{unit}": Span("minutes", unit * MINUTE, unit) for unit in MINUTE_UNITS},
    "days": Span("days", DAY),
    "weeks": Span("weeks", 7 * DAY, starts_at=monday),
    "months": Span("months", 31 * DAY, starts_at=first_of_month),
    "years": Span("years", 366 * DAY, starts_at=first_of_year),
}
