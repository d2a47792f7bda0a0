"""Pages of a list: the newest first, at most 100, before or after a row that the client has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from twinstar.sim.wires.okx.params import Params

MOST = 100
T = TypeVar("T")


def page(params: Params, rows: Sequence[T], *, key: Callable[[T], str]) -> list[T]:
    """``rows`` come oldest first, and their keys are numbers. ``after`` means older, ``before`` newer than that row."""
    older_than, newer_than = params.integer_or_none("after"), params.integer_or_none("before")
    wanted = [
        row
        for row in reversed(rows)
        if (older_than is None or int(key(row)) < older_than) and (newer_than is None or int(key(row)) > newer_than)
    ]
    return wanted[: params.limit(MOST)]
