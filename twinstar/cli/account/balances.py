"""``twinstar balances``."""

from __future__ import annotations

from pathlib import Path

from twinstar.app.desk import Asked, BalanceRow
from twinstar.cli import Look
from twinstar.cli.account.common import table_of, tell, view
from twinstar.cli.rows import NOTHING, age, amount

COLUMNS = ("venue", "asset", "free", "locked", "total", "in positions", "", "told")
RIGHT = ("free", "locked", "total", "in positions")


def run(
    look: Look,
    *,
    config: Path,
    state_dir: Path | None,
    venues: tuple[str, ...],
    instruments: tuple[str, ...],
    as_json: bool,
) -> int:
    answer = view("balances", BalanceRow, config, state_dir, Asked(venues=venues, instruments=instruments))
    table = table_of(
        [_cells(row, answer.now_ms) for row in answer.rows], *COLUMNS, nothing="no balances are known", right=RIGHT
    )
    tell(look, answer, table, as_json=as_json)
    return 0


def _cells(row: BalanceRow, now_ms: int) -> tuple[str, ...]:
    return (
        row.venue,
        row.asset,
        amount(row.free),
        amount(row.locked) if row.locked else NOTHING,
        amount(row.total),
        amount(row.held) if row.held else NOTHING,
        "dust" if row.dust else "",
        f"{age(max(now_ms - row.as_of_ms, 0))} ago",
    )
