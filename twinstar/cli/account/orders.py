"""``twinstar orders``."""

from __future__ import annotations

from pathlib import Path

from twinstar.app.desk import Asked, OrderRow
from twinstar.cli import Look
from twinstar.cli.account.common import moment, price, table_of, tell, view
from twinstar.cli.rows import NOTHING, amount
from twinstar.runtime.logs import clean

COLUMNS = ("sent", "instrument", "order", "side", "kind", "quantity", "filled", "price", "stop", "status", "whose")
RIGHT = ("quantity", "filled", "price", "stop")


def run(
    look: Look,
    *,
    config: Path,
    state_dir: Path | None,
    venues: tuple[str, ...],
    instruments: tuple[str, ...],
    open_only: bool,
    since_ms: int | None,
    last: int,
    as_json: bool,
) -> int:
    asked = Asked(venues=venues, instruments=instruments, open_only=open_only, since_ms=since_ms, last=last)
    answer = view("orders", OrderRow, config, state_dir, asked)
    rows = [_cells(row) for row in answer.rows]
    tell(look, answer, table_of(rows, *COLUMNS, nothing="no orders", right=RIGHT), as_json=as_json)
    return 0


def _cells(row: OrderRow) -> tuple[str, ...]:
    kind = row.kind if row.role in (None, row.kind) else f"{row.kind} {row.role}"
    status = clean(f"{row.status}: {row.reason}" if row.reason else row.status)
    return (
        moment(row.created_ms),
        row.instrument,
        row.order_id or f"({row.venue_order_id})",
        row.side,
        kind,
        amount(row.quantity),
        amount(row.filled),
        price(row.price or row.average_price),
        price(row.stop_price),
        status,
        (row.strategy or NOTHING) if row.ours else "not ours",
    )
