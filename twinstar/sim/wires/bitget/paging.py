"""Pages of a list: the newest first, at most 100, older than a row that the client has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from twinstar.sim.wires.bitget.params import Params

T = TypeVar("T")


def page(params: Params, rows: Sequence[T], *, key: Callable[[T], str], default: int = 100) -> tuple[list[T], str]:
    """``rows`` come oldest first; their keys are numbers. With it comes the key of the last, to go on from."""
    older_than = params.integer_or_none("idLessThan")
    wanted = [row for row in reversed(rows) if older_than is None or int(key(row)) < older_than]
    found = wanted[: params.limit(default=default)]
    return found, key(found[-1]) if found else ""


def in_time(params: Params, at_ms: int) -> bool:
    start, end = params.integer_or_none("startTime"), params.integer_or_none("endTime")
    return (start is None or at_ms >= start) and (end is None or at_ms <= end)
