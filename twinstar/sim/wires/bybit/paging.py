"""Lists, newest first, page by page; a cursor names the last row that was shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote, unquote

from twinstar.sim.wires.bybit.desk import Json
from twinstar.sim.wires.bybit.errors import invalid
from twinstar.sim.wires.bybit.params import Params

Row = TypeVar("Row")


def page(
    params: Params,
    found: Sequence[Row],
    view: Callable[[Row], Json],
    *,
    key: Callable[[Row], tuple[str, int]],
    most: int,
    default: int,
) -> Json:
    """``found`` is oldest first; ``key`` gives the id and the time of a row."""
    rows = list(reversed(found))
    cursors = [f"{row_id}:{time_ms}" for row_id, time_ms in map(key, rows)]
    first = _after(cursors, params.get("cursor"))
    shown = rows[first : first + params.limit(default, most)]
    more = first + len(shown) < len(rows)
    cursor = quote(cursors[first + len(shown) - 1], safe="") if more else ""
    return {"category": params.text("category"), "list": [view(row) for row in shown], "nextPageCursor": cursor}


def _after(cursors: Sequence[str], cursor: str | None) -> int:
    """A client may hand it back as it came, or encoded once more."""
    if cursor is None:
        return 0
    if unquote(cursor) not in cursors:
        raise invalid("cursor")
    return cursors.index(unquote(cursor)) + 1
