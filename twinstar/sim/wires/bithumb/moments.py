"""Moments as Bithumb reads them: Korean time where they have no offset."""

from __future__ import annotations

import re
from datetime import timedelta

from twinstar.sim.wires.bithumb.errors import invalid
from twinstar.sim.wires.krw import times
from twinstar.sim.wires.krw.params import Params
from twinstar.sim.wires.krw.times import KST

NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
OF_DAY = re.compile(r"(\d\d):?(\d\d):?(\d\d)")
MOST_DAYS_AGO = 7


def candle_to(params: Params) -> int | None:
    """With an offset or a Z it is refused."""
    text = params.get("to")
    if text is not None and NAIVE.fullmatch(text) is None:
        raise invalid("to")
    return _moment("to", text)


def trades_to(params: Params, now_ms: int) -> int | None:
    """``to`` and ``daysAgo``: a time of the day, and which day; None where neither is given."""
    text, days_ago = params.get("to"), params.get("daysAgo")
    if text is None and days_ago is None:
        return None
    day = times.kst(now_ms) - timedelta(days=params.number("daysAgo", 1, MOST_DAYS_AGO) if days_ago else 0)
    if text is None:
        text = "23:59:59"
    if (found := OF_DAY.fullmatch(text)) is None:
        raise invalid("to")
    return _moment("to", f"{day:%Y-%m-%d}T{':'.join(found.groups())}")


def window(params: Params, now_ms: int, most_ms: int) -> tuple[int, int]:
    """``start_time`` and ``end_time``; where one is missing, the longest stretch, or up to now."""
    start_ms = _moment("start_time", params.get("start_time"))
    end_ms = _moment("end_time", params.get("end_time"))
    if end_ms is None:
        end_ms = now_ms if start_ms is None else start_ms + most_ms
    if start_ms is None:
        start_ms = end_ms - most_ms
    if not 0 <= end_ms - start_ms <= most_ms:
        raise invalid("start_time")
    return start_ms, end_ms


def _moment(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return times.parse(text, KST)
    except ValueError:
        raise invalid(name) from None
