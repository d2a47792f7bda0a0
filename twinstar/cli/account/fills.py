"""``twinstar fills``."""

from __future__ import annotations

from pathlib import Path

from twinstar.app.desk import Asked, FillRow, read_fills
from twinstar.cli import Look
from twinstar.cli.account.common import moment, opened, price, table_of, tell
from twinstar.cli.rows import NOTHING, amount, signed
from twinstar.runtime.clock import SystemClock

COLUMNS = ("time", "instrument", "side", "quantity", "price", "fee", "realized", "why", "whose", "order")
RIGHT = ("quantity", "price", "fee", "realized")


def run(
    look: Look,
    *,
    config: Path,
    state_dir: Path | None,
    venues: tuple[str, ...],
    instruments: tuple[str, ...],
    since_ms: int | None,
    last: int,
    as_json: bool,
) -> int:
    asked = Asked(venues=venues, instruments=instruments, since_ms=since_ms, last=last)
    settings, plugins = opened(config, state_dir, asked)
    answer = read_fills(settings, asked, plugins=plugins, clock=SystemClock())
    rows = [_cells(row) for row in answer.rows]
    tell(look, answer, table_of(rows, *COLUMNS, nothing="no fills", right=RIGHT), as_json=as_json)
    return 0


def _cells(row: FillRow) -> tuple[str, ...]:
    return (
        moment(row.time_ms),
        row.instrument,
        row.side,
        amount(row.quantity),
        price(row.price),
        "?" if row.fee is None else f"{price(row.fee)} {row.fee_asset or ''}".rstrip(),
        f"{signed(row.realized)} {row.asset}" if row.realized else NOTHING,
        row.role or NOTHING,
        row.strategy or NOTHING,
        row.order_id,
    )
